import Admin
import ArgumentParser

/// `sluice limit`: how often, how much and how many at once.
struct LimitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit",
        abstract: "Set, list and remove limits of organisations, accounts, keys, models and end users.",
        discussion: """
            A limit says how many requests and tokens there may be in any 60 seconds, and how many exchanges at the same time. \
            A request passes all limits that hold for it, or is charged to none. Beyond a limit clients get 429 with the time \
            to wait. What is used carries over when a limit changes.

              sluice limit set --org "Harbour Research" --rpm 600 --tpm 100000 --concurrency 50
              sluice limit set --org "Harbour Research" --account lab --rpm 60
              sluice limit set --org "Harbour Research" --each-end-user --rpm 10 --concurrency 2
              sluice limit set --org "Harbour Research" --user alice-42 --rpm 2
              sluice limit set --model swift-1 --concurrency 200
              sluice limit set --key key_… --rpm 60
              sluice limit remove --model swift-1
              sluice limit list

            Setting replaces all three limits of whoever it is for: one that is not given is taken away. What is set for one \
            end user holds in the place of what is set for each of them, be it less or more; an end user is stopped \
            altogether with `sluice user stop`.
            """,
        subcommands: [Set.self, List.self, Remove.self])

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Set limits, in the place of those before.")
        @OptionGroup var holder: HolderOptions
        @OptionGroup var limits: LimitOptions
        @OptionGroup var admin: AdminOptions

        func validate() throws {
            guard limits.rpm != nil || limits.tpm != nil || limits.concurrency != nil else {
                throw ValidationError("give --rpm, --tpm or --concurrency; `sluice limit remove` takes limits away")
            }
        }

        func run() async throws { try await holder.set(limits.body, admin) }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take all limits of one holder away.")
        @OptionGroup var holder: HolderOptions
        @OptionGroup var admin: AdminOptions

        func run() async throws { try await holder.set(LimitsBody(), admin) }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List everybody who has limits.")
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            let list = try await admin.perform(.money(.listLimits), as: ListView<HolderView>.self)
            guard !admin.json else { return }
            guard !list.data.isEmpty else { return print("Nobody has a limit.") }
            printTable(
                ["HOLDER", "WHOM", "NAME", "LIMITS"],
                list.data.map { [$0.holder, $0.subject, $0.name ?? "", $0.limits.line] })
        }
    }
}

/// Whose limits are meant.
struct HolderOptions: ParsableArguments {
    @Option(help: "The organisation's name or identifier; alone, or with --account, --user or --each-end-user.")
    var org: String?
    @Option(help: "An account of --org, by name or identifier.") var account: String?
    @Option(help: "A key's identifier; its rotations share its limits.") var key: String?
    @Option(help: "A model's name.") var model: String?
    @Option(
        name: [.long, .customLong("end-user")],
        help: "One end user of --org, as clients name them, or by pseudonym (usr_…).") var user: String?
    @Flag(help: "Each end user of --org for themselves.") var eachEndUser = false

    func set(_ limits: LimitsBody, _ admin: AdminOptions) async throws {
        let subject = SubjectBody(
            organisation: org, account: account, key: key, model: model, endUser: user,
            eachEndUser: eachEndUser ? true : nil)
        let view = try await admin.perform(
            .money(.setLimits(SharedLimitsRequest(subject: subject, limits: limits))), as: HolderView.self)
        guard !admin.json else { return }
        print("\(view.holder) \(view.name.map { "\($0) (\(view.subject))" } ?? view.subject): \(view.limits.line)")
    }
}

/// `sluice user`: end users of organisations.
struct EndUserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Stop one end user of an organisation, let them in again, list who is stopped.",
        discussion: """
            An end user is who a client names in its requests: safety_identifier, user, or metadata.user_id. Records know them \
            by a pseudonym (usr_…); both are taken here. Stopping one ends their running exchanges within a second, and others \
            of the organisation go on.

              sluice user stop --org "Harbour Research" alice-42 --reason "under review"
              sluice user resume --org "Harbour Research" usr_3kTm9…
              sluice user list
            """,
        subcommands: [Stop.self, Resume.self, List.self])

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Refuse an end user, and end what runs for them.")
        @Argument(help: "The end user, as clients name them, or by pseudonym.") var user: String
        @Option(help: "The organisation's name or identifier.") var org: String
        @Option(help: "What clients are told.") var reason: String
        @OptionGroup var admin: AdminOptions

        func run() async throws { try await EndUserCommand.set(user, org, reason, admin) }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let an end user in again.")
        @Argument(help: "The end user, as clients name them, or by pseudonym.") var user: String
        @Option(help: "The organisation's name or identifier.") var org: String
        @OptionGroup var admin: AdminOptions

        func run() async throws { try await EndUserCommand.set(user, org, nil, admin) }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the end users who are stopped.")
        @Option(help: "Only this organisation's, by name or identifier.") var org: String?
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            let list = try await admin.perform(
                .money(.listEndUsers(organisation: org)), as: ListView<StoppedEndUserView>.self)
            guard !admin.json else { return }
            guard !list.data.isEmpty else { return print("No end user is stopped.") }
            printTable(
                ["END USER", "ORGANISATION", "REASON"],
                list.data.map { [$0.endUser, "\($0.name) (\($0.organisation))", $0.reason] })
        }
    }

    private static func set(_ user: String, _ org: String, _ reason: String?, _ admin: AdminOptions) async throws {
        let body = EndUserRequest(organisation: org, endUser: user, reason: reason)
        let view = try await admin.perform(.money(.setEndUser(body)), as: EndUserView.self)
        if !admin.json { print("\(view.endUser) is \(view.standing)") }
    }
}
