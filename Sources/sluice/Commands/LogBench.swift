import ArgumentParser
import Foundation
import Glibc
import Ledger
import Synchronization
import Transparency

extension LogCommand {
    struct Bench: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measure how fast this machine writes a log.",
            discussion: """
                Appends made-up leaves to a log in DIRECTORY until the time is over, each as durable and signed as a real \
                one, and prints entries per second and the time from append to signed tree. With --acknowledge it \
                writes a line for each acknowledged entry ('ack INDEX LEAFHASH SIZE'), which is how the crash test \
                knows what must still be there after kill -9.
                """)

        @Argument(help: "The directory; it is created, and a log that is there is continued.")
        var directory: String
        @Option(help: "The file with the signing key; it is made if it is missing.")
        var key: String?
        @Option(help: "How long to append.")
        var seconds = 5.0
        @Option(help: "How many bytes an entry has, 16 to 65,535.")
        var bytes = 200
        @Option(help: "How many entries wait at most.")
        var inFlight = 4096
        @Option(help: "The least time between two commits, in milliseconds.")
        var interval = 20
        @Option(help: "At most so many entries per second; 0 for as many as possible.")
        var rate = 0
        @Option(help: "The size of the journal's segments, in bytes.")
        var journal = 8 << 20
        @Flag(help: "Write a line for each acknowledged entry.")
        var acknowledge = false
        @Flag(help: "Write the figures as one JSON object.")
        var json = false

        /// What the commit's thread counts.
        private final class Counter: Sendable {
            let tally = Mutex(Tally())
        }

        private struct Tally: Sendable {
            var waiting = 0
            var acknowledged = 0
            var times: [Double] = []
            var failure: String?
        }

        func run() async throws {
            guard (16...EntryBundle.longestEntry).contains(bytes), inFlight > 0, seconds > 0 else {
                throw ValidationError("--bytes is 16 to 65,535; --in-flight and --seconds are over 0.")
            }
            let path = key ?? directory + ".key"
            if key == nil, !FileManager.default.fileExists(atPath: path) {
                let fresh = NoteSigner(name: "bench.example/log", type: .ed25519)
                try (fresh?.secret ?? "").write(toFile: path, atomically: true, encoding: .utf8)
            }
            let log = try TileLog.open(
                directory: directory, signer: LogFile.signer(path), interval: interval, journalBytes: journal)
            print("open \(log.head.size)")
            fflush(nil)
            let counter = Counter()
            let clock = ContinuousClock()
            let cpu = Self.cpuSeconds()
            let began = clock.now
            var random = SystemRandomNumberGenerator()
            var appended = 0
            while seconds > Self.seconds(clock.now - began) {
                let pace = rate > 0 && Double(appended) > Double(rate) * Self.seconds(clock.now - began)
                if pace || counter.tally.withLock({ $0.waiting >= inFlight }) {
                    usleep(200)
                    continue
                }
                if let failure = counter.tally.withLock({ $0.failure }) { throw CommandProblem(failure) }
                let entry = (0..<bytes / 8).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
                let start = clock.now
                counter.tally.withLock { $0.waiting += 1 }
                try log.append(entry) { result in
                    let line = self.settle(result, entry, Self.seconds(clock.now - start), counter)
                    if let line { _ = line.withCString { Glibc.write(STDOUT_FILENO, $0, strlen($0)) } }
                }
                appended += 1
            }
            while counter.tally.withLock({ $0.waiting > 0 }) { usleep(500) }
            let elapsed = Self.seconds(clock.now - began)
            log.close()
            let proofs = try proofTimes()
            report(counter.tally.withLock { $0 }, elapsed, Self.cpuSeconds() - cpu, proofs)
        }

        /// How much of the processor a proof from the files takes, in milliseconds, sorted.
        private func proofTimes() throws -> [Double] {
            var files = try LogFile.files(directory)
            let size = try Checkpoint(text: files.checkpoint().text).size
            return try (0..<min(1000, size)).map { _ in
                let start = Self.cpuSeconds()
                _ = try files.inclusion(of: UInt64.random(in: 0..<size), in: size)
                return (Self.cpuSeconds() - start) * 1000
            }.sorted()
        }

        private func settle(
            _ result: Result<TileLog.Placed, LedgerError>, _ entry: [UInt8], _ time: Double, _ counter: Counter
        ) -> String? {
            switch result {
            case .success(let placed):
                counter.tally.withLock {
                    $0.waiting -= 1
                    $0.acknowledged += 1
                    $0.times.append(time)
                }
                return acknowledge ? "ack \(placed.index) \(TreeHash.leaf(entry).hexadecimal) \(placed.size)\n" : nil
            case .failure(let error):
                counter.tally.withLock {
                    $0.waiting -= 1
                    $0.failure = "\(error)"
                }
                return nil
            }
        }

        private func report(_ tally: Tally, _ elapsed: Double, _ cpu: Double, _ proofs: [Double]) {
            let times = tally.times.sorted()
            func quantile(_ share: Double) -> Double {
                times.isEmpty ? 0 : times[min(times.count - 1, Int(Double(times.count) * share))] * 1000
            }
            let proof = proofs.isEmpty ? 0 : proofs[proofs.count * 99 / 100]
            let rate = Double(tally.acknowledged) / elapsed
            if json {
                print(
                    String(
                        format: "{\"entries\":%d,\"seconds\":%.3f,\"per_second\":%.0f,\"cpu_seconds\":%.3f,"
                            + "\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,\"proof_cpu_p99_ms\":%.3f}",
                        tally.acknowledged, elapsed, rate, cpu, quantile(0.5), quantile(0.99), quantile(1),
                        proof))
            } else {
                print(
                    String(
                        format: "%d entries in %.2f s: %.0f per second, durable and in a signed tree; "
                            + "from append to tree p50 %.1f ms, p99 %.1f ms, longest %.1f ms; %.2f s of CPU; a proof p99 %.3f ms of CPU",
                        tally.acknowledged, elapsed, rate, quantile(0.5), quantile(0.99), quantile(1), cpu,
                        proof))
            }
        }

        private static func seconds(_ duration: Duration) -> Double {
            Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        }

        private static func cpuSeconds() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
    }
}
