/// Which logs and witnesses are trusted, and how many cosignatures are enough (c2sp.org/tlog-policy).
public struct WitnessPolicy: Sendable, Equatable {
    /// A log, or a witness with its name in the policy.
    public struct Party: Sendable, Equatable {
        /// The name in this policy; for a log, the key's.
        public let name: String
        /// Its key.
        public let key: VerifierKey
        /// Where it is reached, if the policy says so.
        public let url: String?
    }

    /// How many members must have cosigned.
    struct Group: Sendable, Equatable {
        let name: String
        let threshold: Int
        let members: [String]
    }

    /// The logs whose checkpoints are accepted.
    public private(set) var logs: [Party] = []
    /// The witnesses.
    public private(set) var witnesses: [Party] = []
    /// The name of the witness or group that must have cosigned, or `none`.
    public private(set) var quorum = ""
    var groups: [Group] = []

    /// A policy that trusts one log and asks for no witness.
    public init(log: VerifierKey) {
        logs = [Party(name: log.name, key: log, url: nil)]
        quorum = "none"
    }

    /// Reads a policy.
    ///
    /// - Throws: `NoteError.badPolicy` naming what is wrong and in which line.
    public init(_ text: String) throws(NoteError) {
        var parser = PolicyParser()
        var number = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            guard line.utf8.allSatisfy({ $0 == 9 || $0 >= 0x20 && $0 != 0x7F }) else {
                throw .badPolicy("it has a control character", line: number)
            }
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            try parser.take(first, words.dropFirst().map(String.init), line: number)
        }
        guard let quorum = parser.quorum else { throw .badPolicy("there is no quorum line", line: number) }
        logs = parser.logs
        witnesses = parser.witnesses
        groups = parser.groups
        self.quorum = quorum
    }

    /// Whether cosignatures by these keys are enough.
    public func isMet(by keys: Set<VerifierKey>) -> Bool {
        guard quorum != "none" else { return true }
        // A group names only what stands before it, so one pass in order decides every name.
        // Names are octets: two spellings of a letter are two names.
        var met = Set(witnesses.filter { keys.contains($0.key) }.map { Array($0.name.utf8) })
        for group in groups where group.members.count(where: { met.contains(Array($0.utf8)) }) >= group.threshold {
            met.insert(Array(group.name.utf8))
        }
        return met.contains(Array(quorum.utf8))
    }

    /// Opens a checkpoint that must be signed by one of the logs and cosigned by the quorum.
    ///
    /// - Returns: The checkpoint and the cosignatures by known witnesses.
    /// - Throws: `NoteError`.
    public func verify(
        _ note: SignedNote
    ) throws(NoteError) -> (checkpoint: VerifiedCheckpoint, cosignatures: [SignedNote.Verified]) {
        let checkpoint = try VerifiedCheckpoint(note, by: logs.map(\.key))
        let all = try note.verify(with: logs.map(\.key) + witnesses.map(\.key))
        let cosignatures = all.filter { $0.key.type == .cosignature }
        guard isMet(by: Set(cosignatures.map(\.key))) else {
            throw .quorumNotMet(quorum: quorum, cosigned: cosignatures.map(\.key.name))
        }
        return (checkpoint, cosignatures)
    }
}

/// Reads a policy's lines in order.
private struct PolicyParser {
    var logs: [WitnessPolicy.Party] = []
    var witnesses: [WitnessPolicy.Party] = []
    var groups: [WitnessPolicy.Group] = []
    var quorum: String?
    private var members: Set<[UInt8]> = []

    private func isDefined(_ name: String) -> Bool {
        witnesses.contains { sameBytes($0.name, name) } || groups.contains { sameBytes($0.name, name) }
    }

    mutating func take(_ keyword: Substring, _ words: [String], line: Int) throws(NoteError) {
        switch keyword {
        case "log":
            guard words.count == 1 || words.count == 2 else { throw .badPolicy("log VKEY [URL]", line: line) }
            let key = try key(words[0], .ed25519, line)
            guard !logs.contains(where: { $0.key.publicKey == key.publicKey }) else {
                throw .badPolicy("this log is there twice", line: line)
            }
            logs.append(.init(name: key.name, key: key, url: words.dropFirst().first))
        case "witness":
            guard words.count == 2 || words.count == 3 else { throw .badPolicy("witness NAME VKEY [URL]", line: line) }
            try define(words[0], line)
            let key = try key(words[1], .cosignature, line)
            guard !witnesses.contains(where: { $0.key.publicKey == key.publicKey }) else {
                throw .badPolicy("this witness is there twice", line: line)
            }
            witnesses.append(.init(name: words[0], key: key, url: words.dropFirst(2).first))
        case "group":
            try group(words, line)
        case "quorum":
            guard words.count == 1, quorum == nil else { throw .badPolicy("one line: quorum NAME", line: line) }
            guard words[0] == "none" || isDefined(words[0]) else {
                throw .badPolicy("'\(words[0])' is not defined above", line: line)
            }
            quorum = words[0]
        default:
            throw .badPolicy("'\(keyword)' is none of log, witness, group and quorum", line: line)
        }
    }

    private func define(_ name: String, _ line: Int) throws(NoteError) {
        guard name != "none", !isDefined(name) else {
            throw .badPolicy("the name '\(name)' is taken", line: line)
        }
    }

    private mutating func group(_ words: [String], _ line: Int) throws(NoteError) {
        guard words.count >= 3 else { throw .badPolicy("group NAME all|any|NUMBER MEMBER…", line: line) }
        try define(words[0], line)
        let names = Array(words.dropFirst(2))
        for name in names {
            guard isDefined(name) else { throw .badPolicy("'\(name)' is not defined above", line: line) }
            guard members.insert(Array(name.utf8)).inserted else {
                throw .badPolicy("'\(name)' is a member twice", line: line)
            }
        }
        let threshold: Int
        switch words[1] {
        case "all": threshold = names.count
        case "any": threshold = 1
        default:
            guard let number = Decimal.parse(words[1]), number >= 1, number <= UInt64(names.count) else {
                throw .badPolicy("'\(words[1])' of \(names.count) members", line: line)
            }
            threshold = Int(number)
        }
        groups.append(.init(name: words[0], threshold: threshold, members: names))
    }

    private func key(_ text: String, _ type: SignatureType, _ line: Int) throws(NoteError) -> VerifierKey {
        let key: VerifierKey
        do throws(NoteError) {
            key = try VerifierKey(text)
        } catch {
            throw .badPolicy("\(error)", line: line)
        }
        guard key.type == type else {
            let party = type == .cosignature ? "witness" : "log"
            throw .badPolicy("a \(party) signs with a key of type \(type.rawValue)", line: line)
        }
        return key
    }
}
