import Admin
import ArgumentParser
import Metering

/// `sluice price`: what tokens cost.
struct PriceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "price",
        abstract: "Set, import and list prices of models.",
        discussion: """
            A price is what a million tokens of a model cost, from a day on: prompt tokens, completion tokens, and if they \
            differ prompt tokens from a cache and completion tokens spent on reasoning. The currency is yours. Inside, money \
            is counted in whole millionths. Prices are only ever added: to correct one, set it again for the same day; \
            exchanges that were admitted before keep the price they were admitted at.

              sluice price set swift-1 --input 2.50 --output 10 --cached 1.25
              sluice price set swift-1 --input 2 --output 8 --from 2027-01-01
              sluice price import prices.csv
              sluice price list

            A file has a line for each price: model,input,output,cached,reasoning,from. The last three may be left out.
            """,
        subcommands: [Set.self, Import.self, List.self])

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Set what a model costs, from now or from a day on.")
        @Argument(help: "The model's name, as clients use it.") var model: String
        @Option(help: "Units for a million prompt tokens, such as 2.50.") var input: String
        @Option(help: "Units for a million completion tokens.") var output: String
        @Option(help: "Units for a million prompt tokens read from a cache. Without it: as input.") var cached: String?
        @Option(help: "Units for a million tokens of reasoning. Without it: as output.") var reasoning: String?
        @Option(help: "The first day (UTC) on which it holds, such as 2026-12-01. Without it: at once.") var from:
            String?
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            var fields = ["model": model, "input": input, "output": output]
            fields["cached"] = cached
            fields["reasoning"] = reasoning
            fields["from"] = from
            try await PriceCommand.add([fields], admin)
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add the prices of a file, all or none.",
            discussion: "Whatever is wrong in the file is told with its line and field, and nothing is added.")
        @Argument(help: "A file of comma-separated lines: model,input,output,cached,reasoning,from.") var file: String
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            guard let text = TextFile.read(file) else { throw CommandFailure(description: "Cannot read '\(file)'.") }
            let entries: [PriceEntry]
            do throws(PriceFaults) {
                entries = try PriceFile.parse(text)
            } catch {
                let lines = error.all.map { "\(file), \($0)" }.joined(separator: "\n")
                throw CommandFailure(description: lines)
            }
            guard !entries.isEmpty else { throw CommandFailure(description: "'\(file)' holds no price.") }
            try await PriceCommand.add(entries.map(\.fields), admin)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all prices, past and future ones too.")
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            let list = try await admin.perform(.money(.listPrices), as: ListView<PriceView>.self)
            if !admin.json { PriceCommand.show(list.data) }
        }
    }

    private static func add(_ prices: [[String: String]], _ admin: AdminOptions) async throws {
        let call = AdminCall.money(.addPrices(PricesRequest(prices: prices)))
        let list = try await admin.perform(call, as: ListView<PriceView>.self, creating: true)
        if !admin.json { show(list.data) }
    }

    private static func show(_ prices: [PriceView]) {
        let rows = prices.map { price in
            [
                "\(price.version)", price.model, price.input, price.cached, price.output, price.reasoning, price.starts,
                price.inForce ? "yes" : "no",
            ]
        }
        printTable(["NUMBER", "MODEL", "INPUT", "CACHED", "OUTPUT", "REASONING", "FROM", "IN FORCE"], rows)
    }
}

extension PriceEntry {
    /// The fields as the admin API takes them.
    fileprivate var fields: [String: String] {
        var fields = [
            "model": model, "input": Amount.text(rates.input), "output": Amount.text(rates.output),
            "cached": Amount.text(rates.cached), "reasoning": Amount.text(rates.reasoning),
        ]
        fields["from"] = starts.map { UTCDay(at: $0).description }
        return fields
    }
}
