/// One signature line of a note.
public struct NoteSignature: Sendable, Hashable {
    /// The name of the key.
    public let name: String
    /// The key's id.
    public let id: UInt32
    /// What follows the id; its form depends on the key's type.
    public let bytes: [UInt8]

    /// Puts a signature together.
    public init(name: String, id: UInt32, bytes: [UInt8]) {
        self.name = name
        self.id = id
        self.bytes = bytes
    }

    /// The line, with its newline.
    public var line: String {
        let identifier = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: id >> $0) }
        return "— \(name) \(Base64.encode(identifier + bytes))\n"
    }

    /// Whether name and id are a key's, byte for byte.
    public func isBy(_ key: VerifierKey) -> Bool { id == key.id && sameBytes(name, key.name) }

    func isByKey(of other: NoteSignature) -> Bool { id == other.id && sameBytes(name, other.name) }

    /// Reads a line without its newline.
    ///
    /// - Throws: `NoteError.malformed` saying what is wrong.
    public init(line: Substring, number: Int) throws(NoteError) {
        guard line.hasPrefix("— ") else {
            throw .malformed("a signature begins with an em dash and a space", line: number)
        }
        let parts = line.dropFirst(2).split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, VerifierKey.isName(parts[0]) else {
            throw .malformed("a signature has a name and a base64 text, with one space between them", line: number)
        }
        guard let bytes = Base64.decode(parts[1]), bytes.count > 4 else {
            throw .malformed("the signature is not base64 of an id and a signature", line: number)
        }
        name = String(parts[0])
        id = bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        self.bytes = Array(bytes.dropFirst(4))
    }
}

/// A text with signatures under it (c2sp.org/signed-note).
///
/// Nothing in it counts before `verify`.
public struct SignedNote: Sendable, Equatable {
    /// The largest note that is read, in bytes.
    public static let maximumSize = 1 << 20
    /// The most signatures that are read.
    public static let maximumSignatures = 64

    /// A signature that was found to be right.
    public struct Verified: Sendable, Hashable {
        /// Whose it is.
        public let key: VerifierKey
        /// When a witness gave it, in seconds since 1970; `nil` for other keys.
        public let time: UInt64?
    }

    /// The text with its last newline.
    public let text: String
    /// The signatures in order.
    public private(set) var signatures: [NoteSignature]

    /// Puts a note together from parts.
    public init(text: String, signatures: [NoteSignature]) {
        self.text = text
        self.signatures = signatures
    }

    /// Reads a note.
    ///
    /// - Throws: `NoteError.malformed` saying what is wrong and in which line.
    public init(_ bytes: [UInt8]) throws(NoteError) {
        guard bytes.count <= Self.maximumSize else {
            throw .malformed("the note is larger than \(Self.maximumSize) bytes", line: 1)
        }
        guard let whole = String(validating: bytes, as: UTF8.self) else { throw .malformed("it is not UTF-8", line: 1) }
        try self.init(whole)
    }

    /// Reads a note.
    ///
    /// - Throws: `NoteError.malformed` saying what is wrong and in which line.
    public init(_ whole: String) throws(NoteError) {
        var bytes = Array(whole.utf8)
        if let bad = bytes.firstIndex(where: { $0 < 0x20 && $0 != 0x0A }) {
            let line = bytes[..<bad].count { $0 == 0x0A } + 1
            throw .malformed("it has a control character", line: line)
        }
        let lines = bytes.count { $0 == 0x0A }
        guard bytes.last == 0x0A else { throw .malformed("the last newline is missing", line: lines + 1) }
        guard let blank = bytes.indices.dropLast().last(where: { bytes[$0] == 0x0A && bytes[$0 + 1] == 0x0A }) else {
            throw .malformed("no empty line stands between text and signatures", line: lines)
        }
        let text = String(decoding: bytes[...blank], as: UTF8.self)
        bytes.removeFirst(blank + 2)
        var number = text.utf8.count { $0 == 0x0A } + 1
        var signatures: [NoteSignature] = []
        for line in bytes.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false) where !bytes.isEmpty {
            number += 1
            guard signatures.count < Self.maximumSignatures else {
                throw .malformed("it has more than \(Self.maximumSignatures) signatures", line: number)
            }
            signatures.append(try NoteSignature(line: Substring(decoding: line, as: UTF8.self), number: number))
        }
        guard !signatures.isEmpty else { throw .malformed("it has no signature", line: number) }
        self.init(text: text, signatures: signatures)
    }

    /// The note as it is written.
    public var description: String { text + "\n" + signatures.map(\.line).joined() }

    /// Adds signatures that are not there yet.
    public mutating func add(_ more: some Sequence<NoteSignature>) {
        for signature in more where !signatures.contains(where: { $0.isByKey(of: signature) }) {
            signatures.append(signature)
        }
    }

    /// Checks every signature by a known key; those by others are ignored.
    ///
    /// - Returns: The signatures that are right, one for each key.
    /// - Throws: `NoteError.badSignature` if one by a known key is wrong, `.noKnownSignature` if there is none.
    public func verify(with keys: some Sequence<VerifierKey>) throws(NoteError) -> [Verified] {
        var verified: [Verified] = []
        for signature in signatures {
            for key in keys where signature.isBy(key) {
                guard key.verifies(signature.bytes, of: text) else { throw .badSignature(name: key.name) }
                guard !verified.contains(where: { $0.key == key }) else { continue }
                verified.append(
                    Verified(key: key, time: key.type == .cosignature ? Cosignature.time(of: signature.bytes) : nil))
            }
        }
        guard !verified.isEmpty else { throw .noKnownSignature }
        return verified
    }
}

/// Whether two texts have the same bytes; `==` takes different spellings of a letter for the same.
func sameBytes(_ a: some StringProtocol, _ b: some StringProtocol) -> Bool { a.utf8.elementsEqual(b.utf8) }

extension Substring {
    init(decoding bytes: some Collection<UInt8>, as encoding: UTF8.Type) {
        self = String(decoding: bytes, as: UTF8.self)[...]
    }
}
