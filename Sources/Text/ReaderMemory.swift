/// The buffers of one reader in one block: the word, its raw bytes, spaced letters, a scratch word, and waiting words.
struct ReaderMemory {
    static let rotationRoom = 96
    private static let wordRoom = 80
    private static let bytes = (wordRoom * 4 + rotationRoom + 16) * 2 + wordRoom

    private let block: UnsafeMutableRawPointer
    let word: UnsafeMutablePointer<UInt16>
    let spaced: UnsafeMutablePointer<UInt16>
    let scratch: UnsafeMutablePointer<UInt16>
    /// The word, turned by thirteen places.
    let turned: UnsafeMutablePointer<UInt16>
    /// Words that may be rot13, one after the other, each ended by `Word.boundary`.
    let rotated: UnsafeMutablePointer<UInt16>
    /// Up to four ideographs, the last one at index 3 of a full context.
    let context: UnsafeMutablePointer<UInt16>
    let raw: UnsafeMutablePointer<UInt8>

    init() {
        block = .allocate(byteCount: Self.bytes, alignment: 16)
        block.initializeMemory(as: UInt8.self, repeating: 0, count: Self.bytes)
        let codes = block.assumingMemoryBound(to: UInt16.self)
        // One code of room before each word for its boundary, eight behind it.
        word = codes + 1
        spaced = codes + Self.wordRoom + 1
        scratch = codes + Self.wordRoom * 2 + 1
        turned = codes + Self.wordRoom * 3 + 1
        rotated = codes + Self.wordRoom * 4
        context = codes + Self.wordRoom * 4 + Self.rotationRoom + 1
        raw = (block + Self.bytes - Self.wordRoom).assumingMemoryBound(to: UInt8.self)
        for start in [word, spaced, scratch, turned, context] { (start - 1).pointee = Word.boundary }
    }

    func copy(from other: ReaderMemory) { block.copyMemory(from: other.block, byteCount: Self.bytes) }

    func free() { block.deallocate() }
}
