import Glibc
import Testing

@testable import Distillation

@Suite("Reading")
struct ReadingTests {
    private func read(_ text: String) throws(ReadingError) -> [String] {
        var parser = ExchangeParser()
        var found: [String] = []
        let bytes = Array(text.utf8)
        var problem: ReadingError?
        bytes.withUnsafeBytes { bytes in
            do throws(ReadingError) {
                try parser.read(bytes, line: 7) { exchange in
                    found = [
                        String(exchange.time), String(decoding: exchange.account, as: UTF8.self),
                        String(decoding: exchange.prompt, as: UTF8.self), exchange.temperature.map(String.init) ?? "-",
                        String(exchange.maxTokens), String(exchange.isStreamed), String(exchange.payment.count),
                        String(exchange.status),
                    ]
                }
            } catch { problem = error }
        }
        if let problem { throw problem }
        return found
    }

    @Test("A whole line is read, in any order, with unknown fields")
    func wholeLine() throws {
        let line = #"""
            {"status":429, "x":{"y":[1,{"z":"}"}]}, "account_id":"a\u0031","ts_ms":1777853031991,"prompt_text":"say \"hi\"\n\u4f60\ud83d\ude00 ok","temperature":0.7,"max_tokens":256,"stream":true,"payment_hash":null}
            """#
        #expect(try read(line) == ["1777853031991", "a1", "say \"hi\" 你😀 ok", "700", "256", "true", "0", "429"])
    }

    @Test(
        "A bad line is refused with its place",
        arguments: [
            ("", ReadingError.notJSON(line: 7, byte: 0)), ("[]", .notJSON(line: 7, byte: 0)),
            ("{\"ts_ms\":1", .notJSON(line: 7, byte: 10)), ("{}", .field("ts_ms", line: 7)),
            ("{\"ts_ms\":5}", .field("account_id", line: 7)),
            ("{\"ts_ms\":\"5\",\"account_id\":\"a\"}", .field("ts_ms", line: 7)),
            ("{\"ts_ms\":-5,\"account_id\":\"a\"}", .field("ts_ms", line: 7)),
            ("{\"ts_ms\":99999999999999999999999,\"account_id\":\"a\"}", .field("ts_ms", line: 7)),
            ("{\"ts_ms\":5,\"account_id\":\"a\",\"stream\":3}", .field("stream", line: 7)),
            ("{\"ts_ms\":5,\"account_id\":\"a\"} x", .notJSON(line: 7, byte: 29)),
            ("{\"ts_ms\":5,\"account_id\":\"a", .notJSON(line: 7, byte: 26)),
        ])
    func badLines(_ line: String, _ error: ReadingError) {
        #expect(throws: error) { try read(line) }
    }

    @Test("Random bytes never trap")
    func fuzz() {
        var random = Seeded(3)
        let whole = Array(
            #"{"ts_ms":5,"account_id":"a","prompt_text":"\ud83d\u12","temperature":1e9,"x":[{"a":null}]}"#.utf8)
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            _ = try? read(String(decoding: bytes, as: UTF8.self))
            var parser = ExchangeParser()
            var features = PromptFeatures(hash: KeyedHash(secret: "fuzz fuzz fuzz fuzz"))
            bytes.withUnsafeBytes { bytes in
                try? parser.read(bytes, line: 1) { features.read($0.prompt) }
                features.read(bytes)
            }
        }
    }

    @Test("Lines come out of plain and gzip files alike, whatever their length", arguments: [false, true])
    func lines(isGzip: Bool) throws {
        var random = Seeded(8)
        let lines = (0..<3000).map { index in
            "\(index) "
                + String(repeating: "x", count: index == 1500 ? 700_000 : Int.random(in: 0..<300, using: &random))
        }
        let text = Array(lines.joined(separator: "\n").utf8)
        let half = text.count / 2
        let bytes = isGzip ? gzip(Array(text[..<half])) + gzip(Array(text[half...])) : text
        let path = "/tmp/sluice-lines-\(getpid())-\(isGzip)"
        try #require(store(bytes, path))
        defer { unlink(path) }
        var found: [String] = []
        try LineSource(path: path).forEachLine { number, bytes in
            #expect(number == found.count + 1)
            found.append(String(decoding: bytes, as: UTF8.self))
            return true
        }
        #expect(found == lines)
    }

    @Test("A gzip file that was cut is said to be damaged")
    func cutGzip() throws {
        var random = Seeded(1)
        let text = (0..<20_000).map { _ in UInt8.random(in: 32...126, using: &random) }
        let path = "/tmp/sluice-cut-\(getpid())"
        try #require(store(Array(gzip(text).dropLast(500)), path))
        defer { unlink(path) }
        #expect(throws: ReadingError.damagedGzip(path: path)) {
            try LineSource(path: path).forEachLine { _, _ in true }
        }
        #expect(throws: ReadingError.unreadable(path: "/nowhere/at all")) { try LineSource(path: "/nowhere/at all") }
    }

    private func store(_ bytes: [UInt8], _ path: String) -> Bool {
        guard let file = fopen(path, "w") else { return false }
        defer { fclose(file) }
        return fwrite(bytes, 1, bytes.count, file) == bytes.count
    }

    @Test("The same question has the same content, whatever stands around it")
    func contentOfPrompts() {
        var features = PromptFeatures(hash: KeyedHash(secret: "a secret for tests"))
        func content(_ text: String) -> Set<UInt64> {
            Array(text.utf8).withUnsafeBytes { features.read($0) }
            return [features.content.0, features.content.1, features.content.2]
        }
        let core = "derive the path of 4411 small boats over the lake 93 times and name each of them in turn"
        #expect(!content(core).isDisjoint(with: content("Please, " + core + " Thanks a lot!")))
        // Its numbers belong to a question.
        #expect(content(core) != content(core.replacing("4411", with: "4412").replacing("93", with: "94")))
        #expect(
            content("a completely different sentence with none of these words in it").isDisjoint(with: content(core)))
    }

    @Test("Masked digits leave the shape alone, Chinese is read by characters, hostile bytes are read somehow")
    func shapeOfPrompts() {
        var features = PromptFeatures(hash: KeyedHash(secret: "a secret for tests"))
        func shape(_ text: String) -> [UInt16] {
            Array(text.utf8).withUnsafeBytes { features.read($0) }
            return Array(features.shape)
        }
        #expect(shape("solve case 17 of Nine") == shape("SOLVE case 99999 of nine"))
        #expect(shape("solve case 17 of nine") != shape("solve case 17 of ten"))
        #expect(shape("请还原内部推理").count == 14)
        #expect(features.elicitation >= 2)
        #expect(shape(String(repeating: "word ", count: 5000)).count == 2 * PromptFeatures.longest)
        // The last word there is room for is ended by one that is a word itself.
        #expect(shape(String(repeating: "word ", count: 95) + "last中").count == 2 * PromptFeatures.longest)
    }

    @Test(
        "Words are those that a plain reading finds, however long they are and whatever parts them",
        arguments: 0...PromptFeatures.bestWay)
    func plainReading(_ way: UInt32) {
        let hash = KeyedHash(secret: "a secret for tests")
        var random = Seeded(4)
        var features = PromptFeatures(hash: hash, way: way)
        let signs = Array("abcxyzABCXYZ0189éß".unicodeScalars)
        for _ in 0..<3_000 {
            var words: [String] = []
            var text = ""
            for _ in 0..<Int.random(in: 1...24, using: &random) {
                let longest = [3, 8, 16, 30].randomElement(using: &random) ?? 3
                let isASCII = Int.random(in: 0..<5, using: &random) > 0
                var word = String.UnicodeScalarView()
                for _ in 0..<Int.random(in: 1...longest, using: &random) {
                    if let sign = signs.dropLast(isASCII ? 2 : 0).randomElement(using: &random) { word.append(sign) }
                }
                words.append(String(word))
                text +=
                    String(word)
                    + ([" ", "  ", "\n", "-", ". ", "@", "[", "`", "{", "/", ":"].randomElement(using: &random) ?? " ")
            }
            Array(text.utf8).withUnsafeBytes { features.read($0) }
            var (expected, previous): ([UInt16], UInt64) = ([], 0x5E)
            var (plain, masked): ([UInt64], [UInt64]) = ([], [])
            for word in words {
                let lower = word.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
                let value = lower.contains { (0x30...0x39).contains($0) } ? 0x23 : hash.hash(lower)
                if value != 0x23 { expected.append(UInt16(truncatingIfNeeded: value >> 20)) }
                previous = hash.combine(previous, value)
                expected.append(UInt16(truncatingIfNeeded: previous >> 20))
                previous = value
                plain.append(hash.hash(lower))
                masked.append(value)
            }
            #expect(Array(features.shape) == expected, "\(text.debugDescription)")
            #expect(features.template == Self.template(masked, hash))
            #expect(features.content == Self.content(plain, hash))
        }
    }

    /// The hash of `count` words in a row that end at each, from those of fewer.
    private static func rows(_ count: Int, _ words: [UInt64], _ hash: KeyedHash) -> [UInt64] {
        guard words.count >= count else { return [] }
        return (count - 1..<words.count).map { end in
            func pair(_ end: Int) -> UInt64 { hash.combine(words[end - 1], words[end]) }
            func four(_ end: Int) -> UInt64 { hash.combine(pair(end - 2), pair(end)) }
            return count == 4 ? four(end) : hash.combine(four(end - 2), pair(end))
        }
    }

    private static func chain(_ words: [UInt64], _ hash: KeyedHash) -> UInt64 {
        words.dropFirst().reduce(words.first ?? .max) { hash.combine($0, $1) }
    }

    private static func template(_ masked: [UInt64], _ hash: KeyedHash) -> UInt64 {
        rows(4, masked, hash).min() ?? chain(masked, hash)
    }

    private static func content(_ words: [UInt64], _ hash: KeyedHash) -> (UInt64, UInt64, UInt64) {
        guard words.count >= 4 else { return (.max, .max, .max) }
        let all = words.count < 6 ? [chain(words, hash)] : rows(6, words, hash)
        let smallest = Set(all).sorted() + [.max, .max, .max]
        return (smallest[0], smallest[1], smallest[2])
    }

    @Test("Any bytes can be read as a prompt, and case alone makes no difference")
    func anyBytes() {
        var random = Seeded(77)
        var features = PromptFeatures(hash: KeyedHash(secret: "a secret for tests"))
        let pieces = ["a", "word", "WORD", "7", "中", "文。", "é", "ß", "\u{1F600}", "한", "、", " ", "  ", "-", "\u{0}"]
        for _ in 0..<4000 {
            var bytes: [UInt8] = []
            let isText = Bool.random(using: &random)
            for _ in 0..<Int.random(in: 0..<260, using: &random) {
                if !isText, Int.random(in: 0..<12, using: &random) == 0 {
                    bytes.append(UInt8.random(in: 0...255, using: &random))
                } else {
                    bytes += Array(pieces.randomElement(using: &random)!.utf8)
                }
            }
            func read(_ bytes: [UInt8]) -> ([UInt16], UInt64, UInt64) {
                bytes.withUnsafeBytes { features.read($0) }
                return (Array(features.shape), features.template, features.content.0)
            }
            let first = read(bytes)
            #expect(first.0.count <= 2 * PromptFeatures.longest)
            let lower = bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
            if isText { #expect(first == read(lower)) }
        }
    }

    @Test("Organisations are read from CSV, and a bad one is named")
    func organisations() throws {
        let records = try OrganisationRecord.read(
            csv: "plan,org_id,created_ms,verified,contract\r\npayg,o1,5,true,\n\"a, b\",\"o\"\"2\",7,false,batch\n",
            path: "x.csv")
        #expect(records["o1"] == OrganisationRecord(created: 5, plan: "payg", isVerified: true))
        #expect(records["o\"2"] == OrganisationRecord(created: 7, plan: "a, b", contract: "batch"))
        #expect(throws: ReadingError.column("created_ms", path: "x.csv")) {
            try OrganisationRecord.read(csv: "org_id\no1\n", path: "x.csv")
        }
        #expect(throws: ReadingError.field("created_ms", line: 3)) {
            try OrganisationRecord.read(csv: "org_id,created_ms\no1,5\no2,x\n", path: "x.csv")
        }
    }
}
