import CEncoder

/// Multilingual E5 (small): a text's meaning as 384 numbers, in about a hundred languages.
///
/// Twelve layers of attention over the first and last pieces of a text, and the mean of what comes out. About ten times the
/// work of `SentenceEncoder`. The same text gives the same bits on every machine.
/// - SeeAlso: Wang et al., Multilingual E5 Text Embeddings: A Technical Report (2024).
public final class TransformerEncoder: @unchecked Sendable {
    // Safe to share: everything is read-only after init.
    /// Numbers in an embedding.
    public static let width = SLUICE_T_WIDTH
    /// Of a longer text, so many pieces are read at its beginning and at its end.
    public static let head = 60
    /// Of a longer text, so many pieces are read at its end.
    public static let tail = 34
    /// What stands before each text, as it did when the weights were made.
    private static let prefix = Array("query:".utf8)

    /// SHA-256 of the file.
    public let hash: [UInt8]
    private let tokenizer: Tokenizer
    private let file: EncoderFile
    private let model: UnsafeMutablePointer<sluice_transformer>
    private let level: sluice_level
    private let opening: [UInt32]

    /// Finds everything in its file.
    ///
    /// - Parameters:
    ///   - file: Mapped; it stays so while the encoder lives.
    ///   - hash: SHA-256 of the file, computed by the caller; kept for the records.
    ///   - instructions: The best that the machine has, if none are named.
    /// - Throws: `EncoderError.badSection` for a file that is not complete.
    public init(
        file: EncoderFile, hash: [UInt8], instructions: SentenceEncoder.InstructionSet? = nil
    ) throws(EncoderError) {
        (self.file, self.hash) = (file, hash)
        let tokenizer = try Tokenizer(file)
        self.tokenizer = tokenizer
        let weights = try Self.weights(file)
        model = .allocate(capacity: 1)
        model.initialize(to: weights)
        let best = sluice_best_level()
        level = instructions.map { sluice_level(min($0.rawValue, best.rawValue)) } ?? best
        let space = EncoderSpace()
        Self.prefix.withUnsafeBufferPointer { tokenizer.run($0, space) }
        opening = [tokenizer.begin] + space.pieces.prefix(8)
    }

    deinit { model.deallocate() }

    /// Cuts a text into pieces, and says how many.
    public func tokenize(_ utf8: UnsafeBufferPointer<UInt8>, limit: Int = 1 << 16, in space: EncoderSpace) -> Int {
        tokenizer.run(UnsafeBufferPointer(rebasing: utf8.prefix(max(0, limit))), space)
        return space.count
    }

    /// What a text became.
    public struct Embedding {
        /// `width` numbers of unit length, valid until the next call.
        public let numbers: UnsafePointer<Float>
        /// Whether every piece of the text was read.
        public var isWhole: Bool
    }

    /// Embeds a text: all of its pieces, or of a longer one the first and the last.
    ///
    /// - Parameters:
    ///   - utf8: The text; ill-formed bytes are read as U+FFFD.
    ///   - limit: No more bytes of it are read.
    ///   - space: What it is cut into pieces in; they stay there until the next call.
    ///   - transformed: What it is embedded in.
    public func embed(
        _ utf8: UnsafeBufferPointer<UInt8>, limit: Int = 1 << 16, in space: EncoderSpace,
        _ transformed: TransformerSpace
    ) -> Embedding {
        tokenizer.run(UnsafeBufferPointer(rebasing: utf8.prefix(max(0, limit))), space)
        var ids = opening
        let isWhole = space.count <= Self.head + Self.tail && utf8.count <= limit
        if space.count <= Self.head + Self.tail {
            ids += UnsafeBufferPointer(start: space.tokens, count: space.count)
        } else {
            ids += UnsafeBufferPointer(start: space.tokens, count: Self.head)
            ids += UnsafeBufferPointer(start: space.tokens + (space.count - Self.tail), count: Self.tail)
        }
        ids.append(tokenizer.end)
        ids.withUnsafeBufferPointer {
            sluice_transform(model, level, $0.baseAddress, Int32($0.count), transformed.scratch, transformed.numbers)
        }
        return Embedding(numbers: UnsafePointer(transformed.numbers), isWhole: isWhole)
    }

    private static func weights(_ file: EncoderFile) throws(EncoderError) -> sluice_transformer {
        let (width, inner) = (SLUICE_T_WIDTH, SLUICE_T_INNER)
        var all = sluice_transformer()
        let table = try file.section("table", UInt8.self)
        guard table.count % SLUICE_T_ROW == 0 else { throw .badSection("table", path: file.path) }
        all.table = table.baseAddress
        all.pieces = UInt32(table.count / SLUICE_T_ROW)
        all.places = try file.section("places", Float.self, count: SLUICE_T_TOKENS * width)
        all.gain = try file.section("gain", Float.self, count: width)
        all.shift = try file.section("shift", Float.self, count: width)
        all.epsilon = try file.section("epsilon", Float.self, count: 1)[0]
        var layers: [sluice_layer] = []
        for number in 0..<SLUICE_T_LAYERS {
            func floats(_ name: String, _ count: Int) throws(EncoderError) -> UnsafePointer<Float> {
                try file.section("\(number).\(name)", Float.self, count: count)
            }
            func matrix(_ name: String, _ depth: Int, _ width: Int) throws(EncoderError) -> sluice_matrix {
                let weights = try file.section("\(number).\(name)", Int16.self, count: depth * width)
                return sluice_matrix(weights: weights, depth: Int32(depth), width: Int32(width), scale: 1)
            }
            var layer = sluice_layer()
            layer.attention = try matrix("attention", width, 3 * width)
            layer.attention_scale = try floats("attention.s", 3 * width)
            layer.attention_bias = try floats("attention.b", 3 * width)
            layer.output = try matrix("output", width, width)
            layer.output_scale = try floats("output.s", width)
            layer.output_bias = try floats("output.b", width)
            layer.inner = try matrix("inner", width, inner)
            layer.inner_scale = try floats("inner.s", inner)
            layer.inner_bias = try floats("inner.b", inner)
            layer.outer = try matrix("outer", inner, width)
            layer.outer_scale = try floats("outer.s", width)
            layer.outer_bias = try floats("outer.b", width)
            layer.first_gain = try floats("first.g", width)
            layer.first_shift = try floats("first.h", width)
            layer.second_gain = try floats("second.g", width)
            layer.second_shift = try floats("second.h", width)
            layers.append(layer)
        }
        // An array of C is a tuple here: it is filled through its bytes.
        withUnsafeMutableBytes(of: &all.layers) { to in
            layers.withUnsafeBytes { to.copyMemory(from: $0) }
        }
        return all
    }
}

/// The memory that one transformer embedding at a time is made in: about 2 MiB, used again and again.
///
/// Not for two threads at once.
public final class TransformerSpace {
    let scratch: UnsafeMutableRawPointer
    let numbers: UnsafeMutablePointer<Float>

    /// Takes the memory.
    public init() {
        scratch = .allocate(byteCount: Int(sluice_transformer_scratch_bytes()), alignment: 64)
        numbers = .allocate(capacity: SLUICE_T_WIDTH)
        numbers.initialize(repeating: 0, count: SLUICE_T_WIDTH)
    }

    deinit {
        scratch.deallocate()
        numbers.deallocate()
    }
}
