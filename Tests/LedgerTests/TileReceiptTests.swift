import Glibc
import Testing
import Transparency

@testable import Ledger

@Suite("The public log of a ledger")
struct TileReceiptTests {
    /// A ledger with admissions, refusals, denials and ends.
    static func fill(_ directory: String, _ count: Int) throws -> [Admission] {
        let ledger = try ExchangeLog.open(directory: directory)
        defer { ledger.close() }
        var admissions: [Admission] = []
        for number in 0..<count {
            var decision = Admission.Decision.admitted
            if number % 5 == 1 {
                decision = .refused(category: "weather", principle: "no-storms", stage: .linear, turn: nil)
            }
            if number % 7 == 2 { decision = .denied(code: "rate_limited") }
            let admission = Admission.sample(number, decision: decision)
            let sequence = try ledger.admit(admission)
            if decision == .admitted, number % 3 != 0 { ledger.complete(.sample(of: sequence)) }
            admissions.append(admission)
        }
        return admissions
    }

    static func policy() throws -> WitnessPolicy { WitnessPolicy(log: try TileLogTests.signer().key) }

    static func files(_ tree: Tree) -> LogFiles { LogFiles { try TileFiles.read(tree.path + "/" + $0) } }

    static func audit(_ tree: Tree, remembered: [RememberedCheckpoint] = []) throws -> LeafAudit {
        var files = files(tree)
        let head = try policy().verify(files.checkpoint()).checkpoint.checkpoint
        var audit = LeafAudit(origin: head.origin, remembered: remembered, now: nil)
        files.audit(head, with: &audit)
        return audit
    }

    @Test("Every record is published once, also when the log is opened again and again")
    func integrates() throws {
        let (ledger, tree) = (Tree(), Tree())
        for round in 1...3 {
            _ = try Self.fill(ledger.path, 400)
            let log = try PublicLog.open(
                directory: tree.path, ledger: ledger.path, signer: TileLogTests.signer(), poll: nil)
            try log.integrate()
            #expect(try log.integrate() == 0)
            try log.append(
                .override(.init(action: .appealGranted, category: "weather", principle: "no-storms", reason: "r")))
            try log.closeDay(UInt32(round), organisations: 19)
            log.close()
        }
        let audit = try Self.audit(tree)
        #expect(audit.problems == [])
        let report = try LedgerVerification.verify(directory: ledger.path)
        #expect(audit.nextSequence == report.lastSequence + 1)
        #expect(audit.total.events[.admitted] == report.admitted && audit.total.events[.refused] == report.refused)
        #expect(audit.total.events[.denied] == report.denied && audit.total.events[.complete] == report.completions)
        #expect(audit.days.count == 3 && audit.days.allSatisfy { $0.organisations == 0 })
        #expect(audit.total.appeals["weather"]?.granted == 3)
    }

    @Test("A log of another ledger is refused")
    func otherLedger() throws {
        let (ledger, other, tree) = (Tree(), Tree(), Tree())
        _ = try Self.fill(ledger.path, 3)
        _ = try Self.fill(other.path, 3)
        try PublicLog.open(directory: tree.path, ledger: ledger.path, signer: TileLogTests.signer(), poll: nil).close()
        #expect(throws: LedgerError.self) {
            try PublicLog.open(directory: tree.path, ledger: other.path, signer: TileLogTests.signer(), poll: nil)
                .close()
        }
    }

    @Test("Leaves name no organisation, account, key or score")
    func privacy() throws {
        let (ledger, tree) = (Tree(), Tree())
        _ = try Self.fill(ledger.path, 300)
        let log = try PublicLog.open(
            directory: tree.path, ledger: ledger.path, signer: TileLogTests.signer(), poll: nil)
        try log.integrate()
        log.close()
        let files = Self.files(tree)
        let size = try Checkpoint(text: files.checkpoint().text).size
        for index in 0..<size {
            let text = String(decoding: try files.entry(index, in: size), as: UTF8.self)
            for name in ["org_lighthouse", "acc_1", "key_", "smollm2"] { #expect(!text.contains(name)) }
        }
    }

    @Test("A receipt proves the decision and its end, opens its texts, and no changed byte is accepted")
    func receipts() throws {
        let (ledger, tree) = (Tree(), Tree())
        let admissions = try Self.fill(ledger.path, 300)
        let log = try PublicLog.open(
            directory: tree.path, ledger: ledger.path, signer: TileLogTests.signer(), poll: nil)
        try log.integrate()
        log.close()
        var maker = ReceiptMaker(ledger: ledger.path, files: Self.files(tree))
        for number in [0, 1, 2, 4, 299] {
            let receipt = try #require(try maker.receipt(of: admissions[number].decisionID))
            let bytes = Array(receipt.text.utf8)
            let verified = try Receipt(bytes).verify(Self.policy())
            #expect(verified.admission.decision == admissions[number].decisionID.bytes)
            #expect(receipt.opens(Array("request \(number)".utf8), as: .request) == true)
            #expect(receipt.opens(Array("request x".utf8), as: .request) == false)
            #expect((verified.completion != nil) == (admissions[number].decision == .admitted && number % 3 != 0))
            let promise = ReceiptPromise(
                origin: "log.example/test", sequence: verified.admission.sequence,
                commitment: verified.admission.commitment, deadline: 5)
            #expect(ReceiptPromise(promise.description) == promise && promise.problem(with: receipt) == nil)
            guard number == 4 else { continue }
            // Each byte where every count is made in full.
            for place in stride(from: 0, to: bytes.count, by: getenv("SLUICE_COUNTS") == nil ? 3 : 1) {
                var changed = bytes
                changed[place] ^= 1
                #expect(throws: (any Error).self, "byte \(place)") { try Receipt(changed).verify(Self.policy()) }
            }
        }
    }

    @Test("A receipt that is put together anew with other content does not verify")
    func forged() throws {
        let (ledger, tree) = (Tree(), Tree())
        let admissions = try Self.fill(ledger.path, 50)
        let log = try PublicLog.open(
            directory: tree.path, ledger: ledger.path, signer: TileLogTests.signer(), poll: nil)
        try log.integrate()
        log.close()
        var maker = ReceiptMaker(ledger: ledger.path, files: Self.files(tree))
        let receipt = try #require(try maker.receipt(of: admissions[4].decisionID))
        func isRejected(_ change: (inout Receipt) -> Void) -> Bool {
            var copy = receipt
            change(&copy)
            return (try? Receipt(Array(copy.text.utf8)).verify(Self.policy())) == nil
        }
        #expect(isRejected { $0.admission.item.event = .refused })
        #expect(isRejected { $0.admission.item.commitment = .zero })
        #expect(isRejected { $0.admission.item.sequence += 1 })
        #expect(isRejected { $0.admission.item.decision[0] ^= 1 })
        #expect(isRejected { $0.admission.leaf[2] ^= 1 })
        #expect(isRejected { $0.admission.index += 1 })
        #expect(isRejected { $0.completion = $0.admission })
        #expect(isRejected { $0.completion?.item.admission = 1 })
        #expect(isRejected { $0.completion?.path.removeLast() })
        #expect(!isRejected { $0.requestSalt = nil })
    }
}
