import ArgumentParser
import ExportControl
import Foundation

extension ScreenCommand {
    struct Measure: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measure the speed of screening on this machine.",
            discussion: """
                Makes many names out of the words of a list, indexes them, and searches for the queries of a file of cases, \
                all on one thread, in CPU time. Then screens as many customers as --customers says. Prints one line.

                Example: sluice screen measure --list parties.jsonl --cases match.jsonl
                """)

        @Option(help: "The listed parties whose words are used, one JSON object a line.")
        var list: String
        @Option(help: "Cases of kind \"search\", one JSON object a line.")
        var cases: String
        @Option(help: "How many names to index.")
        var names = 100_000
        @Option(help: "How many customers to screen.")
        var customers = 100_000

        func run() async throws {
            let parties = try ScreenCommand.parties(list)
            let queries = try ScreenCommand.read(cases).split(separator: 0x0A).compactMap { line in
                (try? JSONSerialization.jsonObject(with: line) as? [String: Any])?["query"] as? String
            }
            guard !queries.isEmpty, !parties.isEmpty else { throw CommandProblem("the list or the cases are empty") }
            var mixer = NameMixer(parties.flatMap(\.names))
            let many = (0..<names).map { ListedParty(id: String($0), name: mixer.name(), list: "made") }
            var begin = Self.time()
            var screener = Screener(ScreeningIndex(many))
            let index = Self.time() - begin
            let times = queries.map { query in
                let begin = Self.time()
                _ = screener.search(query)
                return (Self.time() - begin) * 1e3
            }.sorted()
            let bar = ProgressBar()
            begin = Self.time()
            for customer in 0..<customers {
                _ = screener.search(ScreeningSubject(names: [mixer.name()]), floor: 0.5)
                if customer % 1000 == 0 { bar.show("customers", Double(customer) / Double(customers)) }
            }
            bar.clear()
            let rescreen = Self.time() - begin
            let kilobytes =
                (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8))?
                .split(separator: "\n").first { $0.hasPrefix("VmHWM") }?.split(separator: " ").dropLast().last ?? "0"
            print(
                String(
                    format: "screening: %d names indexed in %.2f s, %d MB at most; search p50 %.3f ms, p99 %.3f ms, "
                        + "greatest %.3f ms (%d searches); %d customers in %.1f s (CPU time, one thread)",
                    names, index, (Int(kilobytes) ?? 0) / 1024, times[times.count / 2], times[times.count * 99 / 100],
                    times[times.count - 1], times.count, customers, rescreen))
        }

        /// The CPU time of this thread, in seconds.
        private static func time() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
    }
}

/// Makes names out of the words of other names; the same ones in every run.
private struct NameMixer {
    private let names: [[Substring]]
    private var state: UInt64 = 42

    init(_ names: [String]) { self.names = names.map { $0.split(separator: " ") }.filter { !$0.isEmpty } }

    private mutating func random(_ limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % limit
    }

    mutating func name() -> String {
        var words = names[random(names.count)]
        for place in words.indices where random(2) == 0 {
            let other = names[random(names.count)]
            var letters = Array(other[random(other.count)])
            if random(3) == 0, letters.count > 4 {
                letters[1 + random(letters.count - 2)] = Character(Unicode.Scalar(UInt8(97 + random(26))))
            }
            words[place] = Substring(String(letters))
        }
        return words.joined(separator: " ")
    }
}
