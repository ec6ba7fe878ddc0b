import Glibc
import Testing

@testable import Ledger

/// A closed ledger of some admissions and completions, and where its records begin and end.
private struct Sample {
    let scratch = Scratch()
    let bytes: [UInt8]
    let name: String
    /// Where each record begins, and the end of the last.
    let bounds: [Int]
    let chain: Hash256

    init(exchanges: Int = 10) throws {
        let log = try ExchangeLog.open(directory: scratch.path)
        for number in 0..<exchanges {
            log.complete(.sample(of: try log.admit(.sample(number))))
        }
        log.close()
        name = try scratch.newestSegment()
        bytes = try scratch.bytes(name)
        var bounds: [Int] = []
        let reader = try LedgerReader(directory: scratch.path)
        while let entry = try reader.next() { bounds.append(Int(entry.offset)) }
        self.bounds = bounds + [bytes.count]
        chain = try LedgerVerification.verify(directory: scratch.path).chain
    }

    func forgetMark() { unlink(scratch.path + "/" + DurableMark.fileName) }
}

@Suite("Finding a decision")
struct FindingTests {
    @Test(
        "A decision is found near its time in whichever segment it lies, and a made-up one is not",
        arguments: [Int64(0), 3_600_000, 1 << 47])
    func findsNearItsTime(_ drift: Int64) throws {
        let scratch = Scratch()
        let log = try ExchangeLog.open(directory: scratch.path, segmentBytes: 4_096)
        var known: [DecisionID] = []
        for number in 0..<200 {
            var admission = Admission.sample(number)
            admission.time = 1_790_000_000_000 + Int64(number) * 600_000
            admission.decisionID = DecisionID(at: admission.time)
            _ = try log.admit(admission)
            known.append(admission.decisionID)
        }
        log.close()
        #expect(try segments(in: scratch.path).count > 5)
        var index = LedgerIndex(directory: scratch.path)
        for id in known {
            let found = try index.admission(id, drift: drift)
            guard case .admission(let admission)? = found?.record else {
                Issue.record("\(id) was not found")
                continue
            }
            #expect(admission.decisionID == id)
        }
        for time in [Int64(0), 1_790_000_000_000, 1_790_060_000_000, 1 << 47] {
            #expect(try index.admission(DecisionID(at: time), drift: drift) == nil)
            #expect(try LedgerReader.admission(DecisionID(at: time), in: scratch.path) == nil)
        }
    }

    @Test("A decision of a clock that was days ahead or behind is found, however little is read at a time")
    func findsWhereTheClockWasWrong() throws {
        let scratch = Scratch()
        let log = try ExchangeLog.open(directory: scratch.path, segmentBytes: 4_096)
        let now: Int64 = 1_790_000_000_000
        let day: Int64 = 86_400_000
        var known: [DecisionID] = []
        for number in 0..<200 {
            var admission = Admission.sample(number)
            // A leap of nine days there and back, and one of a year back.
            let leap = (60..<80).contains(number) ? 9 * day : (120..<140).contains(number) ? -366 * day : 0
            admission.time = now + Int64(number) * 1_000 + leap
            admission.decisionID = DecisionID(at: admission.time)
            _ = try log.admit(admission)
            known.append(admission.decisionID)
        }
        log.close()
        let count = try segments(in: scratch.path).count
        #expect(count > 5)
        func search(_ index: inout LedgerIndex, _ id: DecisionID) throws -> (LedgerEntry?, delays: Int) {
            for delays in 0... {
                do throws(LedgerError) {
                    return (try index.admission(id, drift: 0, patience: 1), delays)
                } catch {
                    guard error == .unfinishedSearch(directory: scratch.path), delays < 1_000 else { throw error }
                }
            }
            return (nil, 0)
        }
        var index = LedgerIndex(directory: scratch.path, remembered: 1)
        for id in known {
            guard case .admission(let admission)? = try search(&index, id).0?.record else {
                Issue.record("\(id) was not found")
                continue
            }
            #expect(admission.decisionID == id)
        }
        // By now every segment has been read, so a made-up id is answered at once.
        let (found, delays) = try search(&index, DecisionID(at: now + 500 * day))
        #expect(found == nil && delays == 0)
        var fresh = LedgerIndex(directory: scratch.path)
        let (nothing, many) = try search(&fresh, DecisionID(at: now + 500 * day))
        #expect(nothing == nil && many >= count / 2 && many <= count)
    }
}

@Suite("Start-up after a crash")
struct RecoveryTests {
    @Test("A log cut at any byte of its last three records keeps all whole records and goes on")
    func cutAnywhere() throws {
        let sample = try Sample()
        let records = sample.bounds.count - 1
        for length in sample.bounds[records - 3]...sample.bytes.count {
            try sample.scratch.write(Array(sample.bytes[0..<length]), to: sample.name)
            sample.forgetMark()
            let whole = sample.bounds.filter { $0 <= length }.count - 1
            let unfinished = length - sample.bounds[whole]
            let before = try LedgerVerification.verify(directory: sample.scratch.path)
            #expect(before.isSound && before.records == UInt64(whole))
            #expect(before.unfinishedBytes == UInt64(unfinished))

            let log = try ExchangeLog.open(directory: sample.scratch.path)
            #expect(
                log.recovery
                    == ExchangeLog.Recovery(
                        nextSequence: UInt64(whole + 1), removedBytes: UInt64(unfinished)))
            #expect(try log.admit(.sample()) == UInt64(whole + 1))
            log.close()
            let after = try LedgerVerification.verify(directory: sample.scratch.path)
            #expect(after.isSound && after.records == UInt64(whole + 1) && after.unfinishedBytes == 0)
        }
    }

    @Test("A log that has lost what was durable is not opened, at any byte")
    func missingRecords() throws {
        let sample = try Sample()
        for length in stride(from: SegmentHeader.size, to: sample.bytes.count, by: 7) {
            try sample.scratch.write(Array(sample.bytes[0..<length]), to: sample.name)
            #expect(throws: LedgerError.self) { try ExchangeLog.open(directory: sample.scratch.path) }
            #expect(try !LedgerVerification.verify(directory: sample.scratch.path).isSound)
        }
        unlink(sample.scratch.path + "/" + sample.name)
        #expect(throws: LedgerError.self) { try ExchangeLog.open(directory: sample.scratch.path) }
    }

    @Test("Rubbish and zeros behind the durable part are cut away", arguments: [UInt8(0), 0xFF, 0x2A])
    func rubbishAtTheEnd(_ fill: UInt8) throws {
        let sample = try Sample()
        try sample.scratch.write(sample.bytes + Array(repeating: fill, count: 5000), to: sample.name)
        let log = try ExchangeLog.open(directory: sample.scratch.path)
        #expect(log.recovery.removedBytes == 5000)
        _ = try log.admit(.sample())
        log.close()
        #expect(try LedgerVerification.verify(directory: sample.scratch.path).isSound)
    }

    @Test("Damage with whole records behind it is no torn end, even when nobody knows what was durable")
    func damageInTheMiddle() throws {
        let sample = try Sample()
        var bytes = sample.bytes
        bytes[sample.bounds[4] + 30] ^= 1
        try sample.scratch.write(bytes, to: sample.name)
        sample.forgetMark()
        #expect {
            try ExchangeLog.open(directory: sample.scratch.path)
        } throws: { error in
            guard case .damaged(_, let offset, _)? = error as? LedgerError else { return false }
            return offset == UInt64(sample.bounds[4])
        }
    }

    @Test("A start reads only what lies behind the durable mark")
    func quickStart() throws {
        let sample = try Sample()
        var bytes = sample.bytes
        bytes[sample.bounds[4] + 30] ^= 1
        try sample.scratch.write(bytes, to: sample.name)
        // Damage in front of the mark is for `verify` to find.
        try ExchangeLog.open(directory: sample.scratch.path).close()
        #expect(try !LedgerVerification.verify(directory: sample.scratch.path).isSound)
    }

    @Test("A draft of a segment that a crash left behind is removed")
    func draft() throws {
        let sample = try Sample()
        try sample.scratch.write([1, 2, 3], to: SegmentHeader.fileName(21) + ".new")
        try ExchangeLog.open(directory: sample.scratch.path).close()
        #expect(try !namesInDirectory(sample.scratch.path).contains { $0.hasSuffix(".new") })
    }
}

@Suite("Verification")
struct VerificationTests {
    /// What someone might do to the records of a file, in terms of where they begin and end.
    enum Cheat: CaseIterable, CustomTestStringConvertible {
        case drop, swap, double, alter, cutEnd, otherSalt
        var testDescription: String { "\(self)" }
    }

    @Test("Dropped, swapped, doubled and altered records are found", arguments: Cheat.allCases)
    func cheats(_ cheat: Cheat) throws {
        let sample = try Sample()
        for index in 0..<sample.bounds.count - 2 {
            var records = zip(sample.bounds, sample.bounds.dropFirst()).map { Array(sample.bytes[$0..<$1]) }
            switch cheat {
            case .drop: records.remove(at: index)
            case .swap: records.swapAt(index, index + 1)
            case .double: records.insert(records[index], at: index)
            case .alter: records[index] = altered(records[index])
            case .cutEnd: records.removeLast(index + 1)
            case .otherSalt: records[index][records[index].count - 8] ^= 1
            }
            try sample.scratch.write(
                Array(sample.bytes[0..<SegmentHeader.size]) + records.flatMap { $0 }, to: sample.name)
            let report = try LedgerVerification.verify(directory: sample.scratch.path)
            if cheat == .otherSalt {
                #expect(report.isSound && report.forgotten == 1 && report.chain == sample.chain)
            } else {
                #expect(!report.isSound, "\(cheat) at \(index)")
            }
        }
    }

    /// The record with another time in it and a checksum that fits.
    private func altered(_ record: [UInt8]) -> [UInt8] {
        var record = record
        record[36] ^= 1
        let at = record.count - RecordFormat.slotSize - 4
        let checksum = record.withUnsafeBytes { CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[0..<at])) }
        for index in 0..<4 { record[at + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * index)) }
        return record
    }

    @Test("Missing, swapped and foreign segments are found")
    func segmentCheats() throws {
        let scratch = Scratch()
        let log = try ExchangeLog.open(directory: scratch.path, segmentBytes: 4096)
        for number in 0..<100 { log.complete(.sample(of: try log.admit(.sample(number)))) }
        log.close()
        let names = try segments(in: scratch.path).map { SegmentHeader.fileName($0) }
        let contents = try names.map { try scratch.bytes($0) }
        #expect(try LedgerVerification.verify(directory: scratch.path).isSound)
        for index in names.indices {
            unlink(scratch.path + "/" + names[index])
            #expect(try !LedgerVerification.verify(directory: scratch.path).isSound, "without \(names[index])")
            try scratch.write(contents[(index + 1) % names.count], to: names[index])
            #expect(try !LedgerVerification.verify(directory: scratch.path).isSound, "another as \(names[index])")
            try scratch.write(contents[index], to: names[index])
        }
        let other = try Sample(exchanges: 3)
        try scratch.write(try other.scratch.bytes(other.name), to: names[0])
        #expect(try !LedgerVerification.verify(directory: scratch.path).isSound)
    }

    @Test("A past that was rewritten as a whole is found by a chain value noted earlier")
    func rewrittenPast() throws {
        let first = try Sample()
        let second = try Sample()
        #expect(try LedgerVerification.verify(directory: second.scratch.path).isSound)
        #expect(first.chain != second.chain)
        let own = try LedgerVerification.verify(directory: first.scratch.path, expecting: (20, first.chain))
        #expect(own.isSound)
        for sequence: UInt64 in [20, 21] {
            let report = try LedgerVerification.verify(
                directory: second.scratch.path, expecting: (sequence, first.chain))
            #expect(!report.isSound)
        }
    }

    @Test("Completions that point nowhere, to a refusal or to a completed admission are found; open ones are counted")
    func completions() throws {
        let scratch = Scratch()
        var writer = ByteWriter()
        let ledger = Salt.random()
        var chain = SegmentHeader.origin(of: ledger)
        let header = SegmentHeader(ledger: ledger, firstSequence: 1, created: 0, chain: chain)
        let refusal = Admission.Decision.refused(category: "c", principle: "p", stage: .linear, turn: 0)
        let records: [LedgerRecord] = [
            .admission(.sample(1)), .admission(.sample(2, decision: refusal)), .admission(.sample(3)),
            .completion(.sample(of: 1)), .completion(.sample(of: 1)), .completion(.sample(of: 2)),
            .completion(.sample(of: 4)), .completion(.sample(of: 77)), .completion(.sample(of: 9)),
        ]
        for (index, record) in records.enumerated() {
            chain = try writer.append(record, sequence: UInt64(index + 1), after: chain)
        }
        try scratch.write(header.encoded() + Array(writer.bytes), to: SegmentHeader.fileName(1))
        let report = try LedgerVerification.verify(directory: scratch.path)
        #expect(report.problemCount == 5)
        #expect((report.admitted, report.refused, report.completions, report.open) == (2, 1, 6, 1))
    }

    @Test("No file makes reading, verifying or opening trap, and what is called sound has the true chain")
    func hostileFiles() throws {
        let sample = try Sample()
        var random = SeededRandom(17)
        for _ in 0..<400 {
            var bytes = sample.bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) { mutate(&bytes, &random) }
            try sample.scratch.write(bytes, to: sample.name)
            if Bool.random(using: &random) { sample.forgetMark() }
            let report = try LedgerVerification.verify(directory: sample.scratch.path)
            if report.isSound, report.records == 20 { #expect(report.chain == sample.chain) }
            for from: UInt64 in [0, 7, 500] {
                guard let reader = try? LedgerReader(directory: sample.scratch.path, from: from) else { continue }
                while let entry = try? reader.next() { _ = (entry.json(), entry.row) }
            }
            _ = try? LedgerReader.newest(5, in: sample.scratch.path)
            _ = try? LedgerReader.admission(DecisionID(), in: sample.scratch.path)
            try? ExchangeLog.open(directory: sample.scratch.path).close()
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        guard bytes.count > 2 else { return }
        let at = Int.random(in: 0..<bytes.count, using: &random)
        let end = min(bytes.count, at + Int.random(in: 1...400, using: &random))
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.removeSubrange(at..<end)
        case 2: bytes.insert(contentsOf: bytes[at..<end], at: at)
        case 3: bytes.replaceSubrange(at..<end, with: repeatElement(0, count: end - at))
        default: bytes.removeSubrange(at...)
        }
    }
}
