import Testing

@testable import Metering

@Suite("Days")
struct UTCDayTests {
    @Test(
        "are those of the calendar",
        arguments: [
            ("1970-01-01", 0), ("2000-02-29", 11_016), ("2024-02-29", 19_782), ("2026-03-29", 20_541),
            ("9999-12-31", 2_932_896),
        ] as [(String, Int32)])
    func calendar(_ text: String, _ number: Int32) throws {
        let day = try #require(UTCDay(text))
        #expect(day.number == number && day.description == text)
    }

    @Test(
        "that are none are refused",
        arguments: [
            "2026-02-29", "1900-01-01", "2026-13-01", "2026-1-1", "26-01-01", "", "2026-04-31", "2026-00-10",
            "2026-01-00", "２０２６-01-01", "2026-01-01T00",
        ])
    func refused(_ text: String) {
        #expect(UTCDay(text) == nil)
    }

    @Test("follow one another without a gap, months with them")
    func order() {
        var last = UTCDay(number: 0)
        for number in 1...Int32(60_000) {
            let day = UTCDay(number: number)
            #expect(UTCDay(day.description) == day)
            #expect(day.month == last.month || day.month == last.month + 1 && day.description.hasSuffix("-01"))
            last = day
        }
        #expect(UTCDay.start(ofMonth: 12 * 56 + 10) == UTCDay("2026-11-01")?.milliseconds)
    }

    @Test("begin at midnight in UTC whatever the clocks on the wall do")
    func daylightSaving() throws {
        // Europe put its clocks forward at 01:00 UTC on this day, and back on the other.
        for text in ["2026-03-29", "2026-10-25"] {
            let day = try #require(UTCDay(text))
            for quarter in 0..<96 { #expect(UTCDay(at: day.milliseconds + Int64(quarter) * 900_000) == day) }
            #expect(UTCDay(at: day.milliseconds + 86_400_000).number == day.number + 1)
            #expect(UTCDay(at: day.milliseconds - 1).number == day.number - 1)
        }
    }

    @Test("outside the calendar are its ends", arguments: [Int64.min, -1, Int64.max, 253_402_300_800_000])
    func ends(_ time: Int64) {
        #expect([0, 2_932_896].contains(UTCDay(at: time).number))
    }
}

@Suite("The count of tokens")
struct TokenCounterTests {
    @Test(
        "of a long text is the same byte by byte",
        arguments: [
            "水闸管理员每天早晚两次读取水位", "\u{2FFF}\u{3000}\u{9FFF}\u{A000}\u{ABFF}\u{AC00}\u{D7BF}\u{E000}", "，。！？水闸水闸，",
            "한글 문장입니다 ", "かなカナ漢字ー", "水a闸é理😀",
        ])
    func byteByByte(_ text: String) {
        for times in [1, 2, 3, 7, 40] {
            let bytes = Array(String(repeating: text, count: times).utf8)
            for first in 0..<4 {
                var slow = TokenCounter()
                for byte in bytes[first...] { withUnsafeBytes(of: byte) { slow.add($0) } }
                #expect(TokenCounter.count(bytes[first...]) == slow.tokens, "\(text) × \(times) from \(first)")
            }
        }
    }

    @Test(
        "is four bytes a token, and one character where characters are words",
        arguments: [
            ("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("Hello, world!", 4), ("水闸", 2), ("水a", 2), ("こんにちは", 5),
            ("안녕", 2), ("é", 1), ("éé", 1), ("ééa", 2), ("Привет", 3), ("𠀀", 1), ("😀", 1), ("。", 1), ("ＡＢ", 2),
            ("–", 1),
        ] as [(String, Int64)])
    func table(_ text: String, _ tokens: Int64) {
        #expect(TokenCounter.count(text.utf8) == tokens)
    }

    @Test("is the same however the text is cut", arguments: 0..<100)
    func cuts(_ seed: UInt64) {
        var random = Seeded(state: seed)
        let letters = Array("abc é水闸こ안𠀀😀–。ह")
        var bytes = Array(String((0..<200).compactMap { _ in letters.randomElement(using: &random) }).utf8)
        // Broken text too.
        if seed % 2 == 1 {
            for _ in 0..<20 {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
        }
        let whole = TokenCounter.count(bytes)
        var counter = TokenCounter()
        var at = 0
        while at < bytes.count {
            let end = min(bytes.count, at + Int.random(in: 1...9, using: &random))
            Array(bytes[at..<end]).withUnsafeBytes { counter.add($0) }
            at = end
        }
        #expect(counter.tokens == whole)
        #expect(whole <= bytes.count && whole >= bytes.count / 4)
    }

    @Test("is the same for long runs of plain and of wide letters as byte by byte", arguments: 0..<40)
    func runs(_ seed: UInt64) {
        var random = Seeded(state: seed &+ 77)
        var bytes: [UInt8] = []
        for _ in 0..<30 {
            let letter = ["a", "水", "。", "，", "“", "é", "𠀀", "안"].randomElement(using: &random) ?? "a"
            bytes += Array(String(repeating: letter, count: Int.random(in: 0...90, using: &random)).utf8)
            // Now and then a character is torn.
            if seed % 3 == 0, !bytes.isEmpty { bytes.removeLast() }
        }
        var slow = TokenCounter()
        for byte in bytes { withUnsafeBytes(of: byte) { slow.add($0) } }
        #expect(TokenCounter.count(bytes) == slow.tokens)
    }

    @Test("of well-formed text is that of its characters", arguments: 0..<50)
    func characters(_ seed: UInt64) {
        var random = Seeded(state: seed)
        var text = String.UnicodeScalarView()
        for _ in 0..<300 {
            let range: ClosedRange<UInt32> =
                [
                    0x20...0x7e, 0xa0...0x7ff, 0x800...0x2dff, 0x3000...0x9fff, 0xac00...0xd7a3, 0x10000...0x1ffff,
                    0x20000...0x2ffff,
                ].randomElement(using: &random) ?? 0x20...0x7e
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random)) { text.append(scalar) }
        }
        var quarters = 0
        for scalar in text {
            let isAlone =
                (0x2e80...0x9fff).contains(scalar.value) || (0xac00...0xd7bf).contains(scalar.value)
                || scalar.value >= 0x20000
            quarters += isAlone ? 4 : String(scalar).utf8.count
        }
        #expect(TokenCounter.count(String(text).utf8) == Int64(quarters + 3) / 4)
    }
}

@Suite("An upstream's count")
struct UsageBoundsTests {
    private let bounds = UsageBounds(input: 100, output: 200, reservedOutput: 1024)

    @Test(
        "is believed while it is near ours",
        arguments: [(100, 200), (30, 55), (464, 864), (25, 50)] as [(Int64, Int64)])
    func near(_ input: Int64, _ output: Int64) {
        #expect(bounds.settle(TokenCounts(input: input, output: output)) == TokenCounts(input: input, output: output))
    }

    @Test("is moved to where a tokeniser can be when it lies")
    func lies() {
        #expect(bounds.settle(TokenCounts(input: .max, output: .max)) == TokenCounts(input: 464, output: 864))
        #expect(bounds.settle(TokenCounts()) == TokenCounts(input: 25, output: 50))
        // Hidden reasoning is believed as far as it was reserved.
        let thought = bounds.settle(TokenCounts(input: 100, output: 1_000_000, reasoning: 999_000))
        #expect(thought.output == 864 + 1024 && thought.reasoning == thought.output)
        #expect(bounds.settle(TokenCounts(input: 100, cached: 1 << 40, output: 200)).cached == 100)
    }

    @Test("is ours where it says nothing, and at least ours where it stopped early")
    func silent() {
        #expect(bounds.settle(nil) == TokenCounts(input: 100, output: 200))
        let cut = UsageBounds(input: 100, output: 200, reservedOutput: 1024, isWhole: false)
        #expect(cut.settle(TokenCounts(input: 90, output: 60)) == TokenCounts(input: 90, output: 200))
    }
}
