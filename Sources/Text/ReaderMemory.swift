/// The buffers of one reader in one block: the word, its raw bytes, spaced letters, and waiting words; and two words that are lent
/// while it reads.
struct ReaderMemory {
    static let rotationRoom = 96
    private static let wordRoom = 80
    private static let bytes = (wordRoom * 2 + rotationRoom + 16) * 2 + wordRoom
    /// How many codes are lent.
    static let lent = wordRoom * 2

    private let block: UnsafeMutableRawPointer
    let word: UnsafeMutablePointer<UInt16>
    let spaced: UnsafeMutablePointer<UInt16>
    /// A word that is made of others; there while the reader reads, and of no use between two reads.
    private(set) var scratch: UnsafeMutablePointer<UInt16>
    /// The word, turned by thirteen places; as lent as the other.
    var turned: UnsafeMutablePointer<UInt16> { scratch + Self.wordRoom }
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
        rotated = codes + Self.wordRoom * 2
        context = codes + Self.wordRoom * 2 + Self.rotationRoom + 1
        raw = (block + Self.bytes - Self.wordRoom).assumingMemoryBound(to: UInt8.self)
        scratch = word
        for start in [word, spaced, context] { (start - 1).pointee = Word.boundary }
    }

    /// Borrows room for `lent` codes; the lender has written a boundary in front of both words.
    mutating func borrow(_ room: UnsafeMutablePointer<UInt16>) { scratch = room + 1 }

    /// Lets go of what was lent.
    mutating func giveBack() { scratch = word }

    /// Writes the boundaries in front of both words of a room that is to be lent.
    static func prepare(_ room: UnsafeMutablePointer<UInt16>) {
        room.initialize(to: Word.boundary)
        (room + wordRoom).initialize(to: Word.boundary)
    }

    func copy(from other: ReaderMemory) { block.copyMemory(from: other.block, byteCount: Self.bytes) }

    func free() { block.deallocate() }
}
