/// One line of a price file, read and checked; it has no number yet.
public struct PriceEntry: Sendable, Equatable {
    /// The model's name.
    public var model: String
    /// From when on, milliseconds since 1970; `nil` is at once.
    public var starts: Int64?
    /// What a million tokens cost.
    public var rates: Rates
}

/// What is wrong in a price, with its field and its line.
public struct PriceFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The line of the file, from 1; `nil` where there is no file.
    public var line: Int?
    /// `model`, `from`, `input`, `output`, `cached`, `reasoning`.
    public var field: String
    /// What is wrong, and how it should be.
    public var message: String

    /// `line 3, input: is negative; …`.
    public var description: String { (line.map { "line \($0), " } ?? "") + "\(field): \(message)" }
}

/// Reads prices: from fields, and from a file of lines.
public enum PriceFile {
    /// The columns, in their order; the last three may be left out or left empty.
    public static let columns = ["model", "input", "output", "cached", "reasoning", "from"]

    /// The most lines that are read.
    public static let longest = 100_000

    /// Reads a file of comma-separated lines; empty lines and those that begin with `#` are skipped.
    ///
    /// The first line may name the columns; otherwise they stand in the order of `columns`. Rates are decimal units for a
    /// million tokens, `from` is a day in UTC (`2026-12-01`).
    ///
    /// - Throws: Every fault of the file, in the order of its lines.
    public static func parse(_ text: String) throws(PriceFaults) -> [PriceEntry] {
        var entries: [PriceEntry] = []
        var faults: [PriceFault] = []
        var order = columns
        var isFirst = true
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = trimmed(line)
            guard !line.isEmpty, line.first != "#" else { continue }
            guard number < longest else {
                faults.append(PriceFault(line: number + 1, field: "file", message: "has more than \(longest) lines"))
                break
            }
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map { String(trimmed($0)) }
            if isFirst, cells.first?.lowercased() == "model" {
                isFirst = false
                order = cells.map { $0.lowercased() }
                if let stranger = order.first(where: { !columns.contains($0) }) {
                    faults.append(
                        PriceFault(
                            line: number + 1, field: printable(stranger),
                            message: "is no column; known are \(columns.joined(separator: ", "))"))
                    break
                }
                continue
            }
            isFirst = false
            do throws(PriceFaults) {
                entries.append(try entry(cells, order, line: number + 1))
            } catch {
                faults += error.all
            }
            guard faults.count < 100 else { break }
        }
        guard faults.isEmpty else { throw PriceFaults(all: faults) }
        return entries
    }

    private static func entry(_ cells: [String], _ order: [String], line: Int) throws(PriceFaults) -> PriceEntry {
        guard cells.count <= order.count else {
            throw PriceFaults(all: [
                PriceFault(
                    line: line, field: order.last ?? "model",
                    message: "is followed by \(cells.count - order.count) cells too many")
            ])
        }
        var fields: [String: String] = [:]
        for (name, cell) in zip(order, cells) where !cell.isEmpty { fields[name] = cell }
        return try entry(fields, line: line)
    }

    /// Reads one price from its fields' texts.
    ///
    /// - Parameter line: Where they stand, for the faults.
    /// - Throws: Every field that is wrong.
    public static func entry(_ fields: [String: String], line: Int? = nil) throws(PriceFaults) -> PriceEntry {
        var faults: [PriceFault] = []
        func rate(_ name: String, isNeeded: Bool) -> Int64? {
            guard let text = fields[name] else {
                if isNeeded {
                    faults.append(PriceFault(line: line, field: name, message: "is missing; \(Amount.Fault.empty)"))
                }
                return nil
            }
            do throws(Amount.Fault) {
                return try Amount.parse(text, most: Rates.highest)
            } catch {
                faults.append(PriceFault(line: line, field: name, message: "\(error) (units for a million tokens)"))
                return nil
            }
        }
        let model = fields["model"] ?? ""
        if let message = objection(toModel: model) {
            faults.append(PriceFault(line: line, field: "model", message: message))
        }
        let (input, output) = (rate("input", isNeeded: true), rate("output", isNeeded: true))
        let (cached, reasoning) = (rate("cached", isNeeded: false), rate("reasoning", isNeeded: false))
        var starts: Int64?
        if let text = fields["from"] {
            starts = UTCDay(text)?.milliseconds
            if starts == nil {
                let message = "is no day; write one in UTC as 2026-12-01, from 1970 to 9999"
                faults.append(PriceFault(line: line, field: "from", message: message))
            }
        }
        guard faults.isEmpty, let input, let output else { throw PriceFaults(all: faults) }
        return PriceEntry(
            model: model, starts: starts,
            rates: Rates(input: input, output: output, cached: cached, reasoning: reasoning))
    }

    private static func objection(toModel name: String) -> String? {
        guard (1...200).contains(name.unicodeScalars.count) else { return "must have 1 to 200 characters" }
        guard name.unicodeScalars.allSatisfy({ $0.value > 32 && $0.value != 127 && !$0.properties.isWhitespace })
        else { return "must not have spaces or control characters" }
        return nil
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" || $0 == "\u{FEFF}" }
        while let last = text.last, last == " " || last == "\t" || last == "\r" || last == "\r\n" { text.removeLast() }
        return text
    }

    private static func printable(_ name: String) -> String {
        String(name.unicodeScalars.prefix(40).map { $0.value >= 32 && $0.value < 127 ? Character($0) : "?" })
    }
}

/// Everything that is wrong in one file or one price.
public struct PriceFaults: Error, Sendable, Equatable, CustomStringConvertible {
    /// In the order of lines; at least one.
    public let all: [PriceFault]

    /// One fault a line.
    public var description: String { all.map(\.description).joined(separator: "\n") }
}
