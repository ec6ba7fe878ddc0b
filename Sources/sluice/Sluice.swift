import ArgumentParser

/// The command `sluice` and everything under it.
@main
struct Sluice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "Shares a model through an API, judges every exchange by written rules, and says why it refuses.",
        discussion: """
            Begin with:
              make up           build and start a gateway with a small model of its own
              sluice serve      a gateway in front of your own model servers
              sluice doctor     what is wrong with a configuration, line by line

            Clients change their base URL, and take a key from you (`sluice key create`): \
            http://HOST:8080/v1 for OpenAI's clients, http://HOST:8080 for Anthropic's.
            """,
        version: "0.1.0",
        groupedSubcommands: [
            CommandGroup(
                name: "Serving",
                subcommands: [
                    UpCommand.self, ServeCommand.self, DoctorCommand.self, StopCommand.self, ResumeCommand.self,
                    ReloadCommand.self, WebhookCommand.self, EgressCommand.self,
                ]),
            CommandGroup(
                name: "Rules",
                subcommands: [ConstitutionCommand.self, JudgeCommand.self, ClassifierCommand.self]),
            CommandGroup(
                name: "Access",
                subcommands: [
                    OrganisationCommand.self, KeyCommand.self, PermissionCommand.self, RevokeCommand.self,
                    LimitCommand.self, EndUserCommand.self, UsageCommand.self, PriceCommand.self,
                    BudgetCommand.self, AppealCommand.self, ScreenCommand.self, ExportCommand.self,
                    DistillCommand.self,
                ]),
            CommandGroup(name: "People", subcommands: [AdminCommand.self]),
            CommandGroup(
                name: "Record",
                subcommands: [
                    BackupCommand.self, RestoreCommand.self, StoreCommand.self, LedgerCommand.self, LogCommand.self,
                    ReceiptCommand.self, WitnessCommand.self, ForgetCommand.self,
                ]),
        ])
}
