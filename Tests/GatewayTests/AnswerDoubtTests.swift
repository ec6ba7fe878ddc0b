import Dialects
import NIOCore
import Safeguards
import Testing

@testable import Gateway

@Suite("What waits for the second stage")
struct AnswerDoubtTests {
    private static let prose = String(
        repeating: "The keeper reads the gauge at dawn, writes the level in a blue book and opens the lower gate. ",
        count: 5)

    private static func stream(_ text: String, cut: Int) -> String {
        var pieces: [String] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            pieces.append(String(rest.prefix(cut)))
            rest = rest.dropFirst(cut)
        }
        return pieces.map {
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\($0)\"},\"finish_reason\":null}]}\n\n"
        }
        .joined() + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
    }

    /// What was released of the text, and the stretches that were asked about, where the stage stops at `bad`.
    private static func run(_ text: String, cut: Int, stopping bad: String? = nil) throws -> (String, [String]) {
        let facts = try Fixtures.facts(
            #"{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}"#, .openAI)
        var pipeline = AnswerPipeline(
            decoder: facts.decoder,
            gate: AnswerGate(
                writer: facts.writer, policy: facts.policy, beginnings: nil, choices: 1, inputTokens: 1,
                explainer: facts.explainer, doubts: .always))
        var (all, asked) = (ByteBuffer(), [String]())
        _ = pipeline.read(ByteBuffer(string: stream(text, cut: cut)))
        pipeline.readEnd()
        pipeline.judge(into: &all)
        while let question = pipeline.question {
            asked += question.map { String(decoding: $0.stretch, as: UTF8.self) }
            let found = question.firstIndex { String(decoding: $0.stretch, as: UTF8.self).contains(bad ?? "\u{0}") }
            let finding = Finding(
                category: "other_harm", principle: "human-dignity", stage: .encoder, score: 1, position: 0)
            pipeline.settle(found.map { StageFinding(doubt: $0, finding: finding) }, into: &all)
            pipeline.judge(into: &all)
        }
        #expect(pipeline.isOver)
        let words = String(buffer: all).split(separator: "\"content\":\"").dropFirst().compactMap {
            $0.split(separator: "\"", maxSplits: 1, omittingEmptySubsequences: false).first
        }
        return (words.joined(), asked)
    }

    @Test("Where the stage is asked, and about what, depends on the text alone")
    func positions() throws {
        let (whole, asked) = try Self.run(Self.prose, cut: 10_000)
        #expect(whole == Self.prose)
        #expect(asked.count >= Self.prose.utf8.count / (DoubtRule.reach + 16))
        for cut in [1, 2, 7, 33, 190] {
            let (released, again) = try Self.run(Self.prose, cut: cut)
            #expect(released == Self.prose)
            #expect(again == asked)
        }
    }

    @Test(
        "A stop releases nothing from where its doubt began, however the answer was cut",
        arguments: ["blue", "dawn", "gate"])
    func stops(_ word: String) throws {
        let text = "Clear and cold. " + Self.prose + "A last line with a blue gate at dawn."
        let (first, asked) = try Self.run(text, cut: 10_000, stopping: word)
        #expect(!asked.isEmpty)
        #expect(!first.contains(word))
        for cut in [1, 3, 11, 64] { #expect(try Self.run(text, cut: cut, stopping: word).0 == first) }
    }

    @Test("Nothing is asked where the second stage is off")
    func off() throws {
        let facts = try Fixtures.facts(
            #"{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}"#, .openAI)
        #expect(facts.doubts == nil)
        let (text, pipeline) = Fixtures.run(facts, [Self.stream(Self.prose, cut: 12)])
        #expect(pipeline.question == nil)
        #expect(text == Self.stream(Self.prose, cut: 12))
    }

    @Test(
        "A rehearsal is read, and nonsense is not",
        arguments: [
            ("", true), ("fail=0.5", true), ("fail=1,delay=20", true), ("fail=2", false), ("slow=1", false),
            ("fail", false),
        ])
    func drill(_ text: String, _ isOne: Bool) { #expect((SafeguardDrill(text) != nil) == isOne) }
}
