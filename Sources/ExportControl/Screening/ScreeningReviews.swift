/// The hits that people have to decide, and what they decided: a value, to be kept by whoever owns a disk.
///
/// A decision stands until the listed entry or the applicant changes; then the case is open again, with its history. A hit
/// by a number asks for a hold at once; a hit by name alone asks for a person and touches nobody.
public struct ScreeningReviews: Sendable, Equatable, Codable {
    /// What a person decided of a hit.
    public enum Outcome: String, Sendable, Codable { case cleared, confirmed }

    /// Where a case stands; a withdrawn one has nothing left to decide, since the applicant is named nowhere any more.
    public enum State: String, Sendable, Codable { case open, cleared, confirmed, withdrawn }

    /// One act on a case.
    public struct Act: Sendable, Equatable, Codable {
        /// "opened", "cleared", "confirmed", "withdrawn" or "reopened".
        public var what: String
        /// The person; nil if it came about by an import or an application.
        public var by: String?
        /// Why, in words.
        public var reason: String
        /// RFC 3339.
        public var at: String
        /// The version of the list that was in force.
        public var listVersion: String
    }

    /// One listed entry that one applicant may be.
    public struct Case: Sendable, Equatable, Codable {
        /// "applicant/list/entry".
        public var id: String
        /// The applicant's id.
        public var applicant: String
        /// The list's name.
        public var list: String
        /// The entry's id.
        public var entry: String
        /// The listed name that was hit.
        public var name: String
        /// In 0…1, when last screened.
        public var score: Float
        /// The number that both have, if that is how it was found.
        public var identifier: String?
        /// The words that were matched, as "asked = listed".
        public var words: [String]
        /// Where the case stands.
        public var state: State
        /// All that happened, oldest first.
        public var acts: [Act]
        var applicantMark: String
        var entryMark: String

        /// The party may not be served until a person has decided, or since a person has confirmed.
        public var asksForHold: Bool { state == .confirmed || state == .open && identifier != nil }
    }

    /// Why a decision is not taken.
    public enum Problem: Error, Sendable, Equatable, CustomStringConvertible {
        /// There is no such case.
        case unknownCase(String)
        /// A decision needs a reason.
        case noReason
        /// The case was decided before, and nothing has changed since.
        case alreadyDecided(String, State)

        /// What is wrong, and the way out.
        public var description: String {
            switch self {
            case .unknownCase(let id): "There is no case '\(id)'. List the cases to see their ids."
            case .noReason: "A decision needs a reason: it is kept, and others will read it."
            case .alreadyDecided(let id, let state):
                "Case '\(id)' is \(state.rawValue) already, and nothing changed since."
            }
        }
    }

    /// All cases by id.
    public private(set) var cases: [String: Case] = [:]

    /// No case.
    public init() {}

    /// The cases that were kept.
    public init(_ kept: [Case]) {
        cases = Dictionary(kept.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    }

    /// The cases that wait for a person: numbers first, then the likeliest.
    public var open: [Case] {
        cases.values.filter { $0.state == .open }.sorted {
            ($0.identifier != nil ? 1 : 0, $0.score, $1.id) > ($1.identifier != nil ? 1 : 0, $1.score, $0.id)
        }
    }

    /// Takes the hits of one applicant against one version of a list.
    ///
    /// A new hit opens a case; a decided one whose entry or applicant changed opens again; an open one that is hit no more
    /// stays, since a list that lost an entry by mistake must not decide.
    ///
    /// - Returns: The ids of the cases that were opened or opened again.
    @discardableResult
    public mutating func take(
        _ hits: [ScreeningHit], in index: ScreeningIndex, applicant: String, subject: ScreeningSubject,
        version: ListVersion,
        at time: String
    ) -> [String] {
        take(hits, of: index.parties, applicant: applicant, subject: subject, version: version, at: time)
    }

    /// The same for hits that were found without an index.
    @discardableResult
    public mutating func take(
        _ hits: [ScreeningHit], of parties: [ListedParty], applicant: String, subject: ScreeningSubject,
        version: ListVersion, at time: String
    ) -> [String] {
        let mark = Self.mark(subject)
        var opened: [String] = []
        for hit in hits {
            guard parties.indices.contains(hit.party) else { continue }
            let party = parties[hit.party]
            let id = "\(applicant)/\(version.list)/\(party.id)"
            let entryMark = Self.mark(party)
            var found =
                cases[id]
                ?? Case(
                    id: id, applicant: applicant, list: version.list, entry: party.id, name: "", score: 0, words: [],
                    state: .open, acts: [], applicantMark: mark, entryMark: entryMark)
            found.name = party.names.indices.contains(hit.name) ? party.names[hit.name] : party.name
            // A search by number alone does not take back what a search by name has found.
            found.score = hit.words.isEmpty ? max(found.score, hit.score) : hit.score
            found.identifier = hit.circumstance?.identifier
            if !hit.words.isEmpty || found.words.isEmpty {
                found.words = hit.words.map { "\($0.asked) = \($0.listed)" }
            }
            if found.acts.isEmpty {
                found.acts.append(Act(what: "opened", reason: "hit", at: time, listVersion: version.label))
                opened.append(id)
            } else if found.state == .withdrawn
                || found.state != .open && (found.applicantMark != mark || found.entryMark != entryMark)
            {
                let reason =
                    found.state == .withdrawn
                    ? "the applicant is back"
                    : found.entryMark != entryMark ? "the listed entry changed" : "the applicant changed"
                found.state = .open
                found.acts.append(Act(what: "reopened", reason: reason, at: time, listVersion: version.label))
                opened.append(id)
            }
            found.applicantMark = mark
            found.entryMark = entryMark
            cases[id] = found
        }
        return opened
    }

    /// Writes down what a person decided.
    ///
    /// - Throws: `Problem`, and changes nothing.
    public mutating func decide(
        _ id: String, _ outcome: Outcome, by person: String, reason: String, at time: String
    ) throws(Problem) {
        guard var found = cases[id] else { throw .unknownCase(id) }
        guard reason.contains(where: { !$0.isWhitespace }) else { throw .noReason }
        guard found.state == .open else { throw .alreadyDecided(id, found.state) }
        found.state = outcome == .cleared ? .cleared : .confirmed
        let version = found.acts.last?.listVersion ?? ""
        found.acts.append(Act(what: outcome.rawValue, by: person, reason: reason, at: time, listVersion: version))
        cases[id] = found
    }

    /// Takes back an open case whose applicant is named nowhere any more; a decided one stays as it is.
    ///
    /// - Returns: Whether it was open.
    public mutating func withdraw(_ id: String, reason: String, at time: String) -> Bool {
        guard var found = cases[id], found.state == .open else { return false }
        found.state = .withdrawn
        let version = found.acts.last?.listVersion ?? ""
        found.acts.append(Act(what: "withdrawn", reason: reason, at: time, listVersion: version))
        cases[id] = found
        return true
    }

    /// Changes with everything that a decision about a subject rested on.
    static func mark(_ subject: ScreeningSubject) -> String {
        ListVersion.hash([
            Array(
                (subject.names + ["|"] + subject.countries.sorted() + ["|"] + subject.identifiers.sorted()
                    + [subject.kind.rawValue]).joined(separator: "\n").utf8)
        ])
    }

    /// Changes with everything that the list says of an entry.
    static func mark(_ party: ListedParty) -> String { ListVersion.hash([Array(ListFile.line(party).utf8)]) }
}
