internal import NIOCore

/// The texts of a request, in the order in which they were read.
///
/// A text that is taken out holds on to the body; what is asked of one in its place counts no reference.
public struct RequestTexts: RandomAccessCollection, Sendable {
    /// What is kept of a text: plain numbers, so that those of a known beginning are copied at once.
    struct Entry: Sendable {
        /// Its token.
        let index: UInt32
        /// The bytes of all texts so far.
        let end: UInt32
        /// The message that it is a part of; below zero for none.
        let turn: Int32
        let role: RequestText.Role
    }

    private let document: JSONDocument
    private(set) var entries: ContiguousArray<Entry> = []
    /// What was unescaped when it was read, by its token.
    private var unescaped: [UInt32: ByteBuffer] = [:]

    init(of document: JSONDocument) { self.document = document }

    /// The number of the first text, 0.
    public var startIndex: Int { 0 }
    /// How many texts there are.
    public var endIndex: Int { entries.count }

    /// A text by its number.
    public subscript(index: Int) -> RequestText {
        let entry = entries[index]
        return RequestText(
            role: entry.role, turn: entry.turn, place: Place(document: document, index: entry.index),
            unescaped: unescaped.isEmpty ? nil : unescaped[entry.index])
    }

    /// In whose voice a text reaches the model.
    public func role(at index: Int) -> RequestText.Role { entries[index].role }

    /// The message that a text is a part of; nil for what is no message.
    public func turn(at index: Int) -> Int? { entries[index].turn < 0 ? nil : Int(entries[index].turn) }

    /// The offset in the body behind a text.
    public func place(behind index: Int) -> Int { Int(document.tokens[Int(entries[index].index)].end) }

    /// How many bytes the first texts take in the body.
    public func bytes(ofFirst count: Int) -> Int { count == 0 ? 0 : Int(entries[count - 1].end) }

    /// How many bytes they take in the body.
    public var bytes: Int { bytes(ofFirst: count) }

    mutating func append(_ index: Int, _ role: RequestText.Role, turn: Int?, unescaped text: ByteBuffer?) {
        let (token, index) = (document.tokens[index], UInt32(truncatingIfNeeded: index))
        entries.append(
            Entry(
                index: index, end: UInt32(clamping: bytes + Int(token.end) - Int(token.start) - 2),
                turn: turn.flatMap { Int32(exactly: $0) } ?? -1, role: role))
        if let text { unescaped[index] = text }
    }

    /// Goes on with the texts of a request that begins with the same bytes, up to a number of them.
    mutating func append(_ others: ContiguousArray<Entry>, upTo count: Int) {
        entries.reserveCapacity(others.count + 8)
        if entries.count < count { entries.append(contentsOf: others[entries.count..<count]) }
    }
}
