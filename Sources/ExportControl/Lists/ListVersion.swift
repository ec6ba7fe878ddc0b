import Crypto

/// One import of a list: what was read, from what bytes, and how it differs from the version before.
public struct ListVersion: Sendable, Equatable, Codable {
    /// How one version differs from the one before, by the entries' ids.
    public struct Difference: Sendable, Equatable, Codable {
        /// Entries that were not there before.
        public var added: [String]
        /// Entries that are gone.
        public var removed: [String]
        /// Entries of which anything changed.
        public var changed: [String]

        /// From the entries of two versions.
        public init(from old: [ListedParty], to new: [ListedParty]) {
            let before = Dictionary(old.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            let after = Dictionary(new.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            added = after.keys.filter { before[$0] == nil }.sorted()
            removed = before.keys.filter { after[$0] == nil }.sorted()
            changed = after.filter { id, party in before[id].map { $0 != party } ?? false }.keys.sorted()
        }
    }

    /// The list's name.
    public var list: String
    /// Counts from 1 for each list.
    public var number: Int
    /// SHA-256 of the file, and of its companions behind it, in hexadecimal.
    public var sha256: String
    /// The kind of file.
    public var format: ListFormat
    /// How many entries it has.
    public var count: Int
    /// How many could not be read.
    public var unreadable: Int
    /// When it was imported (RFC 3339, UTC).
    public var importedAt: String
    /// Against the version before.
    public var difference: Difference
    /// A person confirmed that the list may shrink.
    public var isShrinkConfirmed: Bool

    /// "EU 3 (sha256 0123456789ab)".
    public var label: String { "\(list) \(number) (sha256 \(sha256.prefix(12)))" }

    /// The largest share of its entries that a list may lose without a word.
    public static let shrinkLimit = 0.10

    /// Makes the next version of a list.
    ///
    /// - Throws: `ListError.shrunk` or `.replaced` when more than a tenth of the entries would go and nobody confirmed it;
    ///   `.empty`, always, for a list without entries.
    public static func next(
        _ parsed: ParsedList, sha256: String, after old: (version: ListVersion, parties: [ListedParty])?,
        at time: String,
        confirmShrink: Bool
    ) throws(ListError) -> ListVersion {
        guard !parsed.parties.isEmpty else { throw .empty }
        if let old, !confirmShrink, Double(parsed.parties.count) < Double(old.parties.count) * (1 - shrinkLimit) {
            throw .shrunk(from: old.parties.count, to: parsed.parties.count)
        }
        if let old, !confirmShrink {
            let lost = lost(from: old.parties, to: parsed.parties)
            if Double(lost) > Double(old.parties.count) * shrinkLimit {
                throw .replaced(lost: lost, of: old.parties.count)
            }
        }
        return ListVersion(
            list: parsed.list, number: (old?.version.number ?? 0) + 1, sha256: sha256, format: parsed.format,
            count: parsed.parties.count, unreadable: parsed.unreadable, importedAt: time,
            difference: Difference(from: old?.parties ?? [], to: parsed.parties), isShrinkConfirmed: confirmShrink)
    }

    /// How many entries are gone by their number and by each of their names: a file of another list, say, may be as long.
    static func lost(from old: [ListedParty], to new: [ListedParty]) -> Int {
        let numbers = Set(new.map(\.id))
        var names: Set<String>?
        return old.count { party in
            guard !numbers.contains(party.id) else { return false }
            let known = names ?? Set(new.flatMap(\.names))
            names = known
            return !party.names.contains { known.contains($0) }
        }
    }

    /// SHA-256 of some files, one behind the other, in hexadecimal.
    public static func hash(_ files: [[UInt8]]) -> String {
        var hash = SHA256()
        for file in files { hash.update(data: file) }
        return hash.finalize().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
