/// A tree's size and root as a log states it (c2sp.org/tlog-checkpoint).
///
/// It is not signed; a `VerifiedCheckpoint` is.
public struct Checkpoint: Sendable, Hashable {
    /// The log's name.
    public let origin: String
    /// The number of leaves.
    public let size: UInt64
    /// The tree's root.
    public let root: TreeHash
    /// Lines after the third.
    public let extensions: [String]

    /// Puts a checkpoint together.
    public init(origin: String, size: UInt64, root: TreeHash, extensions: [String] = []) {
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = extensions
    }

    /// The note's text.
    public var text: String {
        "\(origin)\n\(size)\n\(root.base64)\n" + extensions.map { $0 + "\n" }.joined()
    }

    /// Reads a note's text.
    ///
    /// - Throws: `NoteError.badCheckpoint` naming the line that is wrong.
    public init(text: String) throws(NoteError) {
        guard text.hasSuffix("\n") else { throw .badCheckpoint("the last newline is missing") }
        let lines = text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 3 else {
            throw .badCheckpoint("it has \(lines.count) lines; origin, size and root are three")
        }
        guard !lines[0].isEmpty else { throw .badCheckpoint("the origin is empty") }
        guard let size = Decimal.parse(lines[1]) else {
            throw .badCheckpoint("the size '\(lines[1])' is not a decimal number without leading zeroes, below 2^64")
        }
        guard let root = TreeHash(base64: lines[2]) else { throw .badCheckpoint("the root is not base64 of 32 bytes") }
        guard !lines.dropFirst(3).contains(where: \.isEmpty) else { throw .badCheckpoint("an extension line is empty") }
        self.init(origin: String(lines[0]), size: size, root: root, extensions: lines.dropFirst(3).map(String.init))
    }
}

/// A checkpoint whose log has signed it.
public struct VerifiedCheckpoint: Sendable, Equatable {
    /// What was signed.
    public let checkpoint: Checkpoint
    /// The note it came in.
    public let note: SignedNote

    /// Opens a note that must be signed by a log.
    ///
    /// - Throws: `NoteError`: a bad or missing signature, a malformed text, or an origin that is not the key's name.
    public init(_ note: SignedNote, by log: VerifierKey) throws(NoteError) {
        try self.init(note, by: [log])
    }

    /// Opens a note that must be signed by one of the keys under its origin's name.
    ///
    /// - Throws: `NoteError`.
    init(_ note: SignedNote, by logs: [VerifierKey]) throws(NoteError) {
        let signers = try note.verify(with: logs)
        let checkpoint = try Checkpoint(text: note.text)
        guard let first = signers.first, signers.contains(where: { sameBytes($0.key.name, checkpoint.origin) }) else {
            throw .wrongOrigin(found: checkpoint.origin, expected: signers.first?.key.name ?? "")
        }
        guard first.key.type == .ed25519 else { throw .noKnownSignature }
        self.checkpoint = checkpoint
        self.note = note
    }
}

/// Decimal numbers in their one form: no sign, no leading zeroes, below 2⁶⁴.
public enum Decimal {
    /// The number; `nil` for any other form.
    public static func parse(_ text: some StringProtocol) -> UInt64? {
        let digits = text.utf8
        guard let first = digits.first, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        guard first != 0x30 || digits.count == 1 else { return nil }
        return UInt64(text)
    }
}
