import CEncoder

/// The memory that one embedding at a time is made in: about 5 MiB, used again and again.
///
/// Not for two threads at once.
public final class EncoderSpace {
    /// How many pieces the last text had.
    public internal(set) var count = 0
    /// The pieces of the last text.
    var tokens: UnsafeMutablePointer<UInt32>
    /// Of each piece, where it ends in the text as it came, in UTF-8 bytes.
    var ends: UnsafeMutablePointer<UInt32>

    // Of the tokenizer, one entry for each byte of the normalised text.
    var normal: UnsafeMutablePointer<UInt8>
    var origins: UnsafeMutablePointer<UInt32>
    var best: UnsafeMutablePointer<Lattice>
    private(set) var room = 0

    // Of the arithmetic.
    let ids: UnsafeMutablePointer<UInt32>
    let ranges: UnsafeMutablePointer<Int32>
    let scratch: UnsafeMutableRawPointer
    let features: UnsafeMutablePointer<Float>
    let embeddings: UnsafeMutablePointer<Float>

    /// The best way to a place of the normalised text.
    struct Lattice {
        var score: Double
        var start: Int32
        var piece: UInt32
    }

    /// Takes the memory.
    public init() {
        let (tokens, ranges) = (SLUICE_MOST_TOKENS, SLUICE_MOST_RANGES)
        func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
            let raw = UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 64)
            return raw.initializeMemory(as: Float.self, repeating: 0, count: count)
        }
        ids = .allocate(capacity: tokens)
        self.ranges = .allocate(capacity: 2 * ranges)
        scratch = .allocate(byteCount: Int(sluice_scratch_bytes()), alignment: 64)
        features = floats(tokens * SLUICE_FEATURES)
        embeddings = floats(ranges * SLUICE_EMBEDDING)
        self.tokens = .allocate(capacity: 0)
        ends = .allocate(capacity: 0)
        normal = .allocate(capacity: 0)
        origins = .allocate(capacity: 0)
        best = .allocate(capacity: 0)
        reserve(4096)
    }

    deinit {
        free()
        ids.deallocate()
        ranges.deallocate()
        scratch.deallocate()
        features.deallocate()
        embeddings.deallocate()
    }

    /// Where a piece of the last text ends in the text as it came, in UTF-8 bytes.
    public func end(of piece: Int) -> Int { 0..<count ~= piece ? Int(ends[piece]) : 0 }

    /// The pieces of the last text.
    public var pieces: [UInt32] { Array(UnsafeBufferPointer(start: tokens, count: count)) }

    /// How many pieces of a range of the last text stand for letters that the encoder does not know.
    public func unknownPieces(in range: Range<Int>) -> Int {
        range.clamped(to: 0..<count).reduce(0) { $0 + (tokens[$1] == Tokenizer.unknown ? 1 : 0) }
    }

    /// Makes room for so many bytes of normalised text; what was there is kept.
    func reserve(_ bytes: Int) {
        guard bytes > room else { return }
        let grown = max(bytes, room * 2)
        let (oldNormal, oldOrigins) = (normal, origins)
        normal = .allocate(capacity: grown)
        origins = .allocate(capacity: grown)
        normal.update(from: oldNormal, count: room)
        origins.update(from: oldOrigins, count: room)
        oldNormal.deallocate()
        oldOrigins.deallocate()
        tokens.deallocate()
        ends.deallocate()
        best.deallocate()
        tokens = .allocate(capacity: grown + 1)
        ends = .allocate(capacity: grown + 1)
        best = .allocate(capacity: grown + 1)
        room = grown
    }

    private func free() {
        tokens.deallocate()
        ends.deallocate()
        normal.deallocate()
        origins.deallocate()
        best.deallocate()
    }
}
