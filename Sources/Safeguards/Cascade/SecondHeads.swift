import Encoder

/// Heads behind the second encoder, how they join the sum, and where decisions fall then: one small immutable file.
///
/// The file, little-endian: `SLUICEB1`, SHA-256 of the second encoder, of the heads and of the first stage whose sum it was set
/// with; members and the widths of their two layers; the numbers of `Fusion`, the threshold table of requests; of each number of
/// an embedding its mean and its spread; a note; then the weights, the upper halves of their 32 bits.
public final class SecondHeads: Sendable {
    static let magic = Array("SLUICEB1".utf8)

    /// SHA-256 of the encoder's file that the heads were trained with; no other one fits.
    public let encoderHash: [UInt8]
    /// SHA-256 of the second stage's heads whose sum the thresholds were set with.
    public let headsHash: [UInt8]
    /// SHA-256 of the first stage's file that thresholds were set with.
    public let linearHash: [UInt8]
    /// SHA-256 of the file.
    public let hash: [UInt8]
    /// What the trainer noted.
    public let note: String
    let members: [Head]
    let fusion: Fusion
    let scaling: Scaling

    /// How the second encoder's raw score joins the sum of the first two.
    struct Fusion: Sendable, Equatable {
        /// The sum above which the second encoder is asked.
        var line: Float = 0
        /// What its raw score weighs where the first encoder can read, and where it can't.
        var weight: Float = 1
        var foreignWeight: Float = 1
        /// What is added to its raw score first, in either case: so that as many ordinary texts stay above the old 1 % as before.
        var offset: Float = 0
        var foreignOffset: Float = 0
        /// How much higher the thresholds of Chinese texts are.
        var chineseOffset: Float = 0
        /// Sums that shares of ordinary texts exceed, under all labels together.
        var requests = ThresholdTable()

        /// The sum with the second encoder.
        ///
        /// - Parameters:
        ///   - sum: That of stage 1 and the first encoder.
        ///   - own: The second encoder's raw score.
        ///   - isWhole: Whether it read every piece; what it has not read it cannot clear.
        func sum(_ sum: Float, _ own: Float, isForeign: Bool, isWhole: Bool) -> Float {
            let weight = isForeign ? foreignWeight : weight
            let joined = sum + weight * (own + (isForeign ? foreignOffset : offset))
            // Whatever was asked about ranks above whatever was not.
            return isWhole ? (isForeign ? joined : max(line, joined)) : max(sum, joined)
        }
    }

    /// Takes mean and spread out of embeddings: those of this encoder point nearly the same way.
    struct Scaling: Sendable, Equatable {
        var means: [Float]
        var spreads: [Float]

        /// Writes an embedding as heads take it, with zeros behind.
        func apply(_ embedding: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>) {
            out.update(repeating: 0, count: HeadShape.input)
            for index in means.indices {
                out[index] = (embedding[index] - means[index]) / (spreads[index] * HeadShape.scale)
            }
        }
    }

    init(
        members: [Head], fusion: Fusion, scaling: Scaling, encoderHash: [UInt8], headsHash: [UInt8],
        linearHash: [UInt8], note: String
    ) {
        (self.members, self.fusion, self.scaling, self.note) = (members, fusion, scaling, note)
        (self.encoderHash, self.headsHash, self.linearHash, hash) = (encoderHash, headsHash, linearHash, [])
    }

    /// Reads a file of heads.
    ///
    /// - Parameters:
    ///   - file: The whole file.
    ///   - hash: Its SHA-256, computed by the caller; kept for the records.
    /// - Throws: `SafeguardError` for anything but a complete, valid file.
    public init(file: [UInt8], hash: [UInt8]) throws(SafeguardError) {
        var reader = FieldReader(file)
        guard reader.bytes(8) == Self.magic else {
            throw .notAModel(
                found: String(decoding: file.prefix(8).map { $0 < 0x7F && $0 > 0x1F ? $0 : 0x3F }, as: UTF8.self))
        }
        guard let encoder = reader.bytes(32), let heads = reader.bytes(32), let linear = reader.bytes(32) else {
            throw .badField("hashes")
        }
        (encoderHash, headsHash, linearHash, self.hash) = (encoder, heads, linear, hash)
        let count = try reader.int("members", 1...8)
        var shape = HeadShape()
        shape.first = try reader.int("first layer", 32...1024)
        shape.second = try reader.int("second layer", 32...1024)
        guard shape.first % 32 == 0, shape.second % 32 == 0 else { throw .badField("layers") }
        var fusion = Fusion()
        fusion.line = try reader.float("line", -1e6...1e6)
        fusion.weight = try reader.float("weight", 0...16)
        fusion.foreignWeight = try reader.float("foreign weight", 0...16)
        fusion.offset = try reader.float("offset", -1e3...1e3)
        fusion.foreignOffset = try reader.float("foreign offset", -1e3...1e3)
        fusion.chineseOffset = try reader.float("offset of Chinese", 0...1e3)
        fusion.requests = try ThresholdTable(&reader, "request thresholds")
        self.fusion = fusion
        let width = TransformerEncoder.width
        let scaling = Scaling(
            means: try reader.floats("means", width...width), spreads: try reader.floats("spreads", width...width))
        guard scaling.spreads.allSatisfy({ $0 >= 1e-6 && $0 <= 1e3 }), scaling.means.allSatisfy({ abs($0) <= 1e3 })
        else { throw .badField("spreads") }
        self.scaling = scaling
        note = String(decoding: try reader.counted("note", limit: 1 << 16), as: UTF8.self)
        let kept = Self.kept(shape)
        let expected = reader.offset + count * kept.count * 2
        guard file.count == expected else { throw .wrongLength(expected: expected, found: file.count) }
        var at = reader.offset
        members = (0..<count).map { _ in
            var values = [Float](repeating: 0, count: shape.count)
            for index in kept {
                values[index] = Float(bitPattern: (UInt32(file[at]) | UInt32(file[at + 1]) << 8) << 16)
                at += 2
            }
            return Head(shape, values)
        }
        guard members.allSatisfy(\.isFinite) else { throw .badField("weights") }
    }

    /// The weights of a head that a file holds: an embedding here has fewer numbers than a head takes, and the rest are zeros.
    private static func kept(_ shape: HeadShape) -> [Int] {
        let used = TransformerEncoder.width * shape.first
        return Array(0..<used) + Array(shape.offsets[1]..<shape.count)
    }

    /// The heads as a file.
    func encoded() -> [UInt8] {
        var writer = FieldWriter()
        writer.bytes += Self.magic + encoderHash + headsHash + linearHash
        let shape = members.first?.shape ?? HeadShape()
        [members.count, shape.first, shape.second].forEach { writer.int($0) }
        [
            fusion.line, fusion.weight, fusion.foreignWeight, fusion.offset, fusion.foreignOffset, fusion.chineseOffset,
        ].forEach { writer.float($0) }
        writer.floats(fusion.requests.budgets)
        writer.floats(fusion.requests.scores)
        writer.floats(scaling.means)
        writer.floats(scaling.spreads)
        writer.counted(Array(note.utf8))
        let kept = Self.kept(shape)
        for head in members {
            for index in kept {
                let half = Head.half(head.weights[index])
                writer.bytes.append(UInt8(truncatingIfNeeded: half))
                writer.bytes.append(UInt8(truncatingIfNeeded: half >> 8))
            }
        }
        return writer.bytes
    }
}
