/// How often somebody may be wrong: at one address, for one name from one address, and for one name from everywhere.
///
/// Tables of fixed size, found by a keyed hash that nobody can predict: an attacker with many addresses or names costs no memory.
/// Who shares a place with somebody else who is wrong waits with them; that is rare, and short.
struct SignInLimit {
    /// So many at once, then one in so many milliseconds.
    private struct Rule {
        var burst: Int64
        var interval: Int64
    }

    private static let address = Rule(burst: 20, interval: 6_000)
    private static let pair = Rule(burst: 8, interval: 30_000)
    private static let name = Rule(burst: 100, interval: 10_000)
    private static let places = 8192

    /// When the debt of a place is paid, milliseconds since 1970 (the generic cell rate algorithm's one number).
    private var paid = [Int64](repeating: 0, count: places)

    /// Seconds until the next try is looked at; nil if it is now.
    func wait(_ person: String, from client: String, at now: Int64) -> Int? {
        let waits = Self.keys(person, client).map { rule, place in
            debt(place, rule, now) + rule.interval - now - rule.burst * rule.interval
        }
        let longest = waits.max() ?? 0
        return longest > 0 ? Int((longest + 999) / 1_000) : nil
    }

    /// Notes that somebody was wrong.
    mutating func note(_ person: String, from client: String, at now: Int64) {
        for (rule, place) in Self.keys(person, client) { paid[place] = debt(place, rule, now) + rule.interval }
    }

    /// When the debt of a place is paid; one that is larger than can have come about is of a clock that has been set back.
    private func debt(_ place: Int, _ rule: Rule, _ now: Int64) -> Int64 {
        paid[place] > now + rule.burst * rule.interval ? now : max(paid[place], now)
    }

    /// Forgives a name at an address, where somebody was right.
    mutating func forgive(_ person: String, from client: String) {
        let keys = Self.keys(person, client)
        for (rule, place) in keys { paid[place] -= rule.interval }
        paid[keys[1].1] = 0
    }

    private static func keys(_ person: String, _ client: String) -> [(Rule, Int)] {
        [(address, place(0, "", client)), (pair, place(1, person, client)), (name, place(2, person, ""))]
    }

    /// Where a name at an address is noted.
    static func places(_ person: String, from client: String) -> [Int] { keys(person, client).map(\.1) }

    private static func place(_ table: Int, _ person: String, _ client: String) -> Int {
        var hasher = Hasher()
        hasher.combine(table)
        hasher.combine(person)
        hasher.combine(client)
        return Int(UInt(bitPattern: hasher.finalize()) % UInt(places))
    }
}
