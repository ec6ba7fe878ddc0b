/// A group of accounts that was found while traffic ran, and what has become of it.
public struct Cluster: Sendable, Equatable, Codable, Identifiable {
    /// Where it stands.
    public enum State: String, Sendable, Codable, CaseIterable {
        /// Found; nothing was done.
        case watched
        /// The rules have set measures that can be taken back.
        case limited
        /// A person says that it is one operation.
        case confirmed
        /// A person says that it is none, or let it go.
        case dismissed
    }

    /// One of its accounts.
    public struct Member: Sendable, Equatable, Codable {
        /// Whose account it is.
        public var organisation: String
        /// Since when it has belonged to the group, and when it was last found in it; milliseconds since 1970.
        public var since: Int64
        /// When it was last found in it.
        public var seen: Int64
        /// Whether it was recognised by the group's signature, and not found by a search.
        public var isRecognised: Bool
        /// Whether a person, or a granted appeal, has let it go.
        public var isReleased = false
        /// Whether a person has confirmed who is behind it.
        public var isConfirmed = false
    }

    /// `clu_` and eleven letters and digits.
    public let id: String
    /// When it was first found, milliseconds since 1970.
    public let found: Int64
    /// When a search last found it.
    public internal(set) var seen: Int64
    /// Its accounts.
    public internal(set) var members: [String: Member] = [:]
    /// The families of evidence that say something by themselves.
    public internal(set) var families: [String] = []
    /// What each family adds to the score.
    public internal(set) var contributions: [String: Double] = [:]
    /// The logarithm of the odds that this is one operation.
    public internal(set) var score = 0.0
    /// How many exchanges its accounts had, and when: first and last, milliseconds since 1970.
    public internal(set) var exchanges: Int64 = 0
    /// The first exchange.
    public internal(set) var first: Int64 = 0
    /// The last exchange.
    public internal(set) var last: Int64 = 0
    /// What members share, in words.
    public internal(set) var ties: [String] = []
    /// Where it stands.
    public internal(set) var state = State.watched
    /// The measures that are set, by name.
    public internal(set) var measures: [String] = []
    /// Whether a person set them: only then do they hold for customers under contract.
    public internal(set) var isByPerson = false
    /// The case in which people decide it; empty before it is opened.
    public var caseID = ""
    /// How many members it had when a person let it go; 0 if nobody did.
    public internal(set) var dismissedAt = 0
    /// The commitment to the canaries that its answers bear, as the record holds it; nil where they bear none.
    public var canaries: String?
    /// Whether two people have had its accounts suspended.
    public var isSuspended = false
    /// Whether two people have agreed that its signature may be given to others.
    public var isShared = false

    init(id: String, found: Int64) {
        self.id = id
        self.found = found
        seen = found
    }

    /// The accounts that nobody has let go.
    public var active: [String: Member] { members.filter { !$0.value.isReleased } }

    /// How many organisations own them.
    public var organisations: Int { Set(active.values.map(\.organisation)).count }

    /// The accounts that the measures hold for.
    ///
    /// - Parameter isUnderContract: Whether an organisation has a contract: the rules alone never touch those.
    public func limited(unless isUnderContract: (String) -> Bool) -> [String] {
        guard !measures.isEmpty else { return [] }
        return active.filter { isByPerson || !isUnderContract($0.value.organisation) }.map(\.key)
    }

    /// The accounts that a person has confirmed.
    public var confirmed: [String] { members.filter(\.value.isConfirmed).map(\.key) }
}
