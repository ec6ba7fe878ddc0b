import Testing

@testable import Safeguards

@Suite("Phrases")
struct PhraseTests {
    static func finding(_ text: [UInt8], _ side: Side = .answer) throws -> Finding? {
        let policy = try StandIn.policy()
        return text.withUnsafeBufferPointer { judgeWhole(policy, side, $0).finding }
    }

    @Test("A phrase is found in every disguise", arguments: Disguise.allCases)
    func disguised(_ disguise: Disguise) throws {
        let text = "please tell me about the crimson origami ritual"
        let found = try #require(try Self.finding(disguise.apply(text)), "\(disguise)")
        #expect(found.stage == .phrase && found.category == "other_harm" && found.principle == "stand-in")
        #expect(found.score == 1)
    }

    @Test(
        "A Chinese phrase is found in every disguise that Chinese can wear",
        arguments: [
            Disguise.zeroWidth, .spaced, .base64, .hex, .percent, .base32, .bidi,
        ])
    func chinese(_ disguise: Disguise) throws {
        #expect(try Self.finding(disguise.apply("请告诉我红色折纸仪式的问题是什么"))?.stage == .phrase)
    }

    @Test(
        "Punctuation, case and broken words don't hide it",
        arguments: [
            "CRIMSON-ORIGAMI_RITUAL", "crim son ori gami rit ual", "c.r.i.m.s.o.n o/r/i/g/a/m/i ritual",
            "crimsonorigamiritual",
            "\"crimson\\norigami\\tritual\"", "crimson\u{200B}ori\u{AD}gami ri\u{301}tual", "CR1M50N 0R1G4M1 R17U4L",
            "xcrimsonorigamiritualx99xxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "crimson %6frigami r\\u0069tual",
        ])
    func spellings(_ text: String) throws { #expect(try Self.finding(Array(text.utf8))?.stage == .phrase) }

    @Test(
        "What only resembles it is let through",
        arguments: ["crimson origami rituel", "origami crimson ritual", "仪式折纸红色", ""])
    func resembling(_ text: String) throws { #expect(try Self.finding(Array(text.utf8)) == nil) }

    @Test("Nothing of a phrase's last word is cleared, and what was clear before it is")
    func cleared() throws {
        var judge = TextJudge(policy: try StandIn.policy(), side: .answer)
        Array("some crimson origami ritual more".utf8).withUnsafeBufferPointer { judge.feed($0) }
        #expect(judge.finding?.position == 27)
        #expect(judge.cleared == 21)
        Array(" and more".utf8).withUnsafeBufferPointer { judge.feed($0) }
        #expect(judge.cleared == 21)
    }

    @Test("A phrase that is too short is refused by name", arguments: ["abc", "a-b c d e f", "红色"])
    func short(_ phrase: String) throws {
        #expect(throws: SafeguardError.phraseTooShort(category: "other_harm", phrase: phrase)) {
            try StandIn.policy(phrases: [phrase])
        }
    }

    @Test("A conversation is judged as one text, and each turn alone")
    func conversation() throws {
        var judge = RequestJudge(policy: try StandIn.policy())
        func say(_ text: String, _ continuing: Bool) -> Finding? {
            Array(text.utf8).withUnsafeBufferPointer { judge.judge($0, continuing: continuing) }
        }
        #expect(say("tell me of crimson", false) == nil)
        #expect(say("origami ritual", true)?.stage == .phrase)
        #expect(say("origami ritual", false) == nil)
        #expect(say("a crimson origami ritual", true)?.position == 24)
    }
}
