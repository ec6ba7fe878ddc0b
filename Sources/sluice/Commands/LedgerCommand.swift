import Admin
import ArgumentParser
import Foundation
import Glibc
import Ledger

/// `sluice ledger …`: reads the record of every exchange.
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Read and check the record of every exchange.",
        discussion: """
            The ledger holds one record for each decision and one for the end of each admitted exchange: who, which \
            model, what was decided under which rules, and salted hashes of the texts, never the texts. \
            Reading takes no lock: every command works beside a running server.

            Example:
              sluice ledger tail -n 20 --follow
              sluice ledger show dec_01kaw3s8gq5v0r6xt2m9n4c7ye
              sluice ledger verify && sluice ledger export > exchanges.jsonl
            """,
        subcommands: [Tail.self, Show.self, Verify.self, Export.self, Whose.self, Prune.self])

    struct Location: ParsableArguments {
        @Option(help: "The ledger's directory.")
        var directory = "var/ledger"
    }

    struct Tail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the newest records.")

        @OptionGroup var location: Location
        @Option(name: [.customShort("n"), .customLong("count")], help: "How many records to show.")
        var count = 10
        @Flag(name: .shortAndLong, help: "Go on showing records as they are written, until interrupted.")
        var follow = false
        @Flag(help: "Write one JSON object per line.")
        var json = false

        func run() async throws {
            let reader = try LedgerReader.newest(count, in: location.directory)
            var output = Output()
            var table = Table(LedgerEntry.columns, widths: [8, 24, 18, 16, 16, 0])
            if !json { output.line(table.head) }
            while true {
                while let entry = try reader.next() {
                    output.line(json ? entry.json() : table.line(entry.row))
                }
                output.flush()
                guard follow else { return }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one decision and how its exchange ended.",
            discussion: "The decision id is in the answer's x-sluice-decision header and in every refusal.")

        @Argument(help: "A decision id (dec_…) or the number of a record.")
        var decision: String
        @OptionGroup var location: Location
        @Flag(help: "Include the salts; whoever has one can test guesses of the text.")
        var salts = false
        @Flag(help: "Write one JSON object per line.")
        var json = false

        func run() throws {
            let found: LedgerEntry?
            if let sequence = UInt64(decision) {
                found = try LedgerReader.entry(sequence, in: location.directory)
            } else if let id = DecisionID(decision) {
                found = try LedgerReader.admission(id, in: location.directory)
            } else {
                throw ValidationError("'\(decision)' is neither a decision id (dec_ and 26 letters) nor a number.")
            }
            guard let found else {
                try checkPruned()
                throw ValidationError("'\(decision)' is not in the ledger '\(location.directory)'.")
            }
            var output = Output()
            show(found, in: &output)
            if case .admission(let admission) = found.record, admission.decision == .admitted {
                if let end = try LedgerReader.completion(of: found.sequence, in: location.directory) {
                    show(end, in: &output)
                } else if !json {
                    output.line("The exchange is open: it still runs, or was cut by a crash.")
                }
            }
            output.flush()
        }

        /// Says so where what is asked for may have been pruned.
        private func checkPruned() throws {
            let oldest = try LedgerReader.oldest(in: location.directory)
            guard oldest > 1 else { return }
            if let sequence = UInt64(decision), sequence >= oldest { return }
            throw LedgerError.pruned(directory: location.directory, first: oldest)
        }

        private func show(_ entry: LedgerEntry, in output: inout Output) {
            guard !json else { return output.line(entry.json(withSalts: salts)) }
            for (name, value) in entry.fields(withSalts: salts) {
                output.line(name + String(repeating: " ", count: max(1, 22 - name.count)) + value)
            }
            output.line("")
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check every record, the chain between them and that none is missing.",
            discussion: """
                Finds damaged, altered, swapped, dropped and doubled records. Whoever can write the files could also \
                rewrite all of them; note the 'chain' line elsewhere and give it back later with --expect to find that. \
                Ends with status 1 when something is wrong.
                """)

        @OptionGroup var location: Location
        @Option(help: "A chain value noted earlier, as NUMBER:HEX.")
        var expect: String?
        @Flag(help: "Write the report as one JSON object.")
        var json = false

        func run() throws {
            let report = try LedgerVerification.verify(directory: location.directory, expecting: try expected())
            var output = Output()
            if json { output.line(report.json) } else { report.lines.forEach { output.line($0) } }
            output.flush()
            if !report.isSound { throw ExitCode(1) }
        }

        private func expected() throws -> (sequence: UInt64, chain: Hash256)? {
            guard let expect else { return nil }
            let parts = expect.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let sequence = UInt64(parts[0]), let chain = Hash256(hexadecimal: parts[1]) else {
                throw ValidationError(
                    "--expect takes what 'verify' prints after 'chain': NUMBER:64 hexadecimal digits.")
            }
            return (sequence, chain)
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the records as JSON, one object per line.",
            discussion: """
                Records hold scores and organisations: the export is for the operator, not for the public.

                For an auditor or a researcher, --pseudonyms names organisations, accounts, keys, end users and permissions by \
                keyed hashes that change with every period. Salts, chain values and the acts of people are left out. The key is \
                made at the first use; 'sluice ledger whose' says to its holder whose a name is, and with the key gone nobody can.

                  sluice ledger export --pseudonyms month > for-the-auditor.jsonl
                  sluice ledger whose org_2026-11_4m0x9c6tq2wzk
                """)

        @OptionGroup var location: Location
        @Option(name: .customLong("from"), help: "The number of the first record.")
        var first: UInt64 = 1
        @Flag(help: "Include the salts; whoever has one can test guesses of the text.")
        var salts = false
        @Option(
            help: "Name parties by pseudonyms that change every day, month or year.",
            transform: { text in
                guard let period = Pseudonyms.Period(rawValue: text) else {
                    throw ValidationError("'\(text)' is none of day, month and year")
                }
                return period
            })
        var pseudonyms: Pseudonyms.Period?
        @OptionGroup var keyFile: PseudonymKeyOption
        @Flag(help: "Accepted for symmetry: the export is always JSON.")
        var json = false

        func validate() throws {
            guard pseudonyms == nil || !salts else {
                throw ValidationError(
                    "--salts and --pseudonyms contradict each other: a salt opens what the other hides")
            }
        }

        func run() throws {
            let names = try pseudonyms.map { try keyFile.pseudonyms($0, ledger: location.directory, makes: true) }
            let oldest = try LedgerReader.oldest(in: location.directory)
            if first < oldest, oldest > 1 {
                FileHandle.standardError.write(
                    Data("Records \(first) to \(oldest - 1) were pruned; the export begins at \(oldest).\n".utf8))
            }
            let reader = try LedgerReader(directory: location.directory, from: first)
            var output = Output()
            while let entry = try reader.next() {
                guard let names else {
                    output.line(entry.json(withSalts: salts))
                    continue
                }
                if let line = entry.json(names) { output.line(line) }
            }
            output.flush()
        }
    }
}

extension LedgerCommand {
    struct Prune: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let the oldest records go, as the settings do by themselves.",
            discussion: """
                Whole files go, the oldest first: those that are older than --older-than, or those that make the ledger larger \
                than --larger-than. Balances stay, since their sum is in the store; the public log stays, and receipts \
                that were given stay valid. What an open exchange, the saved sum or the public log still needs does not go. \
                A record in the chain says what went, so that 'verify' can tell pruning from loss.

                  sluice ledger prune --older-than 400d
                  sluice ledger prune --larger-than 50000000000

                The settings ledger.retention and ledger.retention_bytes do this once a minute.
                """)

        @Option(help: "How long records are kept, such as 400d.")
        var olderThan: Span?
        @Option(help: "Bytes of all files together at which the oldest go.")
        var largerThan: UInt64?
        @OptionGroup var admin: AdminOptions

        func validate() throws {
            guard olderThan != nil || largerThan != nil else { throw ValidationError("say what is kept") }
        }

        func run() async throws {
            let body = PruneRequest(seconds: olderThan?.seconds, bytes: largerThan)
            let view = try await admin.perform(.keeping(.prune(body)), as: PruneView.self)
            guard !admin.json else { return }
            guard let first = view.first else { return print("Nothing is to go.") }
            print("\(view.segments) files (\(view.bytes) bytes) went; the ledger begins at record \(first).")
        }
    }
}

/// Lines for standard output, written in large pieces.
private struct Output {
    private var waiting: [UInt8] = []

    mutating func line(_ text: String) {
        waiting.append(contentsOf: text.utf8)
        waiting.append(0x0A)
        if waiting.count > 1 << 16 { flush() }
    }

    mutating func flush() {
        waiting.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = write(STDOUT_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return }
                rest = rest.dropFirst(written)
            }
        }
        waiting.removeAll(keepingCapacity: true)
    }
}

/// Columns that grow with what was shown so far.
private struct Table {
    private var widths: [Int]
    private let names: [String]

    init(_ names: [String], widths: [Int]) {
        self.names = names
        self.widths = widths
    }

    var head: String {
        var copy = self
        return copy.line(names)
    }

    mutating func line(_ cells: [String]) -> String {
        var out = ""
        for (index, cell) in cells.enumerated() where index < widths.count {
            widths[index] = max(widths[index], min(cell.count, 40))
            let isLast = index == widths.count - 1
            out += isLast ? cell : cell + String(repeating: " ", count: max(0, widths[index] - cell.count)) + "  "
        }
        return out
    }
}
