import ArgumentParser

/// The command `sluice` and everything under it.
@main
struct Sluice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "Shares a powerful model through an API, and stops what must not be answered, for a reason anyone can check.",
        discussion: """
            Begin with:
              make up                              a gateway with a small model of its own, in one command
              sluice serve --config sluice.yaml    a gateway before your own model servers
              sluice doctor --config sluice.yaml   what is wrong with a configuration, line by line

            Clients change their base URL and nothing else: http://HOST:8080/v1 for OpenAI's, http://HOST:8080 for Anthropic's.
            """,
        version: "0.1.0",
        subcommands: [
            UpCommand.self, ServeCommand.self, DoctorCommand.self, OrganisationCommand.self, KeyCommand.self, JudgeCommand.self,
            ClassifierCommand.self, ConstitutionCommand.self, LedgerCommand.self,
        ])
}
