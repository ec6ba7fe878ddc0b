import Testing

@testable import Ledger

@Suite("What a record notes")
struct NotesTests {
    @Test(
        "Notes come back as they were written, and a record without any is as short as before",
        arguments: [[], ["stopped:cyber"], ["guard:a score=0.5 refuse=cyber", "failed:second_stage open doubt=cyber"]])
    func roundTrip(_ notes: [String]) throws {
        var admission = Admission(
            decisionID: DecisionID(at: 1), time: 1, organisation: "o", account: "a", key: "k", model: "m",
            dialect: .openAI,
            isStream: false, decision: .admitted, requestCommitment: nil)
        var writer = ByteWriter()
        _ = try writer.append(.admission(admission), sequence: 7, after: Hash256())
        let short = writer.count
        admission.notes = notes
        writer = ByteWriter()
        _ = try writer.append(.admission(admission), sequence: 7, after: Hash256())
        #expect((writer.count == short) == notes.isEmpty)
        let raw = try RawRecord(at: writer.bytes)
        #expect(try raw.decoded() == .admission(admission))
        var completion = Completion(sequence: 7, time: 2, outcome: .complete, answerCommitment: nil)
        completion.notes = notes
        writer = ByteWriter()
        _ = try writer.append(.completion(completion), sequence: 8, after: Hash256())
        let second = try RawRecord(at: writer.bytes)
        #expect(try second.decoded() == .completion(completion))
        // Records lie in the writer's memory.
        withExtendedLifetime(writer) {}
    }
}
