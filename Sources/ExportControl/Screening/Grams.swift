/// The groups of letters by which listed names are found: keys of 18 bits, where a collision does no harm.
enum Grams {
    static let bits = 18
    static let space = 1 << bits

    /// The keys of one form, each once.
    ///
    /// Three sounds in a row, legal forms left out and words written together, so that joined, split and turned words
    /// share most of them; of Han text, characters and pairs; and consonants where a script leaves vowels out.
    static func keys(of form: NameForm, asQuery: Bool) -> [UInt32] {
        var sounds: [UInt16] = []
        var hasAbjad = false
        for word in form.words where word.kind != .legalForm && word.kind != .filler {
            hasAbjad = hasAbjad || word.isAbjad
            for code in word.sound where sounds.last != code { sounds.append(code) }
        }
        var keys: [UInt32] = []
        keys.reserveCapacity(sounds.count * 2 + 4)
        if form.isHan {
            for (place, code) in sounds.enumerated() {
                keys.append(key(1, code, 0, 0))
                if place > 0 { keys.append(key(2, sounds[place - 1], code, 0)) }
            }
        } else {
            appendRuns(sounds, space: 3, to: &keys)
            if sounds.count <= 8 { appendNeighbours(sounds, to: &keys) }
            let skeleton = SoundFold.skeleton(sounds)
            if asQuery {
                // What is written without vowels is looked up among all names, and every name among those.
                if hasAbjad { appendRuns(skeleton, space: 5, to: &keys) }
                appendRuns(skeleton, space: 6, to: &keys)
            } else {
                appendRuns(skeleton, space: hasAbjad ? 6 : 5, to: &keys)
            }
        }
        keys.sort()
        return keys.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    private static func appendRuns(_ codes: [UInt16], space: UInt64, to keys: inout [UInt32]) {
        guard codes.count >= 3 else {
            if let first = codes.first { keys.append(key(space + 8, first, codes.count > 1 ? codes[1] : 0, 0)) }
            return
        }
        for place in 2..<codes.count { keys.append(key(space, codes[place - 2], codes[place - 1], codes[place])) }
    }

    /// A short name, and what is left of it without any one of its sounds.
    private static func appendNeighbours(_ codes: [UInt16], to keys: inout [UInt32]) {
        for skipped in 0...codes.count {
            var hash: UInt64 = 7
            for (place, code) in codes.enumerated() where place != skipped { hash = hash &* 131 &+ UInt64(code) }
            keys.append(
                key(
                    20, UInt16(truncatingIfNeeded: hash >> 32), UInt16(truncatingIfNeeded: hash >> 16),
                    UInt16(truncatingIfNeeded: hash)))
        }
    }

    @inline(__always)
    private static func key(_ space: UInt64, _ one: UInt16, _ two: UInt16, _ three: UInt16) -> UInt32 {
        var hash = space << 48 | UInt64(one) << 32 | UInt64(two) << 16 | UInt64(three)
        hash = (hash ^ hash >> 31) &* 0x9E37_79B9_7F4A_7C15
        return UInt32(truncatingIfNeeded: hash >> UInt64(64 - bits))
    }
}

/// Lists of keys, one after the other.
struct GramLists: Sequence {
    private(set) var all: [UInt32] = []
    private(set) var ends: [Int] = []

    mutating func append(_ keys: [UInt32]) {
        all.append(contentsOf: keys)
        ends.append(all.count)
    }

    struct List { var keys: ArraySlice<UInt32> }

    func makeIterator() -> AnyIterator<List> {
        var place = 0
        return AnyIterator {
            guard place < ends.count else { return nil }
            defer { place += 1 }
            return List(keys: all[(place == 0 ? 0 : ends[place - 1])..<ends[place]])
        }
    }
}

/// Which names hold which key.
struct GramIndex: Sendable {
    private let offsets: [UInt32]
    private let postings: [UInt32]
    private let keyWeights: [Float]

    init(_ lists: GramLists) {
        var offsets: [UInt32] = Array(repeating: 0, count: Grams.space + 1)
        for key in lists.all { offsets[Int(key) + 1] += 1 }
        let total = Float(max(2, lists.ends.count))
        var weights: [Float] = Array(repeating: 1, count: Grams.space)
        for key in 0..<Grams.space {
            let count = offsets[key + 1]
            if count > 0 { weights[key] = 0.05 + (1 + total / Float(count)).logarithm }
            offsets[key + 1] += offsets[key]
        }
        // A key that no listed name has weighs as much as the rarest.
        for key in 0..<Grams.space where offsets[key + 1] == offsets[key] { weights[key] = (1 + total).logarithm }
        var cursors = offsets
        var postings: [UInt32] = Array(repeating: 0, count: lists.all.count)
        var begin = 0
        for (name, end) in lists.ends.enumerated() {
            for place in begin..<end {
                let key = Int(lists.all[place])
                postings[Int(cursors[key])] = UInt32(name)
                cursors[key] += 1
            }
            begin = end
        }
        self.offsets = offsets
        self.postings = postings
        keyWeights = weights
    }

    /// The weight of all keys together.
    func weight(of keys: some Sequence<UInt32>) -> Float { keys.reduce(0) { $0 + keyWeights[Int($1)] } }

    func weight(_ key: UInt32) -> Float { keyWeights[Int(key)] }

    func count(_ key: UInt32) -> Int { Int(offsets[Int(key) + 1] - offsets[Int(key)]) }

    /// Calls `body` with the names that hold a key.
    @inline(__always)
    func withNames<Result>(_ key: UInt32, _ body: (UnsafeBufferPointer<UInt32>) -> Result) -> Result {
        postings.withUnsafeBufferPointer { all in
            body(UnsafeBufferPointer(rebasing: all[Int(offsets[Int(key)])..<Int(offsets[Int(key) + 1])]))
        }
    }
}
