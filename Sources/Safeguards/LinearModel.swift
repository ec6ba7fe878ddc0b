public import Text

/// A linear multi-label model over hashed n-grams, as one immutable file.
///
/// The file, little-endian: `SLUICEL1`, header length, rows, windows, ballast, scales and biases of the eight labels,
/// the score curve, the threshold tables, the lexicon, a note as UTF-8; then eight Int8 weights for each row.
public final class LinearModel: @unchecked Sendable {
    // Safe to share: the table is written in init only.
    let weights: UnsafeMutablePointer<SIMD8<Int8>>
    /// Of each row the first weight again: an eighth of the memory, for the label that every word is scored by.
    let firstWeights: UnsafeMutablePointer<Int8>
    /// Everything of the file but the weights.
    let header: ModelHeader
    /// SHA-256 of the file.
    public let hash: [UInt8]
    /// The words the reader believes in.
    public let lexicon: Lexicon

    /// What the trainer noted: recipe, seed, texts, figures.
    public var note: String { header.note }

    /// Reads a model file.
    ///
    /// - Parameters:
    ///   - file: The whole file.
    ///   - hash: Its SHA-256, computed by the caller; kept for the records.
    /// - Throws: `SafeguardError` for anything but a complete, valid file.
    public init(file: some RandomAccessCollection<UInt8>, hash: [UInt8]) throws(SafeguardError) {
        header = try ModelHeader(Array(file.prefix(ModelHeader.most)))
        let start = header.byteCount
        let expected = start + header.rows * 8
        guard file.count == expected else { throw .wrongLength(expected: expected, found: file.count) }
        self.hash = hash
        lexicon = Lexicon(bits: header.lexicon)
        weights = .allocate(capacity: header.rows)
        let raw = UnsafeMutableRawBufferPointer(start: weights, count: header.rows * 8)
        raw.copyBytes(from: file.dropFirst(start))
        firstWeights = .allocate(capacity: header.rows)
        for row in 0..<header.rows { (firstWeights + row).initialize(to: weights[row][0]) }
    }

    deinit {
        weights.deallocate()
        firstWeights.deallocate()
    }

    /// The probability-like score, 0…1, of a score before calibration.
    public func calibrated(_ raw: Float) -> Float { header.curve.value(raw) }

    /// The raw score above which a text crosses a budget: the share of ordinary texts that may, under this label.
    func threshold(_ label: HarmLabel, _ side: Side, budget: Double) -> Float {
        (side == .request ? header.requestThresholds : header.answerThresholds)[label.rawValue].threshold(budget)
    }
}

/// Which side of an exchange a text stands on.
public enum Side: Sendable { case request, answer }
