/// All of a model file but its weights.
struct ModelHeader: Sendable, Equatable {
    static let magic = Array("SLUICEL1".utf8)
    /// How many bytes a header has at most.
    static let most = 1 << 20

    var rows = 1
    /// Units in the short and the long window.
    var windows = [24, 96]
    var ballast: Float = 30
    /// What one step of a weight is worth, for each label; and what each label starts from.
    var scales = [Float](repeating: 1, count: 8)
    var biases = [Float](repeating: 0, count: 8)
    var curve = ScoreCurve()
    /// For each label (the first and the last are not used), for requests and for answers.
    var requestThresholds = [ThresholdTable](repeating: ThresholdTable(), count: 8)
    var answerThresholds = [ThresholdTable](repeating: ThresholdTable(), count: 8)
    var lexicon: [UInt8] = []
    var note = ""
    /// Bytes before the weights.
    var byteCount = 0

    init() {}

    /// Reads and checks the start of a model file.
    init(_ file: [UInt8]) throws(SafeguardError) {
        var reader = FieldReader(file)
        guard reader.bytes(8) == Self.magic else {
            throw .notAModel(
                found: String(decoding: file.prefix(8).map { $0 < 0x7F && $0 > 0x1F ? $0 : 0x3F }, as: UTF8.self))
        }
        byteCount = try reader.int("header length", 16...Self.most)
        rows = try reader.int("rows", 1...WordTrail.mostRows)
        windows = [try reader.int("short window", 1...32), try reader.int("long window", 8...128)]
        ballast = try reader.float("ballast", 0...1e6)
        for label in 0..<8 { scales[label] = try reader.float("scale", 0...1e6) }
        for label in 0..<8 { biases[label] = try reader.float("bias", -1e6...1e6) }
        curve.points = try reader.floats("score curve", 2...256)
        curve.low = try reader.float("score curve", -1e6...1e6)
        curve.high = try reader.float("score curve", -1e6...1e6)
        guard curve.low < curve.high, curve.points.allSatisfy({ 0...1 ~= $0 }) else { throw .badField("score curve") }
        for label in 0..<8 { requestThresholds[label] = try ThresholdTable(&reader, "request thresholds") }
        for label in 0..<8 { answerThresholds[label] = try ThresholdTable(&reader, "answer thresholds") }
        lexicon = try reader.counted("lexicon", limit: 1 << 19)
        note = String(decoding: try reader.counted("note", limit: 1 << 16), as: UTF8.self)
        guard reader.offset <= byteCount, byteCount % 8 == 0 else { throw .badField("header length") }
    }

    /// The header as it stands in the file, padded to a multiple of 64 bytes.
    func encoded() -> [UInt8] {
        var writer = FieldWriter()
        writer.bytes += Self.magic
        writer.int(0)
        writer.int(rows)
        windows.forEach { writer.int($0) }
        writer.float(ballast)
        (scales + biases).forEach { writer.float($0) }
        writer.floats(curve.points)
        writer.float(curve.low)
        writer.float(curve.high)
        for table in requestThresholds + answerThresholds {
            writer.floats(table.budgets)
            writer.floats(table.scores)
        }
        writer.counted(lexicon)
        writer.counted(Array(note.utf8))
        while writer.bytes.count % 64 != 0 { writer.bytes.append(0) }
        for (index, byte) in FieldWriter.little(UInt32(truncatingIfNeeded: writer.bytes.count)).enumerated() {
            writer.bytes[8 + index] = byte
        }
        return writer.bytes
    }
}

/// The way from a raw score to 0…1: straight lines between evenly spaced points.
struct ScoreCurve: Sendable, Equatable {
    var low: Float = -8
    var high: Float = 8
    var points: [Float] = [0, 1]

    /// The score, 0…1, of a raw score; no libm, so the same everywhere.
    func value(_ raw: Float) -> Float {
        guard raw > low else { return points.first ?? 0 }
        guard raw < high else { return points.last ?? 1 }
        let place = (raw - low) / (high - low) * Float(points.count - 1)
        let index = min(points.count - 2, Int(place))
        return points[index] + (points[index + 1] - points[index]) * (place - Float(index))
    }
}

/// Raw scores that shares of ordinary texts exceed, from the largest budget to the smallest.
struct ThresholdTable: Sendable, Equatable {
    var budgets: [Float] = [0.05]
    var scores: [Float] = [0]

    init() {}

    init(budgets: [Float], scores: [Float]) {
        (self.budgets, self.scores) = (budgets, scores)
    }

    init(_ reader: inout FieldReader, _ name: String) throws(SafeguardError) {
        budgets = try reader.floats(name, 1...64)
        scores = try reader.floats(name, 1...64)
        let falling = zip(budgets, budgets.dropFirst()).allSatisfy { $0 > $1 }
        let rising = zip(scores, scores.dropFirst()).allSatisfy { $0 <= $1 }
        guard budgets.count == scores.count, falling, rising, budgets.allSatisfy({ 0...1 ~= $0 }) else {
            throw .badField(name)
        }
    }

    /// The score of the largest budget in the table that isn't above this one; past the table, of the smallest.
    func threshold(_ budget: Double) -> Float {
        for (index, known) in budgets.enumerated() where Double(known) <= budget * 1.000_001 { return scores[index] }
        return scores.last ?? .infinity
    }
}
