import Admin
import ArgumentParser

/// `sluice usage`: what was used and what it cost.
struct UsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "Show what was used and what it cost, by day, month, organisation, account, key or model.",
        discussion: """
            The numbers are added up from the ledger. An exchange counts on the day (UTC) on which it was admitted. Exchanges \
            whose end a crash took (unfinished) cost what was reserved for them.

              sluice usage
              sluice usage --by model --from 2026-11-01 --to 2026-11-30
              sluice usage --org "Harbour Research" --by key --json
            """)

    @Option(help: "What sums are kept apart by: day, month, organisation, account, key or model.") var by = "day"
    @Option(help: "The first day (UTC), such as 2026-11-01. Without it: 30 days ago.") var from: String?
    @Option(help: "The last day (UTC). Without it: today.") var to: String?
    @Option(help: "Only this organisation's, by name or identifier.") var org: String?
    @Option(help: "Only this account's of --org.") var account: String?
    @Option(help: "Only this key's; its rotations count with it.") var key: String?
    @Option(help: "Only this model's.") var model: String?
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let question = UsageRequest(
            from: from, to: to, by: by, organisation: org, account: account, key: key, model: model)
        let list = try await admin.perform(.money(.usage(question)), as: ListView<UsageView>.self)
        guard !admin.json else { return }
        let rows = list.data.map { row in
            [
                row.name.map { "\($0) (\(row.what))" } ?? row.what, "\(row.admitted)", "\(row.refused)",
                "\(row.unfinished)", "\(row.input)", "\(row.cached)", "\(row.output)", "\(row.reasoning)", row.cost,
            ]
        }
        printTable(
            [by.uppercased(), "ADMITTED", "REFUSED", "UNFINISHED", "INPUT", "CACHED", "OUTPUT", "REASONING", "COST"],
            rows)
    }
}
