import Testing
import Transparency

@testable import Ledger

/// Every shape that a record can have.
private let shapes: [LedgerRecord] = {
    var bare = Admission.sample(3, decision: .denied(code: "model_not_permitted"))
    bare.requestCommitment = nil
    bare.constitutionHash = nil
    bare.classifierHash = nil
    bare.unjudged = []
    bare.score = nil
    bare.organisation = ""
    var full = Admission.sample(
        4, decision: .refused(category: "chemical", principle: "harm-1", stage: .encoder, turn: 7))
    full.scalingPolicyHash = Hash256(Array(0..<32))
    full.modelDigest = Hash256(Array(32..<64))
    full.unjudged = (0..<64).map { "kind \($0)" }
    full.model = String(repeating: "水", count: 341)
    let outcomes: [Completion.Outcome] = [
        .complete, .refusedMidStream(category: "cyber", principle: "harm-2", stage: .phrase),
        .cut(reason: "key revoked"), .failed(reason: ""), .clientLeft,
    ]
    var completions = outcomes.map { outcome in
        var completion = Completion.sample(of: 9)
        completion.outcome = outcome
        return completion
    }
    var empty = Completion.sample(of: .max)
    empty.answerCommitment = nil
    empty.usage = nil
    empty.score = nil
    full.endUser = "usr_4fGh82kQzLm"
    full.permission = "per_4fGh82kQzLm"
    full.charge = Admission.Charge(price: .max, reserved: .max, day: .max)
    var free = Admission.sample(5)
    free.charge = Admission.Charge(price: 0, reserved: 0, day: 20_779)
    completions[0].settled = 0
    completions[1].settled = .max
    return [.admission(.sample(0)), .admission(.sample(1)), .admission(bare), .admission(full), .admission(free)]
        + completions.map { .completion($0) }
        + [
            .act(Act(event: 0, time: 0, actor: "", action: "", subject: "", details: [:])),
            .act(
                Act(
                    event: .max, time: -1, actor: "水", action: "key.revoke", subject: "key_1",
                    details: ["b": String(repeating: "x", count: 3_000), "a": ""])),
            .completion(empty), .interruption(Interruption(since: -1, until: .max, reason: "no space left on device")),
            .admission(.sample(2, decision: .refused(category: "", principle: "", stage: .external, turn: nil))),
            .growth(Growth(sequence: 1, time: -1, reserved: .max)),
            .act(
                Act(
                    event: 7, time: 4, actor: "ada", action: "content.read", subject: "dec_1",
                    details: ["b": "2", "a": "1"])),
            .act(
                Act(
                    event: .max, time: .max, actor: "", action: "", subject: String(repeating: "水", count: 341),
                    details: [:])),
        ]
}()

private let publishedChecksums: [([UInt8], UInt32)] = [
    (Array("123456789".utf8), 0xE306_9283), (Array(repeating: 0, count: 32), 0x8A91_36AA),
    (Array(repeating: 0xFF, count: 32), 0x62A8_AB43), (Array(0..<32), 0x46DD_794E), ([], 0),
]

private func encode(_ record: LedgerRecord, sequence: UInt64 = 5) throws -> [UInt8] {
    var writer = ByteWriter(capacity: 8)
    _ = try writer.append(record, sequence: sequence, after: Hash256())
    return Array(writer.bytes)
}

private func decode(_ bytes: [UInt8]) throws -> (raw: RawRecord, record: LedgerRecord) {
    // Never freed: the record lies where it was read.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    memory.copyBytes(from: bytes)
    let raw = try RawRecord(at: UnsafeRawBufferPointer(memory))
    return (raw, try raw.decoded())
}

/// The same bytes with a checksum that fits them.
private func resealed(_ bytes: [UInt8], hasSlot: Bool) -> [UInt8] {
    var bytes = bytes
    let at = bytes.count - 4 - (hasSlot ? RecordFormat.slotSize : 0)
    let checksum = bytes.withUnsafeBytes { CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[0..<at])) }
    for index in 0..<4 { bytes[at + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * index)) }
    return bytes
}

@Suite("The record codec")
struct CodecTests {
    @Test("The checksum agrees with the published values", arguments: publishedChecksums)
    func checksum(_ bytes: [UInt8], _ expected: UInt32) {
        #expect(bytes.withUnsafeBytes { CRC32C.checksum($0) } == expected)
        #expect(bytes.withUnsafeBytes { CRC32C.checksumByTables($0) } == expected)
    }

    @Test("What was written is read back", arguments: shapes)
    func roundTrip(_ record: LedgerRecord) throws {
        let bytes = try encode(record)
        let (raw, decoded) = try decode(bytes)
        #expect(decoded == record)
        #expect(raw.sequence == 5)
        #expect(Array(raw.bytes) == bytes)
        #expect(raw.chain == raw.expectedChain(after: Hash256()))
    }

    @Test("A receipt's item is the same from a record and from its fields", arguments: shapes)
    func item(_ record: LedgerRecord) throws {
        let raw = try decode(encode(record)).raw
        let fields = try raw.fields()
        let entry = LedgerEntry(sequence: 5, file: "", offset: 0, chain: raw.chain, record: record)
        let item = DecisionItem(entry, slot: 9)
        #expect(DecisionItem(5, fields, slot: 9) == item)
        #expect(TreeHash.leaf(item.bytes) == item.hash)
        #expect(try DecisionItem(item.bytes[...]) == item)
        #expect(fields.moment == record.moment)
    }

    @Test("Any changed byte outside the salt is noticed", arguments: shapes)
    func changedByte(_ record: LedgerRecord) throws {
        let bytes = try encode(record)
        let hasSlot = try decode(bytes).raw.hasSlot
        for index in 0..<bytes.count - (hasSlot ? RecordFormat.slotSize : 0) {
            var changed = bytes
            changed[index] ^= 1 << UInt8(index % 8)
            #expect(throws: RawRecord.Problem.self) { try decode(changed) }
        }
    }

    @Test("A record of version 1 is read as it was, and nothing that it does not have is read into it")
    func versionOne() throws {
        // Version 3 has, before the chain value, what version 1 ends without: an empty permission is two bytes of it.
        for (record, added) in [(LedgerRecord.admission(.sample(2)), 5), (.completion(.sample(of: 9)), 3)] {
            let bytes = try encode(record)
            let slot = RecordFormat.slotSize
            let chain = bytes.count - RecordFormat.trailerSize - slot
            var old = Array(bytes[0..<chain - added])
            old[5] = 1
            for index in 0..<4 {
                old[index] = UInt8(truncatingIfNeeded: (bytes.count - added) >> (8 * index))
            }
            old += old.withUnsafeBytes { chainValue($0, after: Hash256()) }.bytes
            old += [0, 0, 0, 0] + bytes.suffix(slot)
            let (raw, decoded) = try decode(resealed(old, hasSlot: true))
            #expect(decoded == record && raw.version == 1)
            #expect(raw.chain == raw.expectedChain(after: Hash256()))
            // The same bytes under version 2 lack their end; those of version 3 under version 1 have too many.
            old[5] = 2
            #expect(throws: RawRecord.Problem.self) { try decode(resealed(old, hasSlot: true)) }
            var early = bytes
            early[5] = 1
            #expect(throws: RawRecord.Problem.self) { try decode(resealed(early, hasSlot: true)) }
            early[5] = 4
            #expect(throws: RawRecord.Problem.self) { try decode(resealed(early, hasSlot: true)) }
        }
    }

    @Test("A salt that is overwritten leaves the record and its chain valid, and the commitment shut")
    func forgottenSalt() throws {
        let text = Array("request 0".utf8)
        var bytes = try encode(.admission(.sample(0)))
        guard case .admission(let before) = try decode(bytes).record else { return }
        #expect(before.requestCommitment?.opens(to: text, as: .request) == true)
        #expect(before.requestCommitment?.opens(to: text, as: .answer) == false)
        for index in bytes.indices.suffix(RecordFormat.slotSize) { bytes[index] = 0 }
        let (raw, record) = try decode(bytes)
        guard case .admission(let after) = record else { return }
        #expect(raw.chain == raw.expectedChain(after: Hash256()))
        #expect(after.requestCommitment?.hash == before.requestCommitment?.hash)
        #expect(after.requestCommitment?.salt == nil)
        #expect(after.requestCommitment?.opens(to: text, as: .request) == false)
    }

    @Test("No bytes make the decoder trap, and there is one encoding of each record")
    func fuzz() throws {
        var random = SeededRandom(11)
        let originals = try shapes.map { try encode($0) }
        var accepted = 0
        for round in 0..<60_000 {
            let original = originals[round % originals.count]
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 8..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let hasSlot = bytes[6] == 1
            guard bytes.count >= RecordFormat.minimumSize + (hasSlot ? RecordFormat.slotSize : 0) else { continue }
            guard let (raw, record) = try? decode(resealed(bytes, hasSlot: hasSlot)) else { continue }
            accepted += 1
            let again = try decode(encode(record, sequence: raw.sequence)).raw
            let body = RecordFormat.headerSize..<raw.bytes.count - RecordFormat.trailerSize - (hasSlot ? 20 : 0)
            #expect(Array(again.bytes[body]) == Array(raw.bytes[body]))
        }
        #expect(accepted > 1000)
        for length in 0..<2000 {
            let noise = (0..<length % 300).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(throws: RawRecord.Problem.self) { try decode(noise) }
        }
    }

    @Test("Texts of a length that the format doesn't allow are refused by name")
    func badFields() {
        var long = Admission.sample(1)
        long.model = String(repeating: "x", count: 1025)
        #expect(throws: LedgerError.badField("model")) { try encode(.admission(long)) }
    }

    @Test(
        "Scores outside 0...1 are brought inside, and what is no number counts as the worst",
        arguments: [(Float.nan, Float(1)), (-3, 0), (7, 1), (-0.0, 0), (.infinity, 1), (0.25, 0.25)])
    func scores(_ given: Float, _ kept: Float) throws {
        var admission = Admission.sample(1)
        admission.score = given
        guard case .admission(let read) = try decode(encode(.admission(admission))).record else { return }
        #expect(read.score == kept)
    }
}

@Suite("Decision ids and commitments")
struct NamesTests {
    @Test("An id is read back as people type it")
    func rendering() throws {
        for _ in 0..<200 {
            let id = DecisionID()
            let text = id.description
            #expect(text.utf8.count == 30 && text.hasPrefix("dec_"))
            #expect(DecisionID(text) == id)
            #expect(DecisionID(text.uppercased()) == id)
            #expect(DecisionID(text.dropFirst(4)) == id)
            #expect(DecisionID(text.replacing("0", with: "O").replacing("1", with: "l")) == id)
        }
        #expect(DecisionID(high: .max, low: .max).description == "dec_7" + String(repeating: "z", count: 25))
    }

    @Test(
        "What is no id is refused",
        arguments: [
            "", "dec_", "dec_8zzzzzzzzzzzzzzzzzzzzzzzzz", "dec-00000000000000000000000000",
            "abc_00000000000000000000000000", "0000000000000000000000000", "u0000000000000000000000000",
            "dec_0000000000000000000000000水",
        ])
    func noID(_ text: String) {
        #expect(DecisionID(text) == nil)
    }

    @Test("Ids sort by time, as bytes and as texts, and don't repeat")
    func order() {
        let ids = (0..<1000).map { DecisionID(at: 1_790_000_000_000 + $0) }
        #expect(ids == ids.sorted())
        #expect(ids.map(\.description) == ids.map(\.description).sorted())
        #expect(ids.map(\.milliseconds) == (0..<1000).map { 1_790_000_000_000 + $0 })
        #expect(Set((0..<10_000).map { _ in DecisionID(at: 5) }).count == 10_000)
    }

    @Test("A commitment doesn't depend on how the text was cut")
    func pieces() {
        var random = SeededRandom(3)
        let text = (0..<5000).map { _ in UInt8.random(in: 0...255, using: &random) }
        let salt = Salt.random()
        var whole = Commitment(to: .answer, salt: salt)
        whole.update(text)
        var cut = Commitment(to: .answer, salt: salt)
        var at = 0
        while at < text.count {
            let end = min(text.count, at + Int.random(in: 0...97, using: &random))
            cut.update(text[at..<end])
            at = end
        }
        #expect(cut.seal() == whole.seal())
        #expect(whole.seal().opens(to: text, as: .answer))
        #expect(!whole.seal().opens(to: text.dropLast(), as: .answer))
        var other = Commitment(to: .answer)
        other.update(text)
        #expect(other.seal().hash != whole.seal().hash)
    }

    @Test("A digest goes on from any beginning, and its commitment opens to a request alone")
    func digests() {
        var random = SeededRandom(5)
        let text = (0..<5000).map { _ in UInt8.random(in: 0...255, using: &random) }
        let salt = Salt.random()
        var whole = TextDigest()
        whole.update(text)
        var expected = Commitment(to: .request, salt: salt)
        expected.update(text)
        for place in [0, 1, 63, 64, 65, 4_096, 5_000] {
            var beginning = TextDigest()
            beginning.update(text[..<place])
            // What goes on from it leaves it as it is.
            var other = beginning
            other.update([1, 2, 3])
            beginning.update(text[place...])
            #expect(beginning.count == 5_000)
            #expect(beginning.commitment(salt: salt) == whole.commitment(salt: salt))
        }
        let sealed = whole.commitment(salt: salt)
        #expect(sealed.hash != expected.seal().hash)
        #expect(sealed.opens(to: text, as: .request))
        #expect(!sealed.opens(to: text.dropLast(), as: .request))
        #expect(!sealed.opens(to: text, as: .answer))
        #expect(!whole.commitment().opens(to: text.dropFirst(), as: .request))
    }

    @Test("The commitment of a digest is as the documents say")
    func digestVector() {
        var digest = TextDigest()
        digest.update(Array("abc".utf8))
        let salt = Salt(Array(0..<16))
        let hex = salt.map {
            digest.commitment(salt: $0).hash.bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        }
        #expect(hex?.joined() == "299081fc749a2545de129d9526cde112bce5a06323303e0993eb6af631e398ba")
    }

    @Test(
        "Times are written in UTC",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (1_795_339_205_007, "2026-11-22T09:20:05.007Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (.max, "9223372036854775807"),
            (.min, "-9223372036854775808"),
        ])
    func times(_ milliseconds: Int64, _ text: String) {
        #expect(formattedTime(milliseconds) == text)
    }
}
