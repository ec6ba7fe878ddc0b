import ArgumentParser
import Foundation
import Glibc
import Ledger
import Transparency

extension LogCommand {
    struct Simulate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a log of made-up exchanges, to try the tools and to measure an audit.",
            discussion: """
                Writes into DIRECTORY: ledger/ with made-up exchanges, log/ with their public log, log.key, log.pub and \
                policy.txt, and in receipts/ some receipts with the request and the answer that belong to each. With \
                --leaves it writes no ledger, but a log of that many leaves with --batch decisions each and the figures \
                of a day after every hundredth part.

                Example:
                  sluice log simulate /tmp/try --exchanges 2000 --receipts 20
                  sluice log audit /tmp/try/log --policy /tmp/try/policy.txt
                """)

        @Argument(help: "A directory; it is created.")
        var directory: String
        @Option(help: "How many exchanges.")
        var exchanges = 2000
        @Option(help: "How many receipts.")
        var receipts = 20
        @Option(help: "How many leaves to write without a ledger.")
        var leaves: Int?
        @Option(help: "How many decisions each of those leaves holds, 1 to 256.")
        var batch = 4
        @Option(help: "The seed of everything made up.")
        var seed: UInt64 = 1
        @Option(help: "The log's name.")
        var origin = "try.example/log"

        func run() async throws {
            guard (1...256).contains(batch), exchanges >= 0, receipts >= 0 else {
                throw ValidationError("--batch is 1 to 256; no number is below 0.")
            }
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            guard let signer = NoteSigner(name: origin, type: .ed25519) else {
                throw ValidationError("--origin is no key name.")
            }
            try write(signer.secret + "\n", "log.key")
            try write(signer.key.description + "\n", "log.pub")
            try write("log \(signer.key)\nquorum none\n", "policy.txt")
            var random = SimulatedRandom(state: seed)
            if let leaves {
                try writeLeaves(leaves, signer, &random)
            } else {
                try writeExchanges(signer, &random)
            }
        }

        private func write(_ text: String, _ name: String) throws {
            try text.write(toFile: directory + "/" + name, atomically: true, encoding: .utf8)
        }

        /// A log without a ledger, straight from made-up items.
        private func writeLeaves(_ count: Int, _ signer: NoteSigner, _ random: inout SimulatedRandom) throws {
            let log = try TileLog.open(directory: directory + "/log", signer: signer, interval: 0)
            defer { log.close() }
            let slot = TimeSlot.of(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) - 1
            var figures = Leaf.Statistics(day: TimeSlot.day(of: slot) - 200, from: 0)
            var waiting: [[UInt8]] = []
            var sequence: UInt64 = 1
            for number in 0..<count {
                let content: Leaf.Content
                if number == 0 {
                    content = .opening(.init(ledger: [], origin: origin))
                } else if number % max(1, count / 100) == 0 {
                    content = .statistics(figures)
                } else {
                    let items = (0..<UInt64(batch)).map { Self.item(sequence + $0, slot, &random) }
                    sequence += UInt64(batch)
                    guard let batch = DecisionBatch(items) else { throw CommandProblem("a batch does not fit") }
                    content = .decisions(batch)
                }
                let leaf = Leaf(slot: slot, content: content)
                if case .statistics = content {
                    figures = Leaf.Statistics(day: figures.day + 1, from: UInt64(number) + 1)
                } else {
                    figures.add(leaf)
                }
                waiting.append(try leaf.encoded())
                if waiting.count == 2048 || number == count - 1 {
                    // The queue is bounded: wait while it is full.
                    while (try? log.append(contentsOf: waiting)) == nil {
                        if let failure = log.failure { throw CommandProblem(failure) }
                        usleep(2000)
                    }
                    waiting = []
                }
            }
            log.close()
            print("\(log.head.size) leaves")
        }

        private static func item(_ sequence: UInt64, _ slot: UInt32, _ random: inout SimulatedRandom) -> DecisionItem {
            let rule = random.next() % 16 == 0 ? SimulatedRules.rule(random.next()) : nil
            return DecisionItem(
                sequence: sequence, event: rule == nil ? .admitted : .refused, slot: slot,
                decision: (0..<2).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } },
                releases: SimulatedRules.releases, rule: rule, commitment: .digest(of: "\(random.next())".utf8))
        }

        /// A ledger, its public log, and receipts.
        private func writeExchanges(_ signer: NoteSigner, _ random: inout SimulatedRandom) throws {
            let ledger = try ExchangeLog.open(directory: directory + "/ledger")
            var decisions: [(id: DecisionID, number: Int, hasAnswer: Bool)] = []
            for number in 0..<exchanges {
                let (id, hasAnswer) = try exchange(number, ledger, &random)
                decisions.append((id, number, hasAnswer))
            }
            ledger.close()
            let log = try PublicLog.open(
                directory: directory + "/log", ledger: directory + "/ledger", signer: signer, poll: nil)
            defer { log.close() }
            let release = Leaf.Release(
                subject: .constitution, version: "1", hash: SimulatedRules.releases.constitution)
            try log.append(.release(release))
            try log.integrate()
            try log.append(
                .override(
                    .init(action: .appealGranted, category: "weather", principle: "no-storms", reason: "harmless")))
            try log.closeDay(UInt32(Date().timeIntervalSince1970) / 86_400, organisations: 0)
            log.close()
            let folder = directory + "/receipts"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            var maker = ReceiptMaker(ledger: directory + "/ledger", files: try LogFile.files(directory + "/log"))
            for _ in 0..<min(receipts, exchanges) {
                let (id, number, hasAnswer) = decisions.remove(at: Int(random.next() % UInt64(decisions.count)))
                guard let receipt = try maker.receipt(of: id) else { throw CommandProblem("\(id) is not in the tree") }
                try write(receipt.text, "receipts/\(number).tlog-proof")
                try write(Self.request(number), "receipts/\(number).request")
                if hasAnswer { try write(Self.answer(number), "receipts/\(number).answer") }
            }
            print("\(exchanges) exchanges, \(log.tiles.head.size) leaves, \(min(receipts, exchanges)) receipts")
        }

        private static func request(_ number: Int) -> String { "made-up request \(number): how do tides work?" }
        private static func answer(_ number: Int) -> String { "made-up answer \(number): the moon pulls." }

        private func exchange(
            _ number: Int, _ ledger: ExchangeLog, _ random: inout SimulatedRandom
        ) throws -> (DecisionID, hasAnswer: Bool) {
            let now = Int64(Date().timeIntervalSince1970 * 1000)
            let id = DecisionID()
            var commitment = Commitment(to: .request)
            commitment.update(Self.request(number).utf8)
            var decision = Admission.Decision.admitted
            let rule = SimulatedRules.rule(random.next())
            switch random.next() % 16 {
            case 0: decision = .refused(category: rule.category, principle: rule.principle, stage: .linear, turn: nil)
            case 1: decision = .denied(code: "rate_limited")
            default: break
            }
            let releases = SimulatedRules.releases
            let sequence = try ledger.admit(
                Admission(
                    decisionID: id, time: now, organisation: "org_\(random.next() % 30)", account: "acc", key: "key",
                    model: "mock-1", dialect: .openAI, isStream: false, decision: decision,
                    requestCommitment: commitment.seal(), constitutionHash: Hash256(releases.constitution.bytes),
                    classifierHash: Hash256(releases.classifier.bytes)))
            guard decision == .admitted, random.next() % 50 != 0 else { return (id, false) }
            var answer = Commitment(to: .answer)
            answer.update(Self.answer(number).utf8)
            let outcome: Completion.Outcome =
                random.next() % 20 == 0
                ? .refusedMidStream(category: rule.category, principle: rule.principle, stage: .linear) : .complete
            ledger.complete(
                Completion(sequence: sequence, time: now, outcome: outcome, answerCommitment: answer.seal()))
            return (id, true)
        }
    }
}

/// Rules that forbid nothing anybody wants.
private enum SimulatedRules {
    static let releases = ReleaseHashes(
        constitution: .digest(of: "made-up constitution".utf8), classifier: .digest(of: "made-up classifier".utf8))

    static func rule(_ number: UInt64) -> AppliedRule {
        let rules = [("weather", "no-storms"), ("weather", "no-fog"), ("paper", "no-cranes"), ("tea", "no-milk-first")]
        let rule = rules[Int(number % UInt64(rules.count))]
        return AppliedRule(category: rule.0, principle: rule.1, stage: 2)
    }
}

/// SplitMix64.
private struct SimulatedRandom {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
