import ArgumentParser
import Dispatch
import Foundation
import Glibc
import Ledger
import Transparency

extension LogCommand {
    struct RequestBench: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "bench-requests",
            abstract: "Measure what the public log adds to a request.",
            discussion: """
                Records made-up requests in two ledgers in turn, one with a public log that follows it and a promise for each \
                request, one without, and prints how long a request's record takes in both, with 'process' and 'disk' \
                durability. Use a directory on the disk that the server will have.
                """)

        @Argument(help: "A directory, which is created.")
        var directory: String
        @Option(help: "How many requests for each figure.")
        var requests = 20_000
        @Option(help: "How many requests one after the other before it is the other ledger's turn.")
        var chunk = 250
        @Option(help: "The time between two requests, in microseconds.")
        var pause: UInt32 = 200
        @Flag(help: "Write the figures as one JSON object.")
        var json = false

        func run() async throws {
            guard (1...10_000_000).contains(requests), chunk > 0 else {
                throw ValidationError("--requests is 1 to 10,000,000; --chunk is over 0.")
            }
            var fields: [(String, String)] = []
            for (name, durability) in [("process", ExchangeLog.Durability.process), ("disk", .disk)] {
                let count = durability == .disk ? min(requests, 2000) : requests
                let figures = try measure(durability, directory + "/" + name, count)
                if json {
                    fields.append((name, LeafText.object(figures.map { ($0.0, String(format: "%.1f", $0.1)) })))
                } else {
                    print(
                        "\(name): "
                            + figures.map { "\($0.0) \(String(format: "%.1f", $0.1)) µs" }.joined(separator: ", "))
                }
            }
            if json { print(LeafText.object(fields)) }
        }

        /// Percentiles without and with a public log, and the difference, in microseconds.
        private func measure(_ durability: ExchangeLog.Durability, _ place: String, _ count: Int) throws -> [(
            String, Double
        )] {
            let plain = try ExchangeLog.open(directory: place + "/plain", durability: durability)
            let proven = try ExchangeLog.open(directory: place + "/proven", durability: durability)
            guard let signer = NoteSigner(name: "bench.example/log", type: .ed25519) else { return [] }
            let log = try PublicLog.open(
                directory: place + "/log", ledger: place + "/proven", signer: signer, poll: 100)
            let terms = PromiseTerms(origin: signer.key.name, seconds: 60)
            defer {
                plain.close()
                proven.close()
                log.close()
            }
            let body = [UInt8](repeating: 0x61, count: 1500)
            var without: [Int64] = []
            var with: [Int64] = []
            var size = 0
            for number in 0..<count * 2 {
                let isProven = number / chunk % 2 == 1
                let began = DispatchTime.now().uptimeNanoseconds
                size += try record(isProven ? proven : plain, isProven ? terms : nil, body, durability)
                let taken = Int64(DispatchTime.now().uptimeNanoseconds - began)
                if isProven { with.append(taken) } else { without.append(taken) }
                if pause > 0 { usleep(pause) }
            }
            guard size > 0 else { return [] }
            func figure(_ times: [Int64], _ part: Double) -> Double {
                let sorted = times.sorted()
                return Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]) / 1000
            }
            return [
                ("p50_without", figure(without, 0.5)), ("p50_with", figure(with, 0.5)),
                ("p99_without", figure(without, 0.99)), ("p99_with", figure(with, 0.99)),
                ("p99_added", figure(with, 0.99) - figure(without, 0.99)),
            ]
        }

        /// What the gateway does for the record of one request; the length of the header, so that nothing is left out.
        private func record(
            _ ledger: ExchangeLog, _ terms: PromiseTerms?, _ body: [UInt8], _ durability: ExchangeLog.Durability
        ) throws -> Int {
            let decision = DecisionID()
            var commitment = Commitment(to: .request)
            commitment.update(body)
            let sealed = commitment.seal()
            let sequence = try ledger.admit(
                Admission(
                    decisionID: decision, time: decision.milliseconds, organisation: "org", account: "account",
                    key: "key", model: "model", dialect: .openAI, isStream: false, decision: .denied(code: "bench"),
                    requestCommitment: sealed, constitutionHash: Hash256([UInt8](repeating: 1, count: 32))))
            if durability == .disk {
                let done = DispatchSemaphore(value: 0)
                ledger.whenDurable(sequence) { _ in done.signal() }
                done.wait()
            }
            return terms?.header(sequence, sealed, at: decision.milliseconds).utf8.count ?? 1
        }
    }
}
