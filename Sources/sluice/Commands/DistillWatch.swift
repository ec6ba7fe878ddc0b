import Admin
import ArgumentParser
import Foundation

extension AdminOptions {
    /// Performs a call of the watch and shows what came back: as it is with --json, else by `show`.
    func distillation(_ call: DistillationCall, _ show: (JSONFields) throws -> Void) async throws {
        let fields = try await perform(.distillation(call), as: JSONFields.self)
        if !json { try show(fields) }
    }
}

extension JSONFields {
    /// Prints a group of accounts.
    fileprivate func showCluster() {
        Swift.print("\(self["id"].line) (\(self["state"].line))")
        print([
            "case", "accounts", "organisations", "exchanges", "limited", "families", "score", "measures", "by_person",
            "suspended", "shared",
        ])
        for word in self["words"].rows { Swift.print(word.text) }
        guard !self["members"].rows.isEmpty else { return }
        Swift.print("")
        self["members"].table(
            ["account", "organisation", "recognised", "released", "confirmed"], empty: "It has no accounts.")
    }

    /// The text as it is; empty for everything else.
    private var text: String { if case .text(let text) = self { text } else { "" } }
}

extension DistillCommand {
    struct Watch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "How the watch of a running server stands.",
            discussion: """
                The server watches while `distillation.watch` is on: it looks for groups every `distillation.every`. \
                --look searches at once and waits for it.

                  sluice distill watch --look
                """)

        @Flag(help: "Search at once, and wait until the search is over.")
        var look = false
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            try await admin.distillation(DistillationCall(look ? .look : .status)) { fields in
                fields.print([
                    "exchanges", "lost", "accounts", "searches", "campaigns", "clusters", "limited", "recognised",
                    "saves", "respond", "measures",
                ])
            }
        }
    }

    struct Review: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The groups that the watch of a running server found: list, look at one, rule on it.",
            discussion: """
                Without a group, lists those that wait. With one, shows what ties its accounts. --confirm says that it is \
                one operation (measures are then set if none are, for customers under contract too); --dismiss lets it \
                go: within a second nobody of it is limited any more, and the rules leave it alone.

                  sluice distill review
                  sluice distill review clu_7Qd3… --picture group.svg
                  sluice distill review clu_7Qd3… --dismiss --reason "A course: the teacher wrote to us."
                """)

        @Argument(help: "The group, clu_…; or its case, case_…")
        var cluster: String?
        @Flag(help: "Also the groups that were let go.")
        var all = false
        @Flag(help: "Say that it is one operation that extracts a model.")
        var confirm = false
        @Flag(help: "Say that it is none, and let its accounts go.")
        var dismiss = false
        @Option(help: "Why; it is kept, and others will read it.")
        var reason: String?
        @Option(help: "Where a picture of who shares what goes, as SVG.")
        var picture: String?
        @OptionGroup var admin: AdminOptions

        func validate() throws {
            guard confirm || dismiss else { return }
            guard confirm != dismiss else { throw ValidationError("say --confirm or --dismiss, not both") }
            guard cluster != nil, reason != nil else { throw ValidationError("a ruling takes a group and --reason") }
        }

        func run() async throws {
            guard let cluster else {
                let call = DistillationCall(.listClusters, query: all ? ["all": "true"] : [:])
                return try await admin.distillation(call) { fields in
                    fields.table(
                        ["id", "state", "accounts", "organisations", "limited", "families", "measures"],
                        empty: "Nothing was found.")
                }
            }
            if let picture {
                let reply = try await AdminOptions.quiet(admin).perform(
                    .distillation(DistillationCall(.picture, cluster)), as: [String: String].self)
                try writeFile(Data((reply["svg"] ?? "").utf8), to: picture)
            }
            guard confirm || dismiss else {
                return try await admin.distillation(DistillationCall(.showCluster, cluster)) { $0.showCluster() }
            }
            struct Body: Encodable {
                var confirm: Bool
                var reason: String
            }
            let body = Body(confirm: confirm, reason: reason ?? "")
            try await admin.distillation(try DistillationCall(.review, cluster, body)) { $0.showCluster() }
        }
    }

    struct Respond: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set measures on a group of a running server, or ask for a step that takes two people.",
            discussion: """
                Measures can be taken back, and one person sets them: reasoning (withheld or summarised, as \
                `distillation.reasoning` says), logprobs, choices (one answer for each request), limits (what all its \
                accounts may use together), step_up (refused until a person confirms the account) and canary (answers \
                bear one of the marks of `distillation.canaries`). --none takes all of them off. What a person sets holds \
                for customers under contract too.

                --suspend and --share take two people who have signed in: the first asks by this command, the second \
                grants the case (sluice distill approve CASE).

                  sluice distill respond clu_7Qd3… --measure reasoning --measure step_up --reason "as agreed today"
                  sluice distill respond clu_7Qd3… --suspend --reason "the papers are forged"
                """)

        @Argument(help: "The group, clu_…")
        var cluster: String
        @Option(
            name: .customLong("measure"),
            help: "reasoning, logprobs, choices, limits, step_up or canary; may be repeated.")
        var measures: [String] = []
        @Flag(help: "Take all measures off.")
        var none = false
        @Flag(help: "Ask for the group's accounts to be suspended.")
        var suspend = false
        @Flag(help: "Ask for its signature to be given to others (STIX 2.1, hashes only).")
        var share = false
        @OptionGroup var reason: ReasonOption
        @OptionGroup var admin: AdminOptions

        func validate() throws {
            let wishes = [!measures.isEmpty, none, suspend, share].count { $0 }
            guard wishes == 1 else {
                throw ValidationError("say one of --measure (may be repeated), --none, --suspend, --share")
            }
        }

        func run() async throws {
            struct Body: Encodable {
                var measures: [String]?
                var step: String?
                var reason: String
            }
            let step = suspend ? "suspend" : share ? "share" : nil
            let body = Body(measures: step == nil ? measures : nil, step: step, reason: reason.reason)
            try await admin.distillation(try DistillationCall(.respond, cluster, body)) { fields in
                guard step != nil else { return fields.showCluster() }
                print("Asked for. A second person grants it: sluice distill approve \(fields["case"].line)")
            }
        }
    }

    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Grant or deny, as the second person, a step that takes two.",
            discussion: "  sluice distill approve case_… --reason \"I have seen the papers.\"")

        @Argument(help: "The case, case_…")
        var id: String
        @Flag(help: "Deny it.")
        var deny = false
        @OptionGroup var reason: ReasonOption
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            let body = RulingRequest(grants: !deny, reason: reason.reason)
            let one = try await admin.perform(.cases(.rule(id, body)), as: CaseView.self)
            if !admin.json { print("\(one.id) is \(one.state).") }
        }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a group of a running server go, or some of its accounts.",
            discussion: """
                Measures and suspensions end within a second, and the rules do not set them again.

                  sluice distill release clu_7Qd3… --account acc_… --reason "a person, we spoke"
                  sluice distill release clu_7Qd3… --reason "a course"
                """)

        @Argument(help: "The group, clu_…")
        var cluster: String
        @Option(help: "Only this account, acc_…")
        var account: String?
        @Option(help: "Only the accounts of this organisation.")
        var org: String?
        @OptionGroup var reason: ReasonOption
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            struct Body: Encodable {
                var account: String?
                var organisation: String?
                var reason: String
            }
            let body = Body(account: account, organisation: org, reason: reason.reason)
            try await admin.distillation(try DistillationCall(.release, cluster, body)) { $0.showCluster() }
        }
    }

    struct Confirm: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Confirm who is behind an account, so that step_up lets it go on.",
            discussion: "  sluice distill confirm acc_… --reason \"called back on the number in the papers\"")

        @Argument(help: "The account, acc_…")
        var account: String
        @OptionGroup var reason: ReasonOption
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            let body = ReasonBody(reason: reason.reason)
            try await admin.distillation(try DistillationCall(.confirmAccount, account, body)) { fields in
                print("\(fields["account"].line) is confirmed in \(fields["clusters"].line).")
            }
        }
    }

    struct Shared: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "shared",
            abstract: "The signature of a group that two people have agreed to share, as a STIX 2.1 bundle.",
            discussion: "  sluice distill shared clu_7Qd3… --out bundle.json")

        @Argument(help: "The group, clu_…")
        var cluster: String
        @Option(help: "Where the bundle goes; standard output if not given.")
        var out: String?
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            var loud = admin
            loud.json = out == nil
            let bundle = try await loud.perform(
                .distillation(DistillationCall(.indicators, cluster)), as: JSONFields.self)
            guard let out else { return }
            try writeFile(Data(bundle.json.utf8), to: out)
        }
    }
}
