/// Who says something of a case.
public struct Ruler: Sendable, Equatable {
    /// The name for the record.
    public let name: String
    /// Whether they proved to be that person, and are not merely somebody who may use the machine.
    public let isSignedIn: Bool

    /// Takes both as the session, or its absence, has them.
    public init(name: String, isSignedIn: Bool) {
        self.name = name
        self.isSignedIn = isSignedIn
    }
}

/// A matter that a person decides: an appeal, a screening hit, a cluster of accounts, a permission, an override.
///
/// A value that changes by what people say and by the time that is handed in; nothing else moves it.
public struct Case: Sendable, Equatable, Codable, Identifiable {
    /// What a case is about.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Somebody who was refused asks for a person.
        case appeal
        /// A party resembles one on a screening list.
        case screening
        /// Accounts look coordinated.
        case cluster
        /// An organisation asks for more than the rules give everybody.
        case permission
        /// A desk asks to act against a standing decision.
        case override
        /// An organisation asks to be served.
        case application
        /// More left a guarded model's server than its answers explain.
        case egress
    }

    /// One thing that speaks for or against, in words a reviewer reads.
    public struct Evidence: Sendable, Equatable, Codable {
        /// What it is, such as `category` or `judged again`.
        public var name: String
        /// What it says.
        public var value: String

        /// Names and states it.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What one person said.
    public struct Ruling: Sendable, Equatable, Codable {
        /// Who: the name of a person who had signed in, or of the machine's own user.
        public var person: String
        /// Whether the person had signed in; absent in rulings from before people did.
        public var isSignedIn: Bool?
        /// When, milliseconds since 1970.
        public var time: Int64
        /// Whether they grant what is asked.
        public var grants: Bool
        /// Why, in their words.
        public var reason: String
    }

    /// Where a case stands.
    public enum State: String, Sendable, Codable {
        case open, granted, denied, withdrawn, expired
    }

    /// `case_` and 26 letters and digits.
    public let id: CaseID
    /// What it is about, by kind.
    public let kind: Kind
    /// What it is about: a decision's id, an organisation's.
    public let subject: String
    /// Who asked, so that nobody grants their own wish: an organisation's id, or a person's name.
    public let applicant: String
    /// Who opened it on the applicant's behalf; they do not rule on it either.
    public internal(set) var filedBy: String?
    /// What they ask for, in their words.
    public let request: String
    /// When it was opened, milliseconds since 1970.
    public let opened: Int64
    /// When it should be decided, milliseconds since 1970.
    public let due: Int64
    /// When it lapses undecided, milliseconds since 1970.
    public let expires: Int64
    /// How many different people must grant it: 1 or 2.
    public let required: Int
    /// What speaks for and against, in the order it was found.
    public private(set) var evidence: [Evidence]
    /// What people said, in order.
    public private(set) var rulings: [Ruling] = []
    /// Where it stands.
    public private(set) var state = State.open
    /// When it was closed, milliseconds since 1970.
    public private(set) var closed: Int64?

    /// The longest request or reason, in UTF-8 bytes.
    public static let longestText = 4_000

    /// Opens a case.
    ///
    /// - Parameters:
    ///   - dueIn: Milliseconds until somebody should have decided; a day by default.
    ///   - lapsesIn: Milliseconds until it lapses undecided; thirty days by default.
    /// - Throws: `CaseError.badText` for an empty or overlong request, `.badDeadline` where it would lapse before it is due.
    public init(
        id: CaseID = .random(), kind: Kind, subject: String, applicant: String, request: String,
        evidence: [Evidence] = [], required: Int = 1, now: Int64, dueIn: Int64 = 86_400_000,
        lapsesIn: Int64 = 30 * 86_400_000
    ) throws(CaseError) {
        guard dueIn > 0, lapsesIn >= dueIn, lapsesIn < 1 << 50, now >= 0, now < 1 << 50 else { throw .badDeadline }
        self.id = id
        self.kind = kind
        self.subject = subject
        self.applicant = applicant
        self.request = try Self.checked(request, "request")
        opened = now
        due = now + dueIn
        expires = now + lapsesIn
        self.required = min(2, max(1, required))
        self.evidence = evidence
    }

    /// Whether nobody has decided in time.
    public func isOverdue(at now: Int64) -> Bool { state == .open && now >= due }

    /// Takes what a person says; the case closes when one denies it, or enough different people grant it.
    ///
    /// Where two must grant, both have signed in: who may use the machine could otherwise be both.
    ///
    /// - Throws: `CaseError`: it is closed, has lapsed, or this person may not rule on it.
    public mutating func rule(grants: Bool, by ruler: Ruler, reason: String, at now: Int64) throws(CaseError) {
        lapse(at: now)
        guard state == .open else { throw .closed(id, state) }
        let person = try Self.checked(ruler.name, "person")
        let reason = try Self.checked(reason, "reason")
        guard person != applicant, person != filedBy || !ruler.isSignedIn else { throw .ownCase(id, person) }
        guard !rulings.contains(where: { $0.person == person }) else { throw .samePerson(id, person) }
        guard !grants || required < 2 || ruler.isSignedIn else { throw .mustSignIn(id) }
        rulings.append(
            Ruling(person: person, isSignedIn: ruler.isSignedIn, time: now, grants: grants, reason: reason))
        if !grants {
            close(.denied, now)
        } else if rulings.count >= required {
            close(.granted, now)
        }
    }

    /// Takes the request back.
    public mutating func withdraw(at now: Int64) throws(CaseError) {
        lapse(at: now)
        guard state == .open else { throw .closed(id, state) }
        close(.withdrawn, now)
    }

    /// Adds what was found out since.
    public mutating func add(_ more: Evidence, at now: Int64) throws(CaseError) {
        lapse(at: now)
        guard state == .open else { throw .closed(id, state) }
        evidence.append(more)
    }

    /// Replaces what was known under the same names, and adds the rest.
    public mutating func renew(_ known: [Evidence], at now: Int64) throws(CaseError) {
        lapse(at: now)
        guard state == .open else { throw .closed(id, state) }
        let names = Set(known.map(\.name))
        evidence.removeAll { names.contains($0.name) }
        evidence += known
    }

    /// Closes a case whose time is over, undecided.
    public mutating func lapse(at now: Int64) {
        if state == .open, now >= expires { close(.expired, expires) }
    }

    private mutating func close(_ state: State, _ time: Int64) {
        self.state = state
        closed = time
    }

    private static func checked(_ text: String, _ field: String) throws(CaseError) -> String {
        let isBlank = text.unicodeScalars.allSatisfy { $0.properties.isWhitespace }
        let isPlain = text.unicodeScalars.allSatisfy {
            $0.value >= 0x20 && $0.value != 0x7F || $0 == "\n" || $0 == "\t"
        }
        guard !isBlank, isPlain, text.utf8.count <= longestText else { throw .badText(field: field) }
        return text
    }
}
