import ArgumentParser
import ExportControl
import Foundation

/// A whole register of owners, evaluated at once and after each change.
struct OwnershipRegister: ParsableArguments {
    @Option(help: "A CSV of edges.")
    var edges: String?
    @Option(help: "A CSV of parties and the lists they are on.")
    var lists: String?
    @Option(help: "A CSV of edges to set afterwards, one by one; a pct of 0 removes one.")
    var changes: String?
    @Option(help: "The day (2026-01-31).")
    var on: String?
    @Flag(help: "Say the times on standard error.")
    var time = false
    @Flag(help: "Write no parties.")
    var quiet = false

    func run() throws {
        guard let edges else { throw ValidationError("Give --cases or --edges. See --help.") }
        guard let day = CalendarDay(on ?? "") else { throw ValidationError("--on takes a day: 2026-01-31.") }
        let records = try ExportFile.table(edges, OwnershipTable.records)
        let listed = try lists.map { try ExportFile.table($0, OwnershipTable.listed) } ?? []
        let begin = ExportTime.now()
        var graph = OwnershipGraph(records, listed: listed, on: day)
        say("\(graph.partyCount) parties, \(graph.edgeCount) edges: \(ExportTime.text(since: begin))")
        try change(&graph)
        guard !quiet else { return }
        var output = ExportOutput()
        graph.parties(on: day) { party, parent, isRestricted in
            output.line(
                ExactJSON.object([
                    ("party", .string(party)), ("ultimate_parent", parent.map { .string($0) } ?? .null),
                    ("restricted", isRestricted.map { .bool($0) } ?? .string("undetermined")),
                ]).json)
        }
        output.flush()
    }

    private func change(_ graph: inout OwnershipGraph) throws {
        guard let changes else { return }
        for record in try ExportFile.table(changes, OwnershipTable.records) {
            let begin = ExportTime.now()
            let count = graph.set(
                record.share == ShareBounds(.none) ? nil : record.share, of: record.owned, heldBy: record.owner)
            say("change: \(count) parties, \(ExportTime.text(since: begin))")
        }
    }

    private func say(_ text: String) {
        guard time else { return }
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}

/// Time as it passes, and as this process worked.
enum ExportTime {
    static func now() -> (clock: ContinuousClock.Instant, processor: Double) {
        (ContinuousClock.now, Double(clock()) / Double(CLOCKS_PER_SEC))
    }

    static func text(since begin: (clock: ContinuousClock.Instant, processor: Double)) -> String {
        let end = now()
        let passed = begin.clock.duration(to: end.clock).components
        let milliseconds = Double(passed.seconds) * 1000 + Double(passed.attoseconds) / 1e15
        return String(
            format: "%.3f ms on the clock, %.3f ms of processor", milliseconds, (end.processor - begin.processor) * 1000
        )
    }
}

/// What the export commands read from files.
enum ExportFile {
    static func bytes(_ path: String) throws -> [UInt8] {
        // By its handle, so that pipes and /dev/stdin can be read too.
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.readToEnd() ?? Data() else {
            throw CommandProblem("cannot read '\(path)'")
        }
        return Array(data)
    }

    /// A table, with the file's name before what is wrong with it.
    static func table<Result>(
        _ path: String, _ read: (CellTable) throws(CellTable.Problem) -> Result
    ) throws -> Result {
        let bytes = try bytes(path)
        do throws(CellTable.Problem) {
            return try read(try CellTable(bytes))
        } catch {
            throw CommandProblem("\(path), \(error)")
        }
    }

    /// The lines of a file with their numbers, without empty ones.
    static func lines(_ path: String) throws -> [(number: Int, bytes: [UInt8])] {
        try bytes(path).split(separator: 0x0A, omittingEmptySubsequences: false).enumerated().compactMap {
            let line = $1.last == 0x0D ? $1.dropLast() : $1
            return line.allSatisfy { $0 == 0x20 || $0 == 0x09 } ? nil : ($0 + 1, Array(line))
        }
    }

    /// The objects of a file of JSON lines; the first that is none is named with its line.
    static func objects<Result>(
        _ path: String, _ read: ([UInt8]) throws(ComputeReader.Problem) -> Result
    ) throws -> [Result] {
        var results: [Result] = []
        for (number, line) in try lines(path) {
            do throws(ComputeReader.Problem) {
                results.append(try read(line))
            } catch {
                throw CommandProblem("\(path), line \(number), \(error)")
            }
        }
        return results
    }

    static func version(_ name: String) throws -> RuleVersion {
        guard let version = RuleVersion(rawValue: name) else {
            let known = RuleVersion.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(name)' is no rule version; there are \(known).")
        }
        return version
    }
}

/// Lines for standard output, written in large pieces.
struct ExportOutput {
    private var waiting = Data()

    mutating func line(_ text: String) {
        waiting.append(contentsOf: text.utf8)
        waiting.append(0x0A)
        if waiting.count > 1 << 16 { flush() }
    }

    mutating func flush() {
        FileHandle.standardOutput.write(waiting)
        waiting.removeAll(keepingCapacity: true)
    }
}
