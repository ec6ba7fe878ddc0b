import ArgumentParser
import Foundation
import Ledger

extension LedgerCommand {
    /// `sluice ledger whose`: back from a pseudonym to whom it names.
    struct Whose: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say whose a pseudonym of an export is, with the key it was made with.",
            discussion: """
                Reads the records of the pseudonym's period and tries every party in them. Ends with status 1 for a name that \
                nobody in the ledger has: it was made with another key, or its records were pruned.

                  sluice ledger whose org_2026-11_4m0x9c6tq2wzk usr_2026-11_90pc3t6hd1v8r
                """)

        @Argument(help: "Pseudonyms, as in an export.")
        var names: [String]
        @OptionGroup var location: Location
        @OptionGroup var keyFile: PseudonymKeyOption
        @Flag(help: "Write one JSON object per line.")
        var json = false

        func validate() throws {
            for name in names where Pseudonyms.Parts(name) == nil {
                throw ValidationError(
                    "'\(name.prefix(80))' is no pseudonym (such as org_2026-11_ and 13 letters and digits)")
            }
        }

        func run() throws {
            let found = try search()
            for name in names {
                guard let identifier = found[name] else {
                    FileHandle.standardError.write(Data("\(name): nobody in this ledger, under this key\n".utf8))
                    continue
                }
                print(
                    json ? "{\"pseudonym\":\"\(name)\",\"identifier\":\"\(identifier)\"}" : "\(name) is \(identifier)")
            }
            if names.contains(where: { found[$0] == nil }) { throw ExitCode(1) }
        }

        private func search() throws -> [String: String] {
            var found: [String: String] = [:]
            for (kind, period) in Set(
                names.compactMap { Pseudonyms.Parts($0) }.map { Pair(kind: $0.kind, period: $0.period) }
            )
            .map({ ($0.kind, $0.period) }) {
                let pseudonyms = try keyFile.pseudonyms(period, ledger: location.directory, makes: false)
                let labels = Set(names.compactMap { Pseudonyms.Parts($0) }.map(\.label))
                var tried: Set<String> = []
                let reader = try LedgerReader(directory: location.directory)
                while let entry = try reader.next() {
                    let (identifiers, time) = entry.identifiers(kind)
                    guard !identifiers.isEmpty else { continue }
                    let label = pseudonyms.label(at: time)
                    guard labels.contains(label) else { continue }
                    for one in identifiers where !one.isEmpty && tried.insert("\(label) \(one)").inserted {
                        let name = pseudonyms.name(kind, one, in: label)
                        if names.contains(name) { found[name] = one }
                    }
                }
            }
            return found
        }

        private struct Pair: Hashable {
            let kind: Pseudonyms.Kind
            let period: Pseudonyms.Period
        }
    }

    /// Where the key of pseudonyms lies.
    struct PseudonymKeyOption: ParsableArguments {
        @Option(
            name: .customLong("pseudonym-key"),
            help:
                "The file of the pseudonyms' key, 64 hexadecimal digits; keys/pseudonyms.key beside the ledger if left out."
        )
        var path: String?

        /// The names of a period, under the key in the file.
        ///
        /// - Parameter makes: Whether a key is made where there is no file.
        func pseudonyms(_ period: Pseudonyms.Period, ledger: String, makes: Bool) throws -> Pseudonyms {
            let place = path ?? (ledger as NSString).deletingLastPathComponent + "/keys/pseudonyms.key"
            if makes, access(place, F_OK) != 0 {
                let bytes = (0..<Pseudonyms.keySize).map { _ in UInt8.random(in: .min ... .max) }
                let text = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\n"
                guard TextFile.create(place, text, secret: true) else {
                    throw StartProblem("cannot make '\(place)'; name a file for the key with --pseudonym-key")
                }
            }
            guard let text = TextFile.read(place) else {
                throw StartProblem("cannot read the key '\(place)'; name its file with --pseudonym-key")
            }
            let digits = Array(text.trimming(while: \.isWhitespace).utf8)
            let bytes = stride(from: 0, to: digits.count - digits.count % 2, by: 2).compactMap {
                UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
            }
            guard digits.count == 2 * Pseudonyms.keySize, let made = Pseudonyms(key: bytes, period: period) else {
                throw StartProblem("'\(place)' holds no key of 64 hexadecimal digits")
            }
            return made
        }
    }
}
