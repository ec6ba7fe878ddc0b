/// The buffers of one reader: the word, its raw bytes and a context in one block; what few texts need in blocks that are made when
/// it is needed; and two words that are lent while it reads.
struct ReaderMemory {
    static let rotationRoom = 96
    /// A code of room before a word for its boundary, and eight behind it, which eight letters at a time may be written to as well.
    private static let wordRoom = 1 + Word.limit + 9
    private static let contextRoom = 1 + 4 + 9
    private static let rawRoom = Word.limit + 8
    private static let rawStart = (wordRoom + contextRoom) * 2
    private static let bytes = rawStart + rawRoom
    /// How many codes a word that is lent has room for, and how many are lent.
    private static let lentRoom = 80
    static let lent = lentRoom * 2

    private let block: UnsafeMutableRawPointer
    var word: UnsafeMutablePointer<UInt16> { codes + 1 }
    /// Up to four ideographs, the last one at index 3 of a full context.
    var context: UnsafeMutablePointer<UInt16> { codes + Self.wordRoom + 1 }
    var raw: UnsafeMutablePointer<UInt8> { (block + Self.rawStart).assumingMemoryBound(to: UInt8.self) }
    private var codes: UnsafeMutablePointer<UInt16> { block.assumingMemoryBound(to: UInt16.self) }

    /// A word that is made of others; there while the reader reads, and of no use between two reads.
    private(set) var scratch: UnsafeMutablePointer<UInt16>
    /// The word, turned by thirteen places; as lent as the other.
    var turned: UnsafeMutablePointer<UInt16> { scratch + Self.lentRoom }

    /// Letters that stand alone and wait, where there are any: mostly one, so room is first made for a few.
    var spaced: UnsafeMutablePointer<UInt16> { letters.codes.unsafelyUnwrapped + 1 }
    private var letters = GrowingCodes()

    /// Words that may be rot13, one after the other, each ended by `Word.boundary`, where there are any.
    var rotated: UnsafeMutablePointer<UInt16> { turning.codes.unsafelyUnwrapped }
    private var turning = GrowingCodes()

    /// Room for codes that is made when the first of them come, and again when there are many.
    private struct GrowingCodes {
        private(set) var codes: UnsafeMutablePointer<UInt16>?
        private var room: UInt8 = 0

        /// Makes room for so many: a few at first, all that there may ever be after that.
        @inline(__always)
        mutating func reserve(_ count: Int, few: Int, most: Int) {
            if count > Int(room) { grow(to: count > few ? most : few) }
        }

        @inline(never)
        private mutating func grow(to count: Int) {
            let larger = UnsafeMutablePointer<UInt16>.allocate(capacity: count)
            larger.initialize(repeating: 0, count: count)
            larger.pointee = Word.boundary
            if let codes {
                larger.update(from: codes, count: Int(room))
                codes.deallocate()
            }
            (codes, room) = (larger, UInt8(count))
        }

        mutating func copy(from other: GrowingCodes) {
            guard let theirs = other.codes else { return }
            grow(to: Int(other.room))
            codes?.update(from: theirs, count: Int(room))
        }

        func free() { codes?.deallocate() }
    }

    /// Makes sure of room for so many letters that wait.
    @inline(__always)
    mutating func reserveSpaced(_ count: Int) { letters.reserve(count + 10, few: 16, most: Self.wordRoom) }

    /// Makes sure of room for so many codes of words that may be rot13.
    @inline(__always)
    mutating func reserveRotated(_ count: Int) { turning.reserve(count, few: 32, most: Self.rotationRoom) }

    init() {
        block = .allocate(byteCount: Self.bytes, alignment: 16)
        block.initializeMemory(as: UInt8.self, repeating: 0, count: Self.bytes)
        scratch = block.assumingMemoryBound(to: UInt16.self) + 1
        for start in [word, context] { (start - 1).pointee = Word.boundary }
    }

    /// Borrows room for `lent` codes; the lender has written a boundary in front of both words.
    mutating func borrow(_ room: UnsafeMutablePointer<UInt16>) { scratch = room + 1 }

    /// Lets go of what was lent.
    mutating func giveBack() { scratch = word }

    /// Writes the boundaries in front of both words of a room that is to be lent.
    static func prepare(_ room: UnsafeMutablePointer<UInt16>) {
        room.initialize(to: Word.boundary)
        (room + lentRoom).initialize(to: Word.boundary)
    }

    mutating func copy(from other: ReaderMemory) {
        block.copyMemory(from: other.block, byteCount: Self.bytes)
        letters.copy(from: other.letters)
        turning.copy(from: other.turning)
    }

    /// Whether the words that may be rot13 are the same, as far as so many codes go.
    func hasSameRotated(_ other: ReaderMemory, _ count: Int) -> Bool {
        (0..<count).allSatisfy { rotated[$0] == other.rotated[$0] }
    }

    func free() {
        block.deallocate()
        letters.free()
        turning.free()
    }
}
