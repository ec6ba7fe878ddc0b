import Foundation
import Testing

@testable import Safeguards

@Suite("A request of many turns")
struct RequestJudgeTests {
    /// What can be seen of a judged text.
    private struct Seen: Equatable {
        var finding: Finding?
        var isOfConversation = false
        var peak: Float
        var opened: Set<String>
    }

    /// Each turn read twice to its end: by itself, and by one judge that reads all.
    private struct Plain {
        let policy: JudgementPolicy
        var conversation: TextJudge
        var isFirst = true
        var peak: Float = 0
        var opened: Set<String> = []

        init(_ policy: JudgementPolicy) {
            self.policy = policy
            conversation = TextJudge(policy: policy, side: .request)
        }

        mutating func judge(_ text: [UInt8]) -> Seen {
            if !isFirst { conversation.mark() }
            let alone = text.withUnsafeBufferPointer { TextJudge(policy, .request, whole: $0) }
            text.withUnsafeBufferPointer { conversation.feed($0) }
            conversation.finish()
            peak = max(peak, conversation.peak)
            opened.formUnion(conversation.opened)
            let found = isFirst ? nil : alone.finding
            if !isFirst {
                peak = max(peak, alone.peak)
                opened.formUnion(alone.opened)
            }
            defer { isFirst = false }
            return Seen(
                finding: found ?? conversation.finding,
                isOfConversation: !isFirst && found == nil && conversation.finding != nil, peak: peak, opened: opened)
        }
    }

    private static func compare(_ policy: JudgementPolicy, _ turns: [[UInt8]], _ note: String) {
        var (judge, plain) = (RequestJudge(policy: policy), Plain(policy))
        for (number, turn) in turns.enumerated() {
            let expected = plain.judge(turn)
            let finding = turn.withUnsafeBufferPointer { judge.judge($0, continuing: true) }
            let seen = Seen(
                finding: finding, isOfConversation: judge.foundInConversation, peak: judge.peak, opened: judge.opened)
            #expect(seen == expected, "\(note), turn \(number)")
            guard seen == expected else { return }
        }
    }

    /// Long turns: plain ones, Chinese ones, and ones with everything that hides words.
    private static func turn(_ dice: inout TextDice) -> [UInt8] {
        let count = Int.random(in: 1...400, using: &dice.generator)
        switch Int.random(in: 0..<7, using: &dice.generator) {
        case 0: return dice.text(words: count)
        case 6: return plain(count / 2, &dice) + encoded(&dice) + plain(count, &dice) + encoded(&dice)
        case 1:
            let letters = Array("河流花园问题回答的是在水闸船桥，。")
            return Array(String((0..<count * 2).compactMap { _ in letters.randomElement(using: &dice.generator) }).utf8)
        case 2: return Array(StandIn.phrases[0].utf8.prefix(Int.random(in: 1...22, using: &dice.generator)))
        case 3:
            let head = dice.text(words: 4)
            return head + Array(" ".utf8) + plain(count, &dice)
        case 4: return Array("of the ritual ".utf8) + plain(count, &dice)
        default: return plain(count, &dice)
        }
    }

    private static func plain(_ count: Int, _ dice: inout TextDice) -> [UInt8] {
        let words = (0..<count).map { _ in
            let word = StandIn.words.dropFirst(3).randomElement(using: &dice.generator) ?? "word"
            return Int.random(in: 0..<60, using: &dice.generator) == 0 ? "fr0m v1rgh numbe2 13" : word
        }
        return Array(words.joined(separator: " ").utf8)
    }

    /// A run of base64: of plain words, of words that are turned once more, or of a part of a phrase.
    private static func encoded(_ dice: inout TextDice) -> [UInt8] {
        let text =
            ["the river and the mill by the gate", "gur evire naq gur zvyy ol gur tngr", StandIn.phrases[0], "of the"]
            .randomElement(using: &dice.generator) ?? ""
        return Array(" \(Data(text.utf8).base64EncodedString()) ".utf8)
    }

    @Test("Reading the rest of a turn once for both judgements changes neither", arguments: 0..<60)
    func bothJudgements(_ seed: Int) throws {
        var dice = TextDice(seed: UInt64(seed) &+ 400)
        let policies = try [0.6, 1.2, 3, 1e6].map { try StandIn.policy(threshold: $0) }
        for round in 0..<8 {
            let turns = (0..<Int.random(in: 2...9, using: &dice.generator)).map { _ in Self.turn(&dice) }
            Self.compare(policies[round % 4], turns, "seed \(seed), round \(round)")
        }
    }

    @Test("With the shipped weights too", arguments: 0..<6)
    func shippedWeights(_ seed: Int) throws {
        var dice = TextDice(seed: UInt64(seed) &+ 900)
        let policy = try ShippedModelTests.policy()
        for round in 0..<6 {
            let turns = (0..<6).map { _ in Self.turn(&dice) }
            Self.compare(policy, turns, "seed \(seed), round \(round)")
        }
    }

    @Test("The judges of a long plain turn come to one state, those of different texts never do")
    func oneState() throws {
        let policy = try StandIn.policy()
        var dice = TextDice(seed: 3)
        for _ in 0..<40 {
            var conversation = TextJudge(policy: policy, side: .request)
            let before = Self.plain(200, &dice) + Array(" bWlsbHMgYW5kIGJvYXRz ".utf8) + Self.plain(9, &dice)
            before.withUnsafeBufferPointer { conversation.feed($0) }
            conversation.mark()
            var alone = TextJudge(policy: policy, side: .request)
            let text =
                Self.plain(100, &dice) + Array(" dGhlIHJpdmVyIGFuZCB0aGUgZ2F0ZQ== ".utf8) + Self.plain(200, &dice) + [
                    0x20
                ]
            #expect(!conversation.isWhere(alone))
            text.withUnsafeBufferPointer { conversation.feed($0) }
            text.withUnsafeBufferPointer { alone.feed($0) }
            #expect(conversation.isWhere(alone) && alone.isWhere(conversation))
            // One word more, or another word within the last window.
            var (more, other) = (alone, TextJudge(policy: policy, side: .request))
            Array("river ".utf8).withUnsafeBufferPointer { more.feed($0) }
            #expect(!conversation.isWhere(more))
            var changed = text
            let place = text.count - Int.random(in: 2...200, using: &dice.generator)
            changed[place] = text[place] == 0x71 ? 0x7A : 0x71
            changed.withUnsafeBufferPointer { other.feed($0) }
            #expect(!conversation.isWhere(other))
        }
    }

    @Test(
        "What was disguised twice in a turn before is not forgotten: a decoded text that comes later is read in the same way"
    )
    func disguisedTwice() throws {
        let policy = try StandIn.policy()
        var dice = TextDice(seed: 9)
        let turned = Data("cyrnfr gryy zr ubj gb sbyq gur cncre penar".utf8).base64EncodedString()
        let plain = Data("please tell me how to fold the paper crane".utf8).base64EncodedString()
        for (hidden, isSame) in [(plain, true), (turned, false)] {
            var conversation = TextJudge(policy: policy, side: .request)
            Array("please tell me \(hidden) about the river".utf8).withUnsafeBufferPointer { conversation.feed($0) }
            conversation.mark()
            var alone = TextJudge(policy: policy, side: .request)
            let text = Self.plain(300, &dice) + [0x20]
            text.withUnsafeBufferPointer { conversation.feed($0) }
            text.withUnsafeBufferPointer { alone.feed($0) }
            #expect(conversation.isWhere(alone) == isSame && alone.isWhere(conversation) == isSame)
        }
    }
}
