import Glibc

/// All accounts of a moment, with what they share, ready to be weighed.
///
/// Accounts of one organisation share things by right: wherever accounts are counted, an organisation counts once.
struct Population {
    let profiles: [AccountProfile]
    /// The number of the organisation of each account, and its weight: one over the accounts of that organisation.
    let organisation: [Int32]
    let weight: [Float]
    let organisations: Int
    /// The accounts, those of one organisation beside each other.
    let order: [Int]
    /// The kind of each object, and how many organisations use it.
    private(set) var kinds: [UInt8] = []
    private(set) var degree: [Int32] = []
    /// The mass of each word, each organisation once.
    private(set) var wordMass = [Float](repeating: 0, count: WordCounts.buckets)
    /// How much of what an account asked a few other organisations asked too, and how much of it at the same time.
    private(set) var rare: [Float] = []
    private(set) var synchrony: [Float] = []

    private var objects: [(object: Int32, share: Float)] = []
    private var starts: [Int] = [0]
    // All accounts' words one after another: walking over them is what most of the time goes into.
    private(set) var words: [(bucket: UInt16, share: Float)] = []
    private(set) var wordStarts: [Int] = [0]

    static let settingsKind: UInt8 = 15
    static let bunchKind: UInt8 = 14
    static let startKind: UInt8 = 13

    init(_ profiles: [AccountProfile], organisationIDs: [Int32], organisations: Int) {
        self.profiles = profiles
        organisation = organisationIDs
        self.organisations = organisations
        var sizes = [Float](repeating: 0, count: organisations)
        for id in organisationIDs { sizes[Int(id)] += 1 }
        weight = organisationIDs.map { 1 / max(1, sizes[Int($0)]) }
        order = Self.grouped(organisationIDs, organisations)
        number()
        countOrganisations()
        words.reserveCapacity(profiles.count * 128)
        wordStarts.reserveCapacity(profiles.count + 1)
        for account in profiles.indices {
            for (bucket, share) in profiles[account].words { wordMass[Int(bucket)] += share * weight[account] }
            words.append(contentsOf: profiles[account].words)
            wordStarts.append(words.count)
        }
        var (content, moments) = (ItemLists(profiles.count * 32), ItemLists(profiles.count * 16))
        for account in profiles.indices {
            content.append(profiles[account].content)
            moments.append(profiles[account].moments)
        }
        rare = sharing(content, most: 8)
        synchrony = sharing(moments, most: 6)
    }

    /// The objects of an account by number, with the share of its exchanges that used them.
    @inline(__always)
    func objects(of account: Int) -> ArraySlice<(object: Int32, share: Float)> {
        objects[starts[account]..<starts[account + 1]]
    }

    private mutating func number() {
        objects.reserveCapacity(profiles.count * 20)
        var numbers = NumberTable(capacity: profiles.count * 6)
        for account in profiles.indices {
            for object in profiles[account].objects {
                let found = numbers.number(of: object.hash)
                if found.isNew { kinds.append(UInt8(object.hash & 15)) }
                objects.append((found.number, object.share))
            }
            starts.append(objects.count)
        }
    }

    /// Counts each organisation once per object: accounts are visited organisation by organisation.
    private mutating func countOrganisations() {
        degree = [Int32](repeating: 0, count: kinds.count)
        var last = [Int32](repeating: -1, count: kinds.count)
        for account in order {
            let id = organisation[account]
            for (object, _) in objects(of: account) where last[Int(object)] != id {
                last[Int(object)] = id
                degree[Int(object)] += 1
            }
        }
    }

    private static func grouped(_ organisation: [Int32], _ organisations: Int) -> [Int] {
        var starts = [Int](repeating: 0, count: organisations + 1)
        for id in organisation { starts[Int(id) + 1] += 1 }
        for index in starts.indices.dropFirst() { starts[index] += starts[index - 1] }
        var order = [Int](repeating: 0, count: organisation.count)
        for (account, id) in organisation.enumerated() {
            order[starts[Int(id)]] = account
            starts[Int(id)] += 1
        }
        return order
    }

    /// For each account, twice the share of its sampled items that 2 to `most` organisations have, at most 1.
    private func sharing(_ lists: ItemLists, most: Int32) -> [Float] {
        var users = UserTable(capacity: lists.items.count)
        for account in order {
            for item in lists[account] { users.add(item, of: organisation[account]) }
        }
        return profiles.indices.map { account in
            let list = lists[account]
            guard list.count >= 4 else { return 0 }
            let shared = list.count { (2...most).contains(users.degree($0)) }
            return min(1, Float(shared) / Float(list.count) * 2)
        }
    }
}

/// The sampled items of all accounts one after another.
private struct ItemLists {
    private(set) var items: [UInt64] = []
    private var starts = [0]

    init(_ capacity: Int) { items.reserveCapacity(capacity) }

    mutating func append(_ list: [UInt64]) {
        items.append(contentsOf: list)
        starts.append(items.count)
    }

    subscript(account: Int) -> ArraySlice<UInt64> { items[starts[account]..<starts[account + 1]] }
}

/// Numbers hashes in the order in which they come for the first time.
private struct NumberTable {
    private var slots: [(key: UInt64, number: Int32)]
    private var count: Int32 = 0

    init(capacity: Int) {
        var size = 64
        while size < capacity * 2 { size *= 2 }
        slots = [(key: UInt64, number: Int32)](repeating: (0, -1), count: size)
    }

    mutating func number(of key: UInt64) -> (number: Int32, isNew: Bool) {
        if Int(count) * 2 > slots.count { grow() }
        let at = slot(key)
        if slots[at].number >= 0 { return (slots[at].number, false) }
        slots[at] = (key, count)
        count += 1
        return (count - 1, true)
    }

    @inline(__always)
    private func slot(_ key: UInt64) -> Int {
        var at = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 20) & (slots.count - 1)
        while slots[at].number >= 0, slots[at].key != key { at = (at &+ 1) & (slots.count - 1) }
        return at
    }

    private mutating func grow() {
        let old = slots
        slots = [(key: UInt64, number: Int32)](repeating: (0, -1), count: old.count * 2)
        for entry in old where entry.number >= 0 { slots[slot(entry.key)] = entry }
    }
}

/// How many organisations use each of many hashes; the organisations must come one after another.
private struct UserTable {
    private var slots: [(key: UInt64, organisation: Int32, degree: Int32)]
    private let mask: Int

    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = [(key: UInt64, organisation: Int32, degree: Int32)](repeating: (0, 0, 0), count: size)
        mask = size - 1
    }

    @inline(__always)
    private func slot(_ key: UInt64) -> Int {
        var at = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 20) & mask
        while slots[at].degree > 0, slots[at].key != key { at = (at &+ 1) & mask }
        return at
    }

    mutating func add(_ key: UInt64, of organisation: Int32) {
        let at = slot(key)
        if slots[at].degree == 0 {
            slots[at] = (key, organisation, 1)
        } else if slots[at].organisation != organisation {
            slots[at].organisation = organisation
            slots[at].degree = min(1000, slots[at].degree + 1)
        }
    }

    func degree(_ key: UInt64) -> Int32 { slots[slot(key)].degree }
}
