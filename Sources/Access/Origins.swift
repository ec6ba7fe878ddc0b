import Places
public import Store
import Synchronization
import Threads

/// Where an organisation's requests came from since the start; a flag for people, never a verdict.
public struct OriginCount: Sendable, Equatable {
    /// The country.
    public var country: String
    /// Requests from there.
    public var requests: Int
    /// How many of them from networks of hosting and proxies.
    public var hosting: Int
    /// Whether the organisation has no seat there.
    public var isMismatch: Bool
}

/// Counts an organisation's requests by country.
final class OriginTally: Sendable {
    private struct Count: Sendable {
        let country: String
        var requests: Int
        var hosting: Int
    }

    private let counts = Guarded([Count]())

    func note(_ origin: Origin) {
        guard !origin.country.isEmpty else { return }
        counts.withLock { counts in
            if let place = counts.firstIndex(where: { $0.country == origin.country }) {
                counts[place].requests += 1
                if origin.isHosting { counts[place].hosting += 1 }
            } else {
                counts.append(Count(country: origin.country, requests: 1, hosting: origin.isHosting ? 1 : 0))
            }
        }
    }

    func counts(seats: Set<String>) -> [OriginCount] {
        counts.withLock { $0 }.map {
            OriginCount(
                country: $0.country, requests: $0.requests, hosting: $0.hosting,
                isMismatch: !seats.isEmpty && !seats.contains($0.country))
        }.sorted { ($0.requests, $1.country) > ($1.requests, $0.country) }
    }
}

extension Gatekeeper {
    /// Where an organisation's requests came from since the start, the most frequent first.
    public func origins(of organisation: OrganisationID) -> [OriginCount] {
        let (tally, seats) = book.withLock { book in
            (book.originTallies[organisation], book.snapshot.facts[organisation]?.seats ?? [])
        }
        return tally?.counts(seats: seats) ?? []
    }

    /// Puts what desks know of organisations in force; memory only.
    public func set(facts: [OrganisationID: OrganisationFacts]) {
        cut { book in
            let old = book.snapshot.facts
            book.snapshot.facts = facts
            let changed = Set(old.keys).union(facts.keys).filter { old[$0] != facts[$0] }
            return Set(book.doors.values.filter { changed.contains($0.key.organisation) }.map(\.key.family))
        }
    }

    /// Puts the embargoed places of the dated rules in force, by code, with the clause; memory only.
    public func set(embargo: [String: String]) {
        cut { book in
            guard book.snapshot.embargo != embargo else { return [] }
            book.snapshot.embargo = embargo
            return Set(book.families.keys)
        }
    }
}
