/// The sampled items of all accounts one after another.
struct ItemLists {
    private(set) var items: [UInt64] = []
    private var starts = [0]

    init(_ capacity: Int) { items.reserveCapacity(capacity) }

    /// Where each list begins, and where the last one ends.
    var bounds: [Int] { starts }

    mutating func append(_ list: [UInt64]) {
        items.append(contentsOf: list)
        starts.append(items.count)
    }

    subscript(account: Int) -> ArraySlice<UInt64> { items[starts[account]..<starts[account + 1]] }
}

/// Numbers hashes in the order in which they come for the first time.
struct NumberTable {
    private var slots: [(key: UInt64, number: Int32)]
    /// How many different hashes have come.
    private(set) var count: Int32 = 0

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

    /// The number of a hash that has come; nil if it has not.
    func known(_ key: UInt64) -> Int32? {
        let found = slots[slot(key)].number
        return found >= 0 ? found : nil
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
struct UserTable {
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

/// Tells cheaply which of many hashes cannot have come twice: most do not, and a table of all would not fit the cache.
struct TwiceSeen {
    private var once: [UInt64]
    private var again: [UInt64]
    private let mask: UInt64

    /// - Parameter expected: About how many hashes will come.
    init(expected: Int) {
        var size = 1 << 12
        while size < expected * 4, size < 1 << 25 { size *= 2 }
        once = [UInt64](repeating: 0, count: size / 64)
        again = once
        mask = UInt64(size - 1)
    }

    mutating func add(_ hashes: [UInt64]) {
        for hash in hashes {
            let bit = (hash >> 17) & mask
            let (word, flag) = (Int(bit >> 6), UInt64(1) << (bit & 63))
            again[word] |= once[word] & flag
            once[word] |= flag
        }
    }

    /// Whether a hash may have come twice; true for some that did not.
    @inline(__always)
    func mayContain(_ hash: UInt64) -> Bool {
        let bit = (hash >> 17) & mask
        return again[Int(bit >> 6)] >> (bit & 63) & 1 == 1
    }
}
