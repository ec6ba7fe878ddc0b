/// Who is screened: an organisation, or a person as a party.
///
/// A person's country, citizenship or place of birth is no part of it.
public struct ScreeningSubject: Sendable, Equatable {
    /// The name, then other names.
    public var names: [String]
    /// Unknown if nobody said.
    public var kind: ListedParty.Kind
    /// Countries of registration and headquarters (ISO 3166-1 alpha-2); used for organisations alone.
    public var countries: [String]
    /// Numbers that an authority gave.
    public var identifiers: [String]

    /// A subject of which nothing but names has to be known.
    public init(
        names: [String], kind: ListedParty.Kind = .unknown, countries: [String] = [], identifiers: [String] = []
    ) {
        self.names = names
        self.kind = kind
        self.countries = countries
        self.identifiers = identifiers
    }
}

/// What else speaks for or against a hit, beside the names.
///
/// It moves a score a little; none of it makes or unmakes a hit.
public struct Circumstance: Sendable, Equatable {
    /// How an organisation's countries compare: nil if one side has none.
    public var isSameCountry: Bool?
    /// How the kinds of party compare: nil if one is unknown.
    public var isSameKind: Bool?
    /// A number that both sides have.
    public var identifier: String?

    init(_ subject: ScreeningSubject, _ party: ListedParty) {
        let kinds: Set<ListedParty.Kind> = [subject.kind, party.kind]
        if !kinds.contains(.unknown) { isSameKind = kinds.count == 1 }
        let codes = { (texts: [String]) in Set(texts.filter { $0.utf8.count == 2 }.map { $0.uppercased() }) }
        let (own, listed) = (codes(subject.countries), codes(party.countries))
        if subject.kind == .organization, party.kind != .person, !own.isEmpty, !listed.isEmpty {
            isSameCountry = !own.isDisjoint(with: listed)
        }
        let keys = Set(subject.identifiers.map(ScreeningIndex.identifierKey).filter { $0.utf8.count >= 5 })
        identifier = party.identifiers.first { keys.contains(ScreeningIndex.identifierKey($0.value)) }?.value
    }

    /// What is added to the logarithm of the odds.
    var shift: Float {
        var shift: Float = 0
        if let isSameCountry { shift += isSameCountry ? 0.3 : -0.5 }
        if let isSameKind { shift += isSameKind ? 0.1 : -0.8 }
        if identifier != nil { shift += 3 }
        return shift
    }

    /// A score after what else is known.
    func moved(_ score: Float) -> Float {
        guard shift != 0, score > 0, score < 1 else { return score }
        let odds = (score / (1 - score)) * shift.exponential
        return odds / (1 + odds)
    }
}

extension Screener {
    /// The listed entries that a subject may be, the likeliest first: by any of its names, and by its numbers.
    ///
    /// - Parameter floor: Hits below this score, after circumstances, are left out; but one with a number of the subject
    ///   never is.
    public mutating func search(_ subject: ScreeningSubject, floor: Float = 0.3, limit: Int = 10) -> [ScreeningHit] {
        var best: [Int: ScreeningHit] = [:]
        func take(_ hit: ScreeningHit) {
            var hit = hit
            let circumstance = Circumstance(subject, index.parties[hit.party])
            hit.score = circumstance.moved(hit.score)
            hit.circumstance = circumstance
            if circumstance.identifier != nil { hit.score = max(hit.score, 0.5) }
            if hit.score >= floor || circumstance.identifier != nil, hit.score > best[hit.party]?.score ?? -1 {
                best[hit.party] = hit
            }
        }
        let byNumber = Set(
            subject.identifiers.flatMap { index.identifiers[ScreeningIndex.identifierKey($0)] ?? [] }.map(Int.init))
        for party in byNumber.sorted() {
            take(ScreeningHit(party: party, name: 0, score: 0, evidence: NameEvidence(), words: []))
        }
        for name in subject.names {
            for hit in search(name, floor: byNumber.isEmpty ? floor * 0.6 : 0.01, limit: 50) { take(hit) }
        }
        return Array(best.values.sorted { ($0.score, $1.party) > ($1.score, $0.party) }.prefix(limit))
    }
}
