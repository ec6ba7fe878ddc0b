import Safeguards

/// A bounded memory that many share: what was used lately stays, and whoever has most gives way first.
///
/// What goes is chosen among a few that are drawn by lot: of these, one of whoever has most, and of theirs the one that was used the
/// longest ago. So nobody can push out all others, whoever is alone has all the room, and no list needs to be kept in order.
struct FairMemory<Owner: Hashable & Sendable, Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        let key: Key
        var value: Value
        let size: Int
    }

    /// What is asked of an entry when it is drawn: kept apart, so that drawing touches little memory.
    private struct Standing {
        /// Whose it is, by number.
        let owner: Int
        var used: UInt64
    }

    /// How many are drawn each time.
    private static var draws: Int { 6 }

    private let room: Int
    private var entries: [Entry] = []
    private var standings: [Standing] = []
    private var places: [Key: Int] = [:]
    /// The numbers of owners who have something, what each has, and the numbers that are free.
    private var owners: [Owner: Int] = [:]
    private var shares: [(owner: Owner, size: Int)] = []
    private var free: [Int] = []
    private var uses: UInt64 = 0
    private var lots = SeededGenerator(seed: 1)
    /// The sizes of all together.
    private(set) var size = 0

    /// - Parameter room: What the sizes of all may come to.
    init(room: Int) { self.room = room }

    var count: Int { entries.count }

    /// What is kept under a key; it counts as used.
    mutating func find(_ key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        uses &+= 1
        standings[place].used = uses
        return entries[place].value
    }

    /// Keeps a value in the place of whatever the key had; one that is larger than all the room is not kept.
    mutating func keep(_ value: Value, under key: Key, of owner: Owner, size more: Int = 1) {
        if let place = places[key] {
            // The same again, as most are that come back, moves nothing.
            if entries[place].size == more, shares[standings[place].owner].owner == owner {
                uses &+= 1
                (entries[place].value, standings[place].used) = (value, uses)
                return
            }
            drop(place)
        }
        guard more > 0, more <= room else { return }
        while size + more > room { drop(leastMissed()) }
        uses &+= 1
        let number = number(of: owner)
        places[key] = entries.count
        entries.append(Entry(key: key, value: value, size: more))
        standings.append(Standing(owner: number, used: uses))
        shares[number].size += more
        size += more
    }

    private mutating func number(of owner: Owner) -> Int {
        if let known = owners[owner] { return known }
        let number = free.popLast() ?? shares.count
        if number == shares.count { shares.append((owner, 0)) } else { shares[number] = (owner, 0) }
        owners[owner] = number
        return number
    }

    private mutating func leastMissed() -> Int {
        var worst = Int.random(in: standings.indices, using: &lots)
        for _ in 1..<Self.draws {
            let place = Int.random(in: standings.indices, using: &lots)
            let (one, other) = (standings[worst], standings[place])
            let (share, more) = (shares[one.owner].size, shares[other.owner].size)
            if more > share || more == share && other.used < one.used { worst = place }
        }
        return worst
    }

    private mutating func drop(_ place: Int) {
        let (gone, number) = (entries[place], standings[place].owner)
        size -= gone.size
        places[gone.key] = nil
        shares[number].size -= gone.size
        if shares[number].size == 0 {
            owners[shares[number].owner] = nil
            free.append(number)
        }
        let (last, standing) = (entries.removeLast(), standings.removeLast())
        guard place < entries.count else { return }
        (entries[place], standings[place]) = (last, standing)
        places[last.key] = place
    }
}
