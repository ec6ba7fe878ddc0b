import Admin
import ArgumentParser

/// `sluice egress`: what comes from the servers of guarded models, and how it is held.
struct EgressCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "egress",
        abstract: "Watch what comes from the servers of guarded models, and hold it.",
        discussion: """
            A model with 'guarded: true' in sluice.yaml gives its clients judged text and nothing else: framing, ids and \
            fingerprints are made here. What comes over its server's link is counted. Bytes that are neither text nor \
            framing (padding), text faster than the hardware makes it (burst) and text without tokens (excess) are owed; \
            at a quarter of the budget there is an alarm, at the whole of it the model is out of service until a person \
            releases it.

              sluice egress show
              sluice egress release r1 --reason "a broken build of the server; replaced"
              sluice egress nftables --port 8000 --gateway 10.0.0.7 | sudo nft -f -
              sudo sluice egress warden --config /etc/sluice/sluice.yaml --model r1

            The warden and the rules of nftables stand outside the gateway, beside the model server: without a gateway that \
            explains what passes, the link closes by itself. docs/EGRESS.md tells the rest.
            """,
        subcommands: [Show.self, Release.self, Nftables.self, Warden.self], defaultSubcommand: Show.self)

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the account of every guarded server.",
            discussion: """
                  sluice egress show --json

                Bytes are since the start of the server; 'owed' is what nobody can explain and is not forgiven yet.
                """)
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            let list = try await admin.perform(.egress(.show), as: ListView<EgressView>.self)
            if !admin.json { EgressCommand.show(list) }
        }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a model serve again that the guard took out of service; its case is granted.",
            discussion: """
                  sluice egress release r1 --reason "a broken build of the server; replaced"
                """)
        @Argument(help: "The model's name (not an alias).")
        var model: String
        @Option(help: "What was found out, for the record.")
        var reason: String
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            let body = EgressReleaseRequest(model: model, reason: reason)
            let list = try await admin.perform(.egress(.release(body)), as: ListView<EgressView>.self)
            if !admin.json { EgressCommand.show(list) }
        }
    }

    private static func show(_ list: ListView<EgressView>) {
        guard !list.data.isEmpty else {
            return print("No guarded server has answered yet; a model is guarded by 'guarded: true' in sluice.yaml.")
        }
        printTable(
            ["MODEL", "SERVER", "LINK", "EXPLAINED", "TEXT", "TOKENS", "OWED", "BUDGET", "STOPPED", "CASE"],
            list.data.map {
                [
                    $0.model, $0.address, "\($0.link)", "\($0.explained)", "\($0.text)", "\($0.tokens)", "\($0.owed)",
                    "\($0.budget)", $0.stopped ?? "", $0.case ?? "",
                ]
            })
    }
}
