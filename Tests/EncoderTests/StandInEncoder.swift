import Foundation
import Testing

@testable import Encoder

/// An encoder's file with small tables and weights from a seed: no model, but all of its parts.
enum StandInEncoder {
    /// Pieces with their scores, as SentencePiece writes them (a leading `▁` stands for a space).
    static let pieces: [(text: String, score: Float)] = [
        ("<unk>", 0), ("<s>", 0), ("</s>", 0), ("▁", -3), ("▁the", -2), ("▁mill", -4), ("▁mi", -5), ("ll", -5),
        ("l", -6),
        ("m", -6), ("i", -6), ("▁river", -4), ("水", -5), ("河", -5), ("▁a", -3), ("b", -6), ("ab", -7),
    ]
    static let unknownScore: Float = -20

    static func bytes() -> [UInt8] {
        var state: UInt64 = 11
        func draw() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        func floats(_ count: Int, _ low: Float, _ high: Float) -> [UInt8] {
            little((0..<count).map { _ in low + (high - low) * Float(draw() % 4096) / 4096 })
        }
        func matrix(_ count: Int) -> [UInt8] {
            var out = [UInt8](repeating: 0, count: 2 * count)
            out.withUnsafeMutableBytes { bytes in
                let values = bytes.assumingMemoryBound(to: Int16.self)
                for index in 0..<count { values[index] = Int16(truncatingIfNeeded: draw() % 255) - 127 }
            }
            return out
        }
        var sections: [(String, [UInt8])] = [
            ("table", (0..<pieces.count * 512).map { _ in UInt8(draw() % 64) }),
            ("chunk.scale", floats(17, 0.1, 0.6)), ("chunk.low", floats(17, -19, -4)),
            ("projection", matrix(512 * 768)), ("projection.scale", floats(768, 0.005, 0.01)),
            ("projection.sum", floats(768, -500, 500)), ("projection.bias", floats(768, -3, 1)),
            ("branch.gain", floats(768, 0.1, 2)), ("branch.shift", floats(768, -2, 2)),
            ("feature.gain", floats(1280, 0.1, 2)), ("feature.shift", floats(1280, -0.1, 0.3)),
            ("pooled", matrix(1280 * 512)), ("pooled.bias", floats(512, -0.1, 0.1)),
            ("d0", matrix(512 * 320)), ("d1", matrix(320 * 320)), ("d2", matrix(320 * 512)), ("d3", matrix(512 * 512)),
            ("p1", matrix(512 * 320)), ("p3", matrix(320 * 512)),
            (
                "scales",
                little([0.02, 0.02, 0.01, 0.02, 0.02, 0.02, 0.001, 0.003, 0.01, 0.005, 0.005, 0.002, 0.005, 1e-12])
            ),
        ]
        sections += tokenizerSections
        for order in [2, 3, 5] {
            for stack in ["first", "second"] {
                sections.append(("\(stack).\(order)", matrix(order * 256 * 256)))
                sections.append(("\(stack).\(order).bias", floats(256, -0.4, 0.1)))
            }
        }
        return file(sections)
    }

    /// What the tokenizer reads.
    static var tokenizerSections: [(String, [UInt8])] {
        [
            ("pieces", trie()), ("replaced", [UInt8](repeating: 0, count: 1024)), ("replaced.text", [0]),
            ("unknown", little([unknownScore])),
        ]
    }

    static func little(_ values: [Float]) -> [UInt8] {
        values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
    }

    private static func number(_ value: Int, _ bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// Node n has its children from n * 256 + 1 on.
    private static func trie() -> [UInt8] {
        var children: [[UInt8: Int]] = [[:]]
        var ends: [Int: Int] = [:]
        for (id, piece) in pieces.enumerated().dropFirst(3) {
            var node = 0
            for byte in piece.text.utf8 {
                if let child = children[node][byte] {
                    node = child
                } else {
                    children.append([:])
                    children[node][byte] = children.count - 1
                    node = children.count - 1
                }
            }
            ends[node] = id
        }
        // A node's place in the file: that of its parent, times nothing: each family has 256 places of its own.
        var place = [0: 0]
        var nodes = [(base: Int, parent: Int, piece: Int, score: Float)](
            repeating: (0, -1, -1, 0), count: 1 + children.count * 256)
        for node in children.indices {
            guard let at = place[node] else { continue }
            nodes[at].base = 1 + node * 256
            if let id = ends[node] { (nodes[at].piece, nodes[at].score) = (id, pieces[id].score) }
            for (byte, child) in children[node] {
                place[child] = 1 + node * 256 + Int(byte)
                nodes[1 + node * 256 + Int(byte)].parent = at
            }
        }
        return nodes.flatMap { number($0.base, 4) + number($0.parent, 4) + number($0.piece, 4) + little([$0.score]) }
    }

    static func file(_ sections: [(String, [UInt8])]) -> [UInt8] {
        var offset = (16 + 32 * sections.count + 63) / 64 * 64
        var head = Array("SLUICEE1".utf8) + number(1, 4) + number(sections.count, 4)
        var body: [UInt8] = []
        let begin = offset
        for (name, bytes) in sections {
            head += (Array(name.utf8) + [UInt8](repeating: 0, count: 16)).prefix(16)
            head += number(offset, 8) + number(bytes.count, 8)
            body += bytes
            while body.count % 64 != 0 { body.append(0) }
            offset = begin + body.count
        }
        while head.count < begin { head.append(0) }
        return head + body
    }

    /// Writes bytes to a file that goes when `work` is done.
    @discardableResult
    static func withFile<Result>(_ bytes: [UInt8], _ work: (String) throws -> Result) throws -> Result {
        let path = FileManager.default.temporaryDirectory.appending(path: "encoder-\(UUID().uuidString)").path
        #expect(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try work(path)
    }

    /// The bytes, made once.
    static let shared = bytes()

    static func encoder(_ instructions: SentenceEncoder.InstructionSet? = nil) throws -> SentenceEncoder {
        try withFile(shared) {
            try SentenceEncoder(file: EncoderFile(path: $0), hash: [1], instructions: instructions)
        }
    }
}
