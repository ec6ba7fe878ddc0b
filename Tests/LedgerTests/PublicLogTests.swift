import Glibc
import Testing
import Transparency

@testable import Ledger

@Suite("The public log of a server")
struct PublicLogTests {
    static let day: Int64 = 86_400_000

    static func open(
        _ tree: Tree, _ ledger: Tree, outbox: Outbox? = nil, closesDays: Bool = false
    ) throws -> PublicLog {
        try PublicLog.open(
            directory: tree.path, ledger: ledger.path, signer: TileLogTests.signer(), outbox: outbox,
            closesDays: closesDays, poll: nil)
    }

    static func leaves(_ tree: Tree) throws -> [Leaf.Content] {
        let files = TileReceiptTests.files(tree)
        let size = try Checkpoint(text: files.checkpoint().text).size
        return try (0..<size).map { try Leaf(files.entry($0, in: size)[...]).content }
    }

    /// Records of organisations, at times in milliseconds since 1970.
    static func record(_ ledger: Tree, _ entries: [(time: Int64, organisation: String)]) throws {
        let log = try ExchangeLog.open(directory: ledger.path)
        defer { log.close() }
        for (number, entry) in entries.enumerated() {
            var admission = Admission.sample(number, decision: .denied(code: "rate_limited"))
            (admission.time, admission.organisation) = (entry.time, entry.organisation)
            _ = try log.admit(admission)
        }
    }

    @Test("A day's figures come before the next day's first leaf, and name no number of organisations below twenty")
    func days() throws {
        let (ledger, tree) = (Tree(), Tree())
        let start = (wallClockMilliseconds() / Self.day + 1) * Self.day
        let many = (0..<25).map { (start + Int64($0), "org_\($0)") }
        let few = (0..<19).map { (start + Self.day + Int64($0), "org_\($0)") }
        try Self.record(ledger, many + few + [(start + 2 * Self.day, "org_1")])
        let log = try Self.open(tree, ledger, closesDays: true)
        try log.integrate()
        try log.settle()
        log.close()
        let figures = try Self.leaves(tree).compactMap { content -> Leaf.Statistics? in
            if case .statistics(let figures) = content { figures } else { nil }
        }
        let first = UInt32(start / Self.day)
        // Today has the opening alone, so nothing is said of it.
        #expect(figures.map(\.day) == [first, first + 1])
        #expect(figures.map(\.organisations) == [25, 0])
        #expect(figures.map { $0.events[.denied] } == [25, 19])
        #expect(try TileReceiptTests.audit(tree).problems == [])
    }

    @Test("Organisations are counted anew from the ledger after a start in the middle of a day")
    func restartedDay() throws {
        let (ledger, tree) = (Tree(), Tree())
        let start = (wallClockMilliseconds() / Self.day + 1) * Self.day
        try Self.record(ledger, (0..<15).map { (start + Int64($0), "org_\($0)") })
        var log = try Self.open(tree, ledger, closesDays: true)
        try log.integrate()
        try log.settle()
        log.close()
        try Self.record(ledger, (10..<30).map { (start + 1000, "org_\($0)") } + [(start + Self.day, "org_1")])
        log = try Self.open(tree, ledger, closesDays: true)
        try log.integrate()
        log.close()
        for case .statistics(let figures) in try Self.leaves(tree) { #expect(figures.organisations >= 30) }
        #expect(try TileReceiptTests.audit(tree).days.count == 1)
    }

    @Test("A clock that goes back does not make the leaves' times go back")
    func clockBackwards() throws {
        let (ledger, tree) = (Tree(), Tree())
        let now = wallClockMilliseconds()
        try Self.record(ledger, (0..<600).map { (now - Int64($0) * Self.day / 10, "org_1") })
        let log = try Self.open(tree, ledger, closesDays: true)
        try log.integrate()
        log.close()
        let audit = try TileReceiptTests.audit(tree)
        #expect(audit.problems == [] && audit.nextSequence == 601)
    }

    @Test("What desks post is published once and in order, whenever the process ends")
    func outbox() throws {
        let (ledger, tree, box) = (Tree(), Tree(), Tree())
        try Self.record(ledger, [(wallClockMilliseconds(), "org_1")])
        let outbox = Outbox(directory: box.path + "/outbox")
        func act(_ reason: String) -> Leaf.Content { .revocation(.init(subject: .key, reason: reason)) }
        for reason in ["a", "b"] {
            try outbox.post(act(reason))
            usleep(2000)
        }
        #expect(throws: LedgerError.self) {
            try outbox.post(.opening(.init(ledger: [UInt8](repeating: 0, count: 16), origin: "x")))
        }
        #expect(throws: LedgerError.self) { try outbox.post(act(String(repeating: "x", count: 2000))) }
        var log = try Self.open(tree, ledger, outbox: outbox)
        try log.integrate()
        try log.integrate()
        try log.settle()
        log.close()
        #expect(try outbox.waiting().isEmpty)
        // The process ended between the leaf and the file's end; then before the leaf.
        let published = try #require(try Self.leaves(tree).firstIndex(of: act("b")))
        try outbox.post(act("b"))
        var waiting = try #require(try outbox.waiting().first)
        _ = try outbox.take(waiting, as: UInt64(published))
        try outbox.post(act("c"))
        waiting = try #require(try outbox.waiting().last)
        _ = try outbox.take(waiting, as: UInt64(published))
        try OpenFile(outbox.directory + "/0000000000000000-0000000000000000.leaf", O_WRONLY | O_CREAT).synchronise()
        log = try Self.open(tree, ledger, outbox: outbox)
        try log.integrate()
        try log.settle()
        log.close()
        #expect(try outbox.waiting().isEmpty)
        let reasons = try Self.leaves(tree).compactMap { content -> String? in
            if case .revocation(let revocation) = content { revocation.reason } else { nil }
        }
        #expect(reasons == ["a", "b", "c"])
    }

    @Test("After a disk that could not be written the log goes on by itself, without a gap")
    func goesOn() throws {
        let (ledger, tree, box) = (Tree(), Tree(), Tree())
        let outbox = Outbox(directory: box.path + "/outbox")
        _ = try TileReceiptTests.fill(ledger.path, 300)
        let log = try Self.open(tree, ledger, outbox: outbox)
        try log.integrate()
        try log.settle()
        // A folder in the place of the draft stands in for a full disk.
        mkdir(tree.path + "/checkpoint.new", 0o700)
        _ = try TileReceiptTests.fill(ledger.path, 300)
        try outbox.post(.incident(.init(severity: 4, code: "drill", summary: "a drill")))
        _ = try? log.integrate()
        while log.failure == nil { usleep(1000) }
        #expect(throws: LedgerError.self) { try log.integrate() }
        #expect(throws: LedgerError.self) { try log.append(.incident(.init(severity: 4, code: "x", summary: "x"))) }
        #expect(throws: LedgerError.self) { try log.revive() }
        rmdir(tree.path + "/checkpoint.new")
        try log.revive()
        try log.integrate()
        try log.settle()
        log.close()
        let audit = try TileReceiptTests.audit(tree)
        #expect(audit.problems == [])
        #expect(audit.nextSequence == (try LedgerVerification.verify(directory: ledger.path)).lastSequence + 1)
        #expect(audit.kinds["incident"] ?? 0 >= 1)
        #expect(try outbox.waiting().isEmpty)
    }

    @Test("The header of an answer is the promise as others read it", arguments: [0, 9, 10, UInt64.max])
    func header(_ sequence: UInt64) throws {
        let terms = PromiseTerms(origin: "log.example/test", seconds: 60)
        var commitment = Commitment(to: .request)
        commitment.update("text".utf8)
        for sealed in [commitment.seal(), nil] {
            let promise = terms.promise(sequence, sealed, at: 1_790_000_000_000)
            #expect(terms.header(sequence, sealed, at: 1_790_000_000_000) == promise.description)
            #expect(ReceiptPromise(promise.description) == promise && promise.deadline == 1_790_000_060)
        }
    }

    @Test("A signed promise convinces others, and not if a byte is changed")
    func signedPromise() throws {
        let (signer, other) = (try TileLogTests.signer(), try TileLogTests.signer(2))
        let terms = PromiseTerms(origin: signer.key.name, seconds: 60)
        let promise = terms.promise(7, nil, at: 1_790_000_000_000, decision: DecisionID(at: 1_790_000_000_000))
        let note = try #require(promise.signed(by: signer))
        #expect(try ReceiptPromise(note, by: [signer.key]) == promise)
        #expect(throws: NoteError.self) { try ReceiptPromise(note, by: [other.key]) }
        #expect(throws: NoteError.self) { try VerifiedCheckpoint(note, by: signer.key) }
        let bytes = Array(note.description.utf8)
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 1
            #expect(throws: NoteError.self, "byte \(place)") {
                try ReceiptPromise(SignedNote(changed), by: [signer.key])
            }
        }
        // What the log signs as a checkpoint is no promise.
        let text = Checkpoint(origin: signer.key.name, size: 1, root: .emptyTree).text
        let checkpoint = SignedNote(text: text, signatures: [signer.sign(text)].compactMap(\.self))
        #expect(throws: NoteError.self) { try ReceiptPromise(checkpoint, by: [signer.key]) }
    }
}

@Suite("Finding records, and forgetting them")
struct LedgerIndexTests {
    @Test("The index finds what the reader finds, over segments and while more is written")
    func finds() throws {
        let ledger = Tree()
        var index = LedgerIndex(directory: ledger.path)
        var admissions: [(UInt64, Admission)] = []
        for round in 0..<3 {
            let log = try ExchangeLog.open(directory: ledger.path, segmentBytes: 8192)
            for number in 0..<200 {
                let admission = Admission.sample(round * 200 + number)
                let sequence = try log.admit(admission)
                if number % 3 != 0 { log.complete(.sample(of: sequence)) }
                admissions.append((sequence, admission))
                // Also while it is the newest.
                if number == 100 { #expect(try index.entry(sequence)?.sequence == sequence) }
            }
            log.close()
            for (place, (sequence, admission)) in admissions.enumerated().reversed() where place % 7 == 0 {
                let found = try #require(try index.admission(admission.decisionID))
                #expect(found == (try LedgerReader.entry(sequence, in: ledger.path)))
                #expect(
                    try index.completion(of: sequence)
                        == LedgerReader.completion(of: sequence, in: ledger.path))
            }
        }
        let all = try index.entries(from: 1, count: 5000)
        #expect(all.map(\.sequence) == (1...UInt64(all.count)).map(\.self) && all.count > 900)
        #expect(try index.entry(UInt64(all.count) + 1) == nil && index.entry(0) == nil)
        #expect(try index.admission(DecisionID(at: 1_790_000_000_000)) == nil)
    }

    @Test("Forgotten commitments cannot be opened; ledger, tree and receipts stay valid")
    func forgets() throws {
        let (ledger, tree) = (Tree(), Tree())
        let admissions = try TileReceiptTests.fill(ledger.path, 60)
        let log = try PublicLogTests.open(tree, ledger)
        try log.integrate()
        try log.settle()
        log.close()
        let before = try LedgerVerification.verify(directory: ledger.path)
        let decision = admissions[4].decisionID
        #expect(try LedgerForgetting.forget(decision, in: ledger.path) == ForgottenSalts(count: 2, isOpen: false))
        #expect(try LedgerForgetting.forget(decision, in: ledger.path).count == 0)
        #expect(try LedgerForgetting.forget(admissions[0].decisionID, in: ledger.path).isOpen)
        #expect(throws: LedgerError.self) { try LedgerForgetting.forget(DecisionID(), in: ledger.path) }
        let after = try LedgerVerification.verify(directory: ledger.path)
        #expect(after.isSound && after.chain == before.chain)
        var maker = ReceiptMaker(ledger: ledger.path, files: TileReceiptTests.files(tree))
        let receipt = try #require(try maker.receipt(of: decision))
        #expect(try receipt.verify(TileReceiptTests.policy()).completion != nil)
        #expect(receipt.opens(Array("request 4".utf8), as: .request) == nil && receipt.answerSalt == nil)
        let other = try #require(try maker.receipt(of: admissions[5].decisionID))
        #expect(other.opens(Array("request 5".utf8), as: .request) == true)
        #expect(try TileReceiptTests.audit(tree).problems == [])
    }

    @Test("A log that is being written forgets too, and writes on")
    func forgetsWhileWriting() throws {
        let ledger = Tree()
        let log = try ExchangeLog.open(directory: ledger.path)
        let admission = Admission.sample(1)
        let sequence = try log.admit(admission)
        #expect(try log.forget(admission.decisionID) == ForgottenSalts(count: 1, isOpen: true))
        log.complete(.sample(of: sequence))
        _ = try log.admit(.sample(2))
        log.close()
        let report = try LedgerVerification.verify(directory: ledger.path)
        #expect(report.isSound && report.lastSequence == 3)
        guard case .admission(let found)? = try LedgerReader.entry(sequence, in: ledger.path)?.record else {
            Issue.record("the record is gone")
            return
        }
        #expect(
            found.requestCommitment?.salt == nil && found.requestCommitment?.hash == admission.requestCommitment?.hash)
    }
}
