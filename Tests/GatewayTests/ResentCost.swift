import Dialects
import Glibc
import NIOCore
import Safeguards
import Testing

@testable import Gateway

/// What a long conversation costs that is sent again with one more turn.
@Suite("The cost of a conversation that is sent again", .serialized)
struct ResentCost {
    private static func cpu() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func median(_ rounds: Int, _ work: () -> Void) -> Double {
        let times = (0..<rounds).map { _ in
            let began = cpu()
            work()
            return cpu() - began
        }
        return Double(times.sorted()[rounds / 2])
    }

    private static func request(_ turns: [String]) throws -> ModelRequest {
        let messages = turns.enumerated().map {
            "{\"role\":\"\($0.offset % 2 == 0 ? "user" : "assistant")\",\"content\":\"\($0.element)\"}"
        }
        return try ModelRequest.parse(
            ByteBuffer(string: "{\"model\":\"m\",\"messages\":[\(messages.joined(separator: ","))]}"), dialect: .openAI)
    }

    private static func prose(_ number: Int, _ bytes: Int) -> String {
        let words = [
            "river", "gate", "water", "level", "mill", "boat", "function", "returns", "value", "error", "line", "test",
            "because", "the", "of", "and", "reads", "writes", "opens", "closes", "before", "after",
        ]
        var (text, state) = ("", UInt64(number &* 77 &+ 1))
        while text.utf8.count < bytes {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            text += words[Int(state >> 33) % words.count] + " "
        }
        return text
    }

    /// Thread CPU time, medians: of judging all anew, of judging what is new of a conversation that is known, and of judging
    /// the last turn with the turn before it as if they were all.
    @Test("Of 200 KB that come again little more is paid than for what is new in them")
    func resentConversation() throws {
        let policy = Fixtures.snapshot.policy
        let turns = (0..<51).map { Self.prose($0, 4_096) }
        let whole = try Self.request(turns)
        let known = try Self.request(Array(turns.prefix(50)))
        let last = try Self.request(Array(turns.suffix(1)))
        let pair = try Self.request(Array(turns.suffix(2)))
        let memory = TurnMemory(most: 1_024)
        _ = RequestVerdict(
            of: known, under: policy, recalling: memory.recall(known, of: "a"), in: memory)
        let anew = Self.median(9) { _ = RequestVerdict(of: whole, under: policy) }
        let judging = Self.median(101) { _ = RequestVerdict(of: last, under: policy) }
        // What the gateway does with any text of this size: look for it, judge it, make its digest, keep what it came to.
        let alone = Self.median(101) {
            let found = memory.recall(last, of: "b")
            _ = RequestVerdict(of: last, under: policy, recalling: found, in: Self.forgetful)
        }
        let both = Self.median(101) { _ = RequestVerdict(of: pair, under: policy) }
        let look = Self.median(101) { _ = memory.recall(whole, of: "a") }
        let again = Self.median(101) {
            // A memory that learns the new end would have nothing left to judge.
            let found = memory.recall(whole, of: "a")
            _ = RequestVerdict(of: whole, under: policy, recalling: found, in: Self.forgetful)
        }
        print(
            "figure: resent 200 KB, CPU µs: anew \(anew / 1_000), again \(again / 1_000) (finding it \(look / 1_000)), "
                + "last turn alone \(alone / 1_000), of which judging \(judging / 1_000), "
                + "last two turns \(both / 1_000); again/alone \(again / alone)")
        #expect(again < anew / 8)
        #expect(look < both / 2)
    }

    /// What is put in here goes at once.
    private static let forgetful = TurnMemory(most: 2)
}
