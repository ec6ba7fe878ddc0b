/// Trained heads, how they are summed with stage 1, and where decisions fall: one small immutable file.
///
/// The file, little-endian: `SLUICEH4`, SHA-256 of the encoder and of the first stage it was trained with, members,
/// widths of the two layers, the weight of stage 1, its score without stage 2, the offset of Chinese texts' thresholds, the lift of texts
/// in other scripts (files of the first version, `SLUICEH1`, lack it), the weight of stage 1 and the lift of what the encoder can't read
/// (`SLUICEH2` lacks them), the weight of stage 1 and the lift of Chinese texts (`SLUICEH3` lacks them), the raw scores of stage 1 above which stage 2 is asked, the score curve, the threshold tables of requests and
/// answers, a note; then the weights, the upper halves of their 32 bits.
public final class Heads: Sendable {
    static let magic = Array("SLUICEH4".utf8)
    /// What files of each version begin with, the oldest first.
    private static let magics = (1...4).map { Array("SLUICEH\($0)".utf8) }

    /// SHA-256 of the encoder's file that the heads were trained with; no other one fits.
    public let encoderHash: [UInt8]
    /// SHA-256 of the first stage's file that thresholds were set with.
    public let linearHash: [UInt8]
    /// SHA-256 of the file.
    public let hash: [UInt8]
    /// What the trainer noted: recipe, seed, texts, figures.
    public let note: String
    let members: [Head]
    let fusion: Fusion

    /// How raw scores become decisions.
    struct Fusion: Sendable, Equatable {
        /// What a raw score of stage 1 weighs against one of the heads.
        var linearWeight: Float = 1
        /// The raw score that stands in for the heads' where stage 2 was not asked.
        var screenedScore: Float = -6
        /// How much higher the thresholds of Chinese texts are.
        var chineseOffset: Float = 0
        /// What is added for a text in neither Latin letters nor Han characters: such ordinary texts score lower than others.
        var lift: Float = 0
        /// What a raw score of stage 1 weighs where the encoder can't read a text, and the heads are not heard; 0: they always are.
        var unreadWeight: Float = 0
        /// What is added to it there.
        var unreadLift: Float = 0
        /// What a raw score of stage 1 weighs in a Chinese text, of which it knows less.
        var chineseWeight: Float = 1
        /// What is added to the sum of a Chinese text.
        var chineseLift: Float = 0
        /// In the efficient profile, the raw scores of stage 1 above which stage 2 is asked, by `ScriptGroup`.
        var bands: [Float] = [0, 0, 0]
        var curve = ScoreCurve()
        /// Summed raw scores that shares of ordinary texts exceed, under all labels together.
        var requests = ThresholdTable()
        var answers = ThresholdTable()
    }

    init(
        members: [Head], fusion: Fusion, encoderHash: [UInt8], linearHash: [UInt8], hash: [UInt8], note: String
    ) {
        (self.members, self.fusion, self.note) = (members, fusion, note)
        (self.encoderHash, self.linearHash, self.hash) = (encoderHash, linearHash, hash)
    }

    /// Reads a file of heads.
    ///
    /// - Parameters:
    ///   - file: The whole file.
    ///   - hash: Its SHA-256, computed by the caller; kept for the records.
    /// - Throws: `SafeguardError` for anything but a complete, valid file.
    public init(file: [UInt8], hash: [UInt8]) throws(SafeguardError) {
        var reader = FieldReader(file)
        let magic = reader.bytes(8)
        guard let version = Self.magics.firstIndex(where: { $0 == magic }).map({ $0 + 1 }) else {
            throw .notAModel(
                found: String(decoding: file.prefix(8).map { $0 < 0x7F && $0 > 0x1F ? $0 : 0x3F }, as: UTF8.self))
        }
        guard let encoder = reader.bytes(32), let linear = reader.bytes(32) else { throw .badField("hashes") }
        (encoderHash, linearHash, self.hash) = (encoder, linear, hash)
        let count = try reader.int("members", 1...8)
        var shape = HeadShape()
        shape.first = try reader.int("first layer", 32...1024)
        shape.second = try reader.int("second layer", 32...1024)
        guard shape.first % 32 == 0, shape.second % 32 == 0 else { throw .badField("layers") }
        var fusion = Fusion()
        fusion.linearWeight = try reader.float("weight of stage 1", 0...16)
        fusion.screenedScore = try reader.float("screened score", -1e3...1e3)
        fusion.chineseOffset = try reader.float("offset of Chinese", 0...1e3)
        if version >= 2 { fusion.lift = try reader.float("lift", 0...1e3) }
        if version >= 3 {
            fusion.unreadWeight = try reader.float("weight of stage 1 alone", 0...16)
            fusion.unreadLift = try reader.float("lift of stage 1 alone", -1e3...1e3)
        }
        fusion.chineseWeight = fusion.linearWeight
        if version >= 4 {
            fusion.chineseWeight = try reader.float("weight of stage 1 in Chinese", 0...16)
            fusion.chineseLift = try reader.float("lift of Chinese", -1e3...1e3)
        }
        for group in ScriptGroup.allCases { fusion.bands[group.rawValue] = try reader.float("band", -1e6...1e6) }
        fusion.curve.points = try reader.floats("score curve", 2...1024)
        fusion.curve.low = try reader.float("score curve", -1e6...1e6)
        fusion.curve.high = try reader.float("score curve", -1e6...1e6)
        guard fusion.curve.low < fusion.curve.high, fusion.curve.points.allSatisfy({ 0...1 ~= $0 }) else {
            throw .badField("score curve")
        }
        fusion.requests = try ThresholdTable(&reader, "request thresholds")
        fusion.answers = try ThresholdTable(&reader, "answer thresholds")
        self.fusion = fusion
        note = String(decoding: try reader.counted("note", limit: 1 << 16), as: UTF8.self)
        let expected = reader.offset + count * shape.count * 2
        guard file.count == expected else { throw .wrongLength(expected: expected, found: file.count) }
        var at = reader.offset
        members = (0..<count).map { _ in
            let values = (0..<shape.count).map { index in
                let half = UInt32(file[at + 2 * index]) | UInt32(file[at + 2 * index + 1]) << 8
                return Float(bitPattern: half << 16)
            }
            at += shape.count * 2
            return Head(shape, values)
        }
        guard members.allSatisfy(\.isFinite) else { throw .badField("weights") }
    }

    /// The heads as a file.
    func encoded() -> [UInt8] {
        var writer = FieldWriter()
        writer.bytes += Self.magic + encoderHash + linearHash
        let shape = members.first?.shape ?? HeadShape()
        [members.count, shape.first, shape.second].forEach { writer.int($0) }
        [fusion.linearWeight, fusion.screenedScore, fusion.chineseOffset, fusion.lift].forEach { writer.float($0) }
        [fusion.unreadWeight, fusion.unreadLift, fusion.chineseWeight, fusion.chineseLift].forEach { writer.float($0) }
        fusion.bands.forEach { writer.float($0) }
        writer.floats(fusion.curve.points)
        writer.float(fusion.curve.low)
        writer.float(fusion.curve.high)
        for table in [fusion.requests, fusion.answers] {
            writer.floats(table.budgets)
            writer.floats(table.scores)
        }
        writer.counted(Array(note.utf8))
        for head in members {
            for index in 0..<shape.count {
                let half = Head.half(head.weights[index])
                writer.bytes.append(UInt8(truncatingIfNeeded: half))
                writer.bytes.append(UInt8(truncatingIfNeeded: half >> 8))
            }
        }
        return writer.bytes
    }
}

extension Head {
    /// The upper half of a number's bits, rounded to the nearest, ties to even.
    static func half(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }

    /// The same head with its weights as a file keeps them.
    var rounded: Head {
        Head(shape, (0..<shape.count).map { Float(bitPattern: UInt32(Self.half(weights[$0])) << 16) })
    }

    var isFinite: Bool { (0..<shape.count).allSatisfy { weights[$0].isFinite } }
}

extension ScoreCurve {
    /// The raw score of a score, 0…1: the lowest that the curve takes there.
    func raw(_ value: Float) -> Float {
        guard let last = points.last, value < last else { return high }
        guard let first = points.first, value > first else { return low }
        var (below, above) = (0, points.count - 1)
        while above - below > 1 {
            let middle = (below + above) / 2
            if points[middle] < value { below = middle } else { above = middle }
        }
        let rise = points[above] - points[below]
        let place = Float(below) + (rise > 0 ? (value - points[below]) / rise : 0)
        return low + (high - low) * place / Float(points.count - 1)
    }
}
