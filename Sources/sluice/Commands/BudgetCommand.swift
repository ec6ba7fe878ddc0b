import Admin
import ArgumentParser

/// `sluice budget`: how much may be spent.
struct BudgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "budget",
        abstract: "Set, show and remove budgets.",
        discussion: """
            A budget says how much may be spent by an organisation, an account, a key, a model or end users, in a day, a month \
            (both of UTC) or in all. What a request may cost is reserved when it is admitted and settled when it ends, so \
            what is spent never passes a budget. A model without a price is refused where a budget holds.

              sluice budget set --org "Harbour Research" --per month --limit 500
              sluice budget set --org "Harbour Research" --each-end-user --per day --limit 0.50
              sluice budget set --model swift-1 --per total --limit 10000 --notice 50 --notice 90 --only-notice
              sluice budget list

            Setting a budget again replaces it; what was spent in its period counts for the new one too. Of end users what \
            they spend counts from when the budget is set.
            """,
        subcommands: [Set.self, List.self, Show.self, Remove.self])

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Set a budget, in the place of the one before it.")
        @OptionGroup var subject: SubjectOptions
        @Option(help: "day, month or total.") var per: String
        @Option(help: "How much, in units of money, such as 500 or 0.25.") var limit: String
        @Option(help: "A percentage at which to give notice; may be repeated. Without it: 80 and 100.")
        var notice: [Int] = []
        @Flag(help: "Refuse nothing, only give notice.") var onlyNotice = false
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            let body = BudgetRequest(
                subject: subject.body, per: per, limit: limit, alarms: notice.isEmpty ? nil : notice, stops: !onlyNotice
            )
            let view = try await admin.perform(.money(.setBudget(body)), as: BudgetView.self)
            if !admin.json { view.printAll() }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the budgets in force and how they stand.")
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            let list = try await admin.perform(.money(.listBudgets), as: ListView<BudgetView>.self)
            guard !admin.json else { return }
            let rows = list.data.map { budget in
                let first = budget.dimension == "each_end_user" ? nil : budget.balances?.first
                return [
                    budget.id, budget.dimension, budget.subject, budget.per, budget.limit, first?.spent ?? "",
                    first?.reserved ?? "", first?.left ?? "", budget.stops ? "stop" : "notice",
                ]
            }
            printTable(
                ["ID", "FOR", "WHOM", "PER", "LIMIT", "SPENT", "RESERVED", "LEFT", "AT THE END"], rows)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one budget, of end users those who spent most.")
        @Argument(help: "Its identifier, bud_….") var budget: String
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            let view = try await admin.perform(.money(.showBudget(budget)), as: BudgetView.self)
            if !admin.json { view.printAll() }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a budget out of force.")
        @Argument(help: "Its identifier, bud_….") var budget: String
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            let view = try await admin.perform(.money(.removeBudget(budget)), as: BudgetView.self)
            if !admin.json { print("\(view.id) is no longer in force") }
        }
    }
}

/// Whom a budget or limits are for.
struct SubjectOptions: ParsableArguments {
    @Option(help: "The organisation's name or identifier.") var org: String?
    @Option(help: "An account of --org, by name or identifier.") var account: String?
    @Option(help: "A key's identifier; its rotations count with it.") var key: String?
    @Option(help: "A model's name.") var model: String?
    @Option(help: "One end user of --org, as clients name them, or by pseudonym (usr_…).") var endUser: String?
    @Flag(help: "Each end user of --org for themselves.") var eachEndUser = false

    var body: SubjectBody {
        SubjectBody(
            organisation: org, account: account, key: key, model: model, endUser: endUser,
            eachEndUser: eachEndUser ? true : nil)
    }
}

extension BudgetView {
    fileprivate func printAll() {
        print("\(id)  \(dimension) \(subject)")
        print("  limit     \(limit) per \(per)\(stops ? "" : ", notice only")")
        print("  notice    \(alarms.isEmpty ? "never" : alarms.map { "\($0) %" }.joined(separator: ", "))")
        print("  created   \(created)")
        for balance in balances ?? [] {
            print(
                "  \(balance.subject == subject ? "stands" : balance.subject)    spent \(balance.spent), "
                    + "reserved \(balance.reserved), left \(balance.left)")
        }
    }
}
