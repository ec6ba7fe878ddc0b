import Admin
import ArgumentParser

/// `sluice permission`: dated, purposed widenings for one organisation.
struct PermissionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "permission",
        abstract: "Permissions: ask for one, approve it as two people, look at its use, end it.",
        discussion: """
            A permission opens categories of the constitution, never an absolute one (but what borders it, where the \
            constitution has such an edge), for one organisation or some of its \
            end users, on some models, for so many exchanges, until a day. Two different people have to approve it, and \
            neither may have asked for it. Each exchange that it opens is counted, and names it in the ledger. It expires \
            by itself.

              sluice permission ask --org "Harbour Research" --category dual_use_biology --volume 500 --days 90 \
            --purpose "vaccine design, approved by our ethics board"
              sluice permission approve per_… --reason "papers checked"
              sluice permission list
            """,
        subcommands: [Ask.self, List.self, Show.self, Approve.self, Deny.self, Revoke.self])

    private struct Wish: Encodable {
        var organisation: String
        var categories: [String]
        var models, endUsers: [String]?
        var volume: Int64
        var days: Double
        var purpose: String

        enum CodingKeys: String, CodingKey {
            case organisation, categories, models, volume, days, purpose
            case endUsers = "end_users"
        }
    }

    fileprivate static func show(_ one: JSONFields) {
        print("\(one["id"].line)  \(one["state"].line)")
        one.print([
            "organisation", "categories", "models", "end_users", "volume", "used", "starts", "until", "purpose",
            "requested_by", "approvals", "case",
        ])
    }

    struct Ask: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Ask for a permission.")
        @Option(help: "The organisation's name or identifier.") var org: String
        @Option(help: "A category of the constitution. May be repeated.") var category: [String]
        @Option(help: "A model it is for; all if none is named. May be repeated.") var model: [String] = []
        @Option(help: "An end user it is for, as clients name them; all if none is named. May be repeated.")
        var endUser: [String] = []
        @Option(help: "How many exchanges it may open.") var volume: Int64
        @Option(help: "Days from now; fractions are fine.") var days: Double
        @Option(help: "What for.") var purpose: String
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            let wish = Wish(
                organisation: org, categories: category, models: model.isEmpty ? nil : model,
                endUsers: endUser.isEmpty ? nil : endUser, volume: volume, days: days, purpose: purpose)
            try await admin.register(try RegisterCall(.askPermission, "", wish)) { PermissionCommand.show($0) }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all permissions.")
        @OptionGroup var admin: AdminOptions
        func run() async throws {
            try await admin.register(RegisterCall(.listPermissions)) {
                $0.table(
                    ["id", "state", "organisation", "categories", "used", "volume", "until"],
                    empty: "There is no permission.")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one permission and its use.")
        @Argument(help: "The permission, per_…") var permission: String
        @OptionGroup var admin: AdminOptions
        func run() async throws {
            try await admin.register(RegisterCall(.showPermission, permission)) { PermissionCommand.show($0) }
        }
    }

    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Approve a permission; a second person has to as well.")
        @Argument(help: "The permission, per_…") var permission: String
        @OptionGroup var reason: ReasonOption
        @OptionGroup var admin: AdminOptions
        func run() async throws {
            let call = try RegisterCall(.rulePermission, permission, ReasonBody(reason: reason.reason, grants: true))
            try await admin.register(call) { PermissionCommand.show($0) }
        }
    }

    struct Deny: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Deny a permission.")
        @Argument(help: "The permission, per_…") var permission: String
        @OptionGroup var reason: ReasonOption
        @OptionGroup var admin: AdminOptions
        func run() async throws {
            let call = try RegisterCall(.rulePermission, permission, ReasonBody(reason: reason.reason, grants: false))
            try await admin.register(call) { PermissionCommand.show($0) }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a permission; what runs under it is cut.")
        @Argument(help: "The permission, per_…") var permission: String
        @OptionGroup var reason: ReasonOption
        @OptionGroup var admin: AdminOptions
        func run() async throws {
            let call = try RegisterCall(.revokePermission, permission, ReasonBody(reason: reason.reason))
            try await admin.register(call) { PermissionCommand.show($0) }
        }
    }
}
