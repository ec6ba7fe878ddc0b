import CEncoder

/// Universal Sentence Encoder (multilingual, version 3): a text's meaning as 512 numbers, in sixteen languages.
///
/// Embeddings of single pieces, three stacks of convolutions over 2, 3 and 5 pieces, a mean, and a few dense layers.
/// The same tokens give the same bits on every machine (see `InstructionSet`).
/// - SeeAlso: Yang et al., Multilingual Universal Sentence Encoder for Semantic Retrieval (2019).
public final class SentenceEncoder: @unchecked Sendable {
    // Safe to share: everything is read-only after init.
    /// Numbers in an embedding.
    public static let width = SLUICE_EMBEDDING
    /// The most pieces that one sequence holds, without its begin and end.
    public static let longestSequence = SLUICE_MOST_TOKENS - 2
    /// The most ranges that are pooled at once.
    public static let mostRanges = SLUICE_MOST_RANGES

    /// SHA-256 of the file.
    public let hash: [UInt8]
    let tokenizer: Tokenizer
    private let file: EncoderFile
    private var weights: sluice_encoder
    private let level: sluice_level

    /// Which instructions the matrices are multiplied with; all give the same bits.
    public enum InstructionSet: UInt32, Sendable, CaseIterable {
        case plain = 0, sse2, avx2, avx512

        /// Those that this machine has.
        public static var available: [InstructionSet] {
            allCases.filter { $0.rawValue <= sluice_best_level().rawValue }
        }
    }

    /// Finds everything in its file.
    ///
    /// - Parameters:
    ///   - file: Mapped; it stays so while the encoder lives.
    ///   - hash: SHA-256 of the file, computed by the caller; kept for the records.
    ///   - instructions: The best that the machine has, if none are named.
    /// - Throws: `EncoderError.badSection` for a file that is not complete.
    public init(file: EncoderFile, hash: [UInt8], instructions: InstructionSet? = nil) throws(EncoderError) {
        (self.file, self.hash) = (file, hash)
        tokenizer = try Tokenizer(file)
        weights = try Self.weights(file)
        let best = sluice_best_level()
        level = instructions.map { sluice_level(min($0.rawValue, best.rawValue)) } ?? best
    }

    /// Cuts a text into pieces; `space.tokens` holds them until the next call.
    ///
    /// - Parameters:
    ///   - utf8: The text; ill-formed bytes are read as U+FFFD.
    ///   - limit: No more bytes of it are read.
    /// - Returns: How many pieces.
    public func tokenize(_ utf8: UnsafeBufferPointer<UInt8>, limit: Int = 1 << 16, in space: EncoderSpace) -> Int {
        tokenizer.run(UnsafeBufferPointer(rebasing: utf8.prefix(max(0, limit))), space)
        return space.count
    }

    /// Embeds ranges of one sequence of pieces.
    ///
    /// - Parameters:
    ///   - sequence: Pieces of `space`, at most `longestSequence`; they are read between a begin and an end.
    ///   - ranges: First and end of each range, at most `mostRanges`: 0 is the begin, 1 the first piece, and the end is
    ///     `sequence.count + 2`.
    /// - Returns: An embedding of unit length for each range, valid until the next call; none for a range out of bounds.
    public func embed(_ sequence: Range<Int>, _ ranges: [Range<Int>], in space: EncoderSpace) -> UnsafeBufferPointer<
        Float
    > {
        let sequence = sequence.clamped(to: 0..<space.count)
        let count = min(sequence.count, Self.longestSequence) + 2
        let wanted = ranges.prefix(Self.mostRanges).filter {
            !$0.isEmpty && $0.lowerBound >= 0 && $0.upperBound <= count
        }
        guard wanted.count == ranges.count, !wanted.isEmpty else { return UnsafeBufferPointer(start: nil, count: 0) }
        space.ids[0] = tokenizer.begin
        for index in 0..<count - 2 { space.ids[index + 1] = space.tokens[sequence.lowerBound + index] }
        space.ids[count - 1] = tokenizer.end
        for (index, range) in wanted.enumerated() {
            space.ranges[2 * index] = Int32(range.lowerBound)
            space.ranges[2 * index + 1] = Int32(range.upperBound)
        }
        withUnsafePointer(to: weights) { weights in
            sluice_features(weights, level, space.ids, Int32(count), space.scratch, space.features)
            sluice_pool(
                weights, level, space.features, space.ranges, Int32(wanted.count), space.scratch, space.embeddings)
        }
        return UnsafeBufferPointer(start: space.embeddings, count: wanted.count * Self.width)
    }

    private static func weights(_ file: EncoderFile) throws(EncoderError) -> sluice_encoder {
        let (width, branch) = (SLUICE_EMBEDDING, SLUICE_BRANCH)
        let (features, hidden) = (SLUICE_FEATURES, SLUICE_HIDDEN)
        let scales = try file.section("scales", Float.self, count: 14)
        func floats(_ name: String, _ count: Int) throws(EncoderError) -> UnsafePointer<Float> {
            try file.section(name, Float.self, count: count)
        }
        func matrix(_ name: String, _ depth: Int, _ width: Int, _ scale: Float) throws(EncoderError) -> sluice_matrix {
            let weights = try file.section(name, Int16.self, count: depth * width)
            return sluice_matrix(weights: weights, depth: Int32(depth), width: Int32(width), scale: scale)
        }
        var all = sluice_encoder()
        let table = try file.section("table", UInt8.self)
        all.table = table.baseAddress
        all.pieces = UInt32(table.count / width)
        all.chunk_scale = try floats("chunk.scale", SLUICE_CHUNKS)
        all.chunk_low = try floats("chunk.low", SLUICE_CHUNKS)
        all.projection = try matrix("projection", width, 3 * branch, 1)
        all.projection_scale = try floats("projection.scale", 3 * branch)
        all.projection_sum = try floats("projection.sum", 3 * branch)
        all.projection_bias = try floats("projection.bias", 3 * branch)
        all.branch_gain = try floats("branch.gain", 3 * branch)
        all.branch_shift = try floats("branch.shift", 3 * branch)
        all.first.0 = try matrix("first.2", 2 * branch, branch, scales[0])
        all.first.1 = try matrix("first.3", 3 * branch, branch, scales[1])
        all.first.2 = try matrix("first.5", 5 * branch, branch, scales[2])
        all.first_bias.0 = try floats("first.2.bias", branch)
        all.first_bias.1 = try floats("first.3.bias", branch)
        all.first_bias.2 = try floats("first.5.bias", branch)
        all.second.0 = try matrix("second.2", 2 * branch, branch, scales[3])
        all.second.1 = try matrix("second.3", 3 * branch, branch, scales[4])
        all.second.2 = try matrix("second.5", 5 * branch, branch, scales[5])
        all.second_bias.0 = try floats("second.2.bias", branch)
        all.second_bias.1 = try floats("second.3.bias", branch)
        all.second_bias.2 = try floats("second.5.bias", branch)
        all.feature_gain = try floats("feature.gain", features)
        all.feature_shift = try floats("feature.shift", features)
        all.pooled = try matrix("pooled", features, width, scales[6])
        all.pooled_bias = try floats("pooled.bias", width)
        all.d0 = try matrix("d0", width, hidden, scales[7])
        all.d1 = try matrix("d1", hidden, hidden, scales[8])
        all.d2 = try matrix("d2", hidden, width, scales[9])
        all.d3 = try matrix("d3", width, width, scales[10])
        all.p1 = try matrix("p1", width, hidden, scales[11])
        all.p3 = try matrix("p3", hidden, width, scales[12])
        all.epsilon = scales[13]
        return all
    }
}
