import Foundation
import NIOCore
import Testing

@testable import Dialects

@Suite("JSON")
struct JSONTests {
    private func fault(_ text: [UInt8], lenient: Bool = false) -> JSONFault? {
        var tape = JSONTape()
        return text.withUnsafeBytes { bytes in
            do throws(JSONFault) {
                try tape.scan(bytes, acceptsLoneSurrogates: lenient)
                return nil
            } catch { return error }
        }
    }

    @Test(
        "What the grammar has is taken",
        arguments: [
            "0", "-0", "1.5e+10", "-12E-3", "\"\"", "true", " null ", "[]", "{}", "[[],{}]",
            "{\"a\":[1,2,{\"b\":null}]}",
            "\"\\u0000\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\\"\\\\\"", "\"é中😀\"", "\t\r\n [ 1 , 2 ] ", "{\"\":1}",
            "\"\u{7F}\"", "1e999",
        ])
    func takesValid(_ text: String) { #expect(fault(Array(text.utf8)) == nil) }

    @Test(
        "What the grammar lacks is refused, at its byte",
        arguments: [
            ("", .unexpectedEnd, 0), ("[", .unexpectedEnd, 1), ("[1", .unexpectedEnd, 2), ("{\"a\"", .unexpectedEnd, 4),
            ("{\"a\":", .unexpectedEnd, 5), ("\"a", .unexpectedEnd, 2), ("\"\\", .unexpectedEnd, 2),
            ("tru", .unexpectedEnd, 3),
            ("[1,]", .unexpectedByte, 3), ("{\"a\":1,}", .unexpectedByte, 7), ("{,}", .unexpectedByte, 1),
            ("[1}", .unexpectedByte, 2), ("{\"a\":1]", .unexpectedByte, 6), ("{1:2}", .unexpectedByte, 1),
            ("nul1", .unexpectedByte, 3), ("'a'", .unexpectedByte, 0), ("NaN", .unexpectedByte, 0),
            ("// x\n1", .unexpectedByte, 0), ("]", .unexpectedByte, 0), ("[1 2]", .unexpectedByte, 3),
            ("01", .badNumber, 1), ("1.", .unexpectedEnd, 2), ("-", .unexpectedEnd, 1), ("1.e3", .badNumber, 2),
            ("+1", .unexpectedByte, 0), (".5", .unexpectedByte, 0), ("1e", .unexpectedEnd, 2), ("-a", .badNumber, 1),
            ("1 1", .trailingBytes, 2), ("{}x", .trailingBytes, 2), ("1]", .trailingBytes, 1),
            ("truex", .trailingBytes, 4),
            ("\"\\x\"", .badEscape, 1), ("\"\\u12\"", .badEscape, 1), ("\"\\u12G4\"", .badEscape, 1),
            ("\"\n\"", .controlCharacter, 1), ("\"a\u{1}\"", .controlCharacter, 2),
            ("\"\\ud800\"", .loneSurrogate, 1), ("\"\\udc00\"", .loneSurrogate, 1),
            ("\"\\ud800\\ud800\"", .loneSurrogate, 1),
            ("\"\\ud83dx\"", .loneSurrogate, 1),
        ] as [(String, JSONFault.Kind, Int)])
    func refusesInvalid(_ text: String, _ kind: JSONFault.Kind, _ offset: Int) {
        #expect(fault(Array(text.utf8)) == JSONFault(kind: kind, offset: offset))
    }

    @Test(
        "Only well-formed UTF-8 is taken",
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE4, 0xB8], [0xC3],
        ] as [[UInt8]])
    func refusesBadUTF8(_ bytes: [UInt8]) {
        #expect(fault([0x22] + bytes + [0x22]) == JSONFault(kind: .badUTF8, offset: 1))
        #expect(fault([0x22] + Array("plain ascii".utf8) + bytes + [0x22])?.kind == .badUTF8)
        #expect(fault([0x22] + bytes) != nil)
    }

    @Test("Every scalar is validated as the standard library does")
    func validatesEveryScalar() {
        for value in UInt32(0x80)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let bytes = Array(String(scalar).utf8)
            let length = bytes.withUnsafeBytes { UTF8Sequence.length($0, at: 0) }
            if length != bytes.count {
                Issue.record("U+\(String(value, radix: 16)) has length \(length ?? 0)")
                return
            }
        }
    }

    @Test("Long texts in characters of three bytes are validated as the standard library does, one wrong byte anywhere")
    func validatesWideRuns() {
        let edges = "\u{800}\u{FFF}\u{1000}\u{CFFF}\u{D000}\u{D7FF}\u{E000}\u{FFFD}水闸管理员，。한글かな"
        let runs = [
            String(repeating: "水", count: 40), String(repeating: edges, count: 4),
            "a" + String(repeating: "闸", count: 33) + "é" + String(repeating: "理", count: 9) + "😀水",
        ]
        for run in runs {
            let bytes = Array(run.utf8)
            #expect(fault([0x22] + bytes + [0x22]) == nil)
            for place in bytes.indices {
                for byte: UInt8 in [0x41, 0x7F, 0x80, 0x9F, 0xA0, 0xBF, 0xC0, 0xE0, 0xE1, 0xED, 0xEE, 0xEF, 0xF0, 0xFF]
                {
                    var changed = bytes
                    changed[place] = byte
                    let isValid = String(validating: changed, as: UTF8.self) != nil
                    if (fault([0x22] + changed + [0x22]) == nil) != isValid {
                        Issue.record("byte \(byte) at \(place) of \(run)")
                        return
                    }
                }
            }
        }
    }

    @Test("Nesting is bounded at 128", arguments: [("[", "]"), ("{\"a\":", "}")])
    func boundsNesting(_ open: String, _ close: String) {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
        }
        #expect(fault(nested(128)) == nil)
        #expect(fault(nested(129))?.kind == .tooDeep)
        #expect(fault(nested(100_000))?.kind == .tooDeep)
    }

    @Test("The number of values is bounded")
    func boundsValues() {
        func list(_ count: Int) -> [UInt8] { Array(("[" + String(repeating: "1,", count: count - 1) + "1]").utf8) }
        #expect(fault(list(JSONTape.maximumTokens - 1)) == nil)
        #expect(fault(list(JSONTape.maximumTokens))?.kind == .tooManyValues)
    }

    @Test(
        "A key that occurs twice is named, however it is spelled",
        arguments: [
            ("{\"a\":1,\"a\":2}", "a", 7), ("{\"a\":1,\"\\u0061\":2}", "a", 7),
            ("[{\"b\":{\"x\":0,\"y\":0,\"x\":0}}]", "x", 19),
            ("{\"é\":1,\"\\u00e9\":2}", "é", 8),
        ])
    func namesDuplicates(_ text: String, _ key: String, _ offset: Int) {
        #expect(fault(Array(text.utf8)) == JSONFault(kind: .duplicateKey(key), offset: offset))
    }

    @Test("Duplicates are found in large objects, and none where there are none", arguments: [2, 16, 17, 500, 5000])
    func findsDuplicatesInLargeObjects(_ count: Int) {
        let members = (0..<count).map { "\"key\($0)\":\($0)" }
        #expect(fault(Array("{\(members.joined(separator: ","))}".utf8)) == nil)
        let twice = members + ["\"key\(count / 2)\":0"]
        #expect(fault(Array("{\(twice.joined(separator: ","))}".utf8))?.kind == .duplicateKey("key\(count / 2)"))
    }

    @Test("Strings are unescaped as Foundation unescapes them")
    func unescapesAsTheOracle() throws {
        var random = SeededGenerator(7)
        let bits = [
            "a", "é", "中", "😀", "\\n", "\\\"", "\\\\", "\\u0041", "\\u4e2d", "\\ud83d\\ude00", "\\/", "\\t", "\\u0000",
            " ",
        ]
        for _ in 0..<3000 {
            let literal =
                "[\""
                + (0..<Int.random(in: 0...12, using: &random)).map { _ in bits.randomElement(using: &random) ?? "" }
                .joined() + "\"]"
            let oracle = try JSONSerialization.jsonObject(with: Data(literal.utf8)) as? [String]
            var tape = JSONTape()
            let data = buffer(literal)
            try data.withUnsafeReadableBytes { try tape.scan($0, acceptsLoneSurrogates: false) }
            let text = JSONView.read(data, tape.tokens) { $0.text(1).text }
            #expect(text == oracle?.first)
        }
    }

    @Test("What is written is read back", arguments: ["", "a\"b\\c", "\n\r\t\u{0}\u{1F}\u{7F}", "é中😀\u{2028}"])
    func writesWhatIsReadBack(_ text: String) throws {
        var writer = JSONWriter()
        writer.string(text)
        let back = try JSONSerialization.jsonObject(
            with: Data(writer.buffer.readableBytesView), options: .fragmentsAllowed)
        #expect(back as? String == text)
    }

    @Test("Bytes that are no UTF-8 are written as U+FFFD")
    func writesReplacements() {
        var writer = JSONWriter()
        writer.string(ByteBuffer(bytes: [0x61, 0xFF, 0xE4, 0xB8]))
        #expect(writer.buffer.text == "\"a\u{FFFD}\u{FFFD}\u{FFFD}\"")
    }

    @Test("Half a surrogate pair is read as U+FFFD where it is let through")
    func readsLoneSurrogates() throws {
        let data = buffer(#"["\ud83dx\udc00"]"#)
        var tape = JSONTape()
        try data.withUnsafeReadableBytes { try tape.scan($0, acceptsLoneSurrogates: true) }
        #expect(JSONView.read(data, tape.tokens) { $0.text(1).text } == "\u{FFFD}x\u{FFFD}")
    }

    @Test(
        "A place is rendered as a path",
        arguments: [
            (3, "a"), (4, "a[0]"), (5, "a[1]"), (7, "a[1].b"), (9, "c.d"),
        ])
    func rendersPaths(_ token: Int, _ path: String) throws {
        // Tokens: 0 object, 1 key a, 2 array, 3 number, 4 object, 5 key b, 6 string, 7 key c, 8 object, 9 key d, 10 null
        let data = buffer(#"{"a":[1,{"b":"x"}],"c":{"d":null}}"#)
        var tape = JSONTape()
        try data.withUnsafeReadableBytes { try tape.scan($0, acceptsLoneSurrogates: false) }
        let expected = [3: "a[0]", 4: "a[1]", 5: "a[1].b", 7: "c", 9: "c.d"]
        #expect(JSONView.read(data, tape.tokens) { $0.path(to: token) } == expected[token])
    }
}
