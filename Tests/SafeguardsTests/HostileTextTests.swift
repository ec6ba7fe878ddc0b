import Glibc
import Testing

@testable import Safeguards

@Suite("Hostile texts")
struct HostileTextTests {
    static func base64(_ text: [UInt8], times: Int) -> [UInt8] {
        (0..<times).reduce(text) { text, _ in Disguise.base64.apply(String(decoding: text, as: UTF8.self)) }
    }

    static let texts: [(String, @Sendable (Int) -> [UInt8])] = [
        ("letters without a space", { Array(repeating: 0x61, count: $0) }),
        ("words without a space", { Array(String(repeating: "foldpaper", count: $0 / 9).utf8) }),
        ("combining marks", { Array(("a" + String(repeating: "\u{301}", count: $0 / 2)).utf8) }),
        ("zero-width", { Array(String(repeating: "a\u{200B}", count: $0 / 4).utf8) }),
        ("tags", { Array(String(repeating: "\u{E0061}", count: $0 / 4).utf8) }),
        ("spaced", { Array(String(repeating: "a ", count: $0 / 2).utf8) }),
        ("percent", { Array(String(repeating: "%", count: $0).utf8) }),
        ("escaped percent", { Array(String(repeating: "%25", count: $0 / 3).utf8) }),
        ("backslashes", { Array(String(repeating: "\\u00", count: $0 / 4).utf8) }),
        ("base64 of base64", { base64(Array(repeating: 0x61, count: $0 / 5), times: 5) }),
        ("hex", { Array(String(repeating: "61", count: $0 / 2).utf8) }),
        ("ideographs", { Array(String(repeating: "折", count: $0 / 3).utf8) }),
        ("ill-formed", { (0..<$0).map { UInt8(truncatingIfNeeded: 0x80 + $0 * 7) } }),
        ("leet", { Array(String(repeating: "1!6$@1!6", count: $0 / 8).utf8) }),
        ("rot13", { Array(String(repeating: "gur cncre penar ", count: $0 / 16).utf8) }),
        ("exclamation marks", { Array(repeating: 0x21, count: $0) }),
    ]

    /// Nanoseconds that this thread has worked; others may be at work beside it.
    private static func worked() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    @Test("A megabyte is judged in linear time and everything is cleared", arguments: texts.indices)
    func linear(_ index: Int) throws {
        let policy = try StandIn.policy()
        let (name, make) = Self.texts[index]
        func seconds(_ size: Int) -> Double {
            let text = make(size)
            let start = Self.worked()
            var judge = TextJudge(policy: policy, side: .answer)
            text.withUnsafeBufferPointer { judge.feed($0) }
            judge.finish()
            let took = Self.worked() - start
            #expect(judge.cleared == text.count && judge.finding == nil, "\(name)")
            return Double(took) / 1e9
        }
        // Sixteen times the text may take a hundred times as long on a busy machine, and not two hundred and fifty-six.
        let small = (0..<3).map { _ in seconds(1 << 14) }.min() ?? 0
        let large = (0..<3).map { _ in seconds(1 << 18) }.min() ?? 0
        #expect(large < 100 * small + 0.05, "\(name)")
    }

    @Test("Little is ever held back", arguments: texts.indices)
    func heldBack(_ index: Int) throws {
        let (name, make) = Self.texts[index]
        let text = make(4000)
        var judge = TextJudge(policy: try StandIn.policy(), side: .answer)
        var most = 0
        for place in text.indices {
            text[place...place].withUnsafeBufferPointer { judge.feed($0) }
            most = max(most, place + 1 - judge.cleared)
        }
        #expect(most <= 600, "\(name) held back \(most) bytes")
    }
}
