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

    /// When organisations signed up and when accounts were first used, in days and hours, in order.
    let signUps: [Double]
    let firstUses: [Double]

    private var objects: [(object: Int32, share: Float)] = []
    private var starts: [Int] = [0]
    // All accounts' words one after another: walking over them is what most of the time goes into.
    private(set) var words: [(bucket: UInt16, share: Float)] = []
    private(set) var wordStarts: [Int] = [0]
    /// Where in each account's words those begin of which its organisation has a notable part.
    private(set) var ownStarts: [Int] = []
    /// The sum of the shares of each account's words.
    private(set) var wordSums: [Float] = []
    /// The objects of each account that another organisation uses as well.
    private var shared: [(object: Int32, share: Float)] = []
    private var sharedStarts: [Int] = [0]

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
        signUps = profiles.compactMap { $0.created.map { Double($0) / 86_400_000 } }.sorted()
        firstUses = profiles.map { Double($0.first) / 3_600_000 }.sorted()
        number()
        countOrganisations()
        layWords()
        pickShared()
        var (content, moments) = (ItemLists(profiles.count * 32), ItemLists(profiles.count * 16))
        for account in profiles.indices {
            content.append(profiles[account].content)
            moments.append(profiles[account].moments)
        }
        rare = sharing(content, most: 8)
        synchrony = sharing(moments, most: 6)
    }

    /// Calls `body` with each object of an account by number, and the share of its exchanges that used it.
    @inline(__always)
    func eachObject(of account: Int, _ body: (_ object: Int, _ share: Float) -> Void) {
        objects.withUnsafeBufferPointer { objects in
            for at in starts[account]..<starts[account + 1] { body(Int(objects[at].object), objects[at].share) }
        }
    }

    /// Calls `body` with each word of an account and the share of its exchanges that have it.
    @inline(__always)
    func eachWord(of account: Int, _ body: (_ bucket: Int, _ share: Float) -> Void) {
        words.withUnsafeBufferPointer { words in
            for at in wordStarts[account]..<wordStarts[account + 1] { body(Int(words[at].bucket), words[at].share) }
        }
    }

    /// Calls `body` with each object of an account that another organisation uses as well.
    @inline(__always)
    func eachShared(of account: Int, _ body: (_ object: Int, _ share: Float) -> Void) {
        shared.withUnsafeBufferPointer { shared in
            for at in sharedStarts[account]..<sharedStarts[account + 1] {
                body(Int(shared[at].object), shared[at].share)
            }
        }
    }

    private mutating func pickShared() {
        shared.reserveCapacity(objects.count / 2)
        sharedStarts.reserveCapacity(profiles.count + 1)
        for account in profiles.indices {
            for at in starts[account]..<starts[account + 1] where degree[Int(objects[at].object)] > 1 {
                shared.append(objects[at])
            }
            sharedStarts.append(shared.count)
        }
    }

    /// Lays all words out, behind the others those of which an account's organisation has more than a fiftieth.
    private mutating func layWords() {
        wordStarts.reserveCapacity(profiles.count + 1)
        for profile in profiles { wordStarts.append(wordStarts[wordStarts.count - 1] + profile.words.count) }
        wordSums = profiles.map { $0.words.reduce(0) { $0 + $1.share } }
        var mass = [Float](repeating: 0, count: WordCounts.buckets)
        for account in profiles.indices {
            for (bucket, share) in profiles[account].words { mass[Int(bucket)] += share * weight[account] }
        }
        wordMass = mass
        ownStarts = [Int](repeating: 0, count: profiles.count)
        var own = [Float](repeating: 0, count: WordCounts.buckets)
        let whole = wordStarts[profiles.count]
        words = [(bucket: UInt16, share: Float)](unsafeUninitializedCapacity: whole) { words, count in
            var start = 0
            while start < order.count {
                let end = self.end(of: start)
                let isAlone = end == start + 1
                for account in order[start..<end] where !isAlone {
                    for (bucket, share) in profiles[account].words { own[Int(bucket)] += share * weight[account] }
                }
                for account in order[start..<end] {
                    var (low, high) = (wordStarts[account], wordStarts[account + 1])
                    for word in profiles[account].words {
                        let at = Int(word.bucket)
                        if (isAlone ? word.share : own[at]) < 0.02 * mass[at] {
                            words.initializeElement(at: low, to: word)
                            low += 1
                        } else {
                            high -= 1
                            words.initializeElement(at: high, to: word)
                        }
                    }
                    ownStarts[account] = low
                }
                for account in order[start..<end] where !isAlone {
                    for (bucket, _) in profiles[account].words { own[Int(bucket)] = 0 }
                }
                start = end
            }
            count = whole
        }
    }

    /// Where in `order` the accounts end that are of one organisation with the one at `start`.
    func end(of start: Int) -> Int {
        var end = start + 1
        while end < order.count, organisation[order[end]] == organisation[order[start]] { end += 1 }
        return end
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
            for at in starts[account]..<starts[account + 1] {
                let object = Int(objects[at].object)
                guard last[object] != id else { continue }
                last[object] = id
                degree[object] += 1
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
        var twice = TwiceSeen(expected: lists.items.count)
        twice.add(lists.items)
        let bounds = lists.bounds
        return lists.items.withUnsafeBufferPointer { items in
            var users = UserTable(capacity: items.count { twice.mayContain($0) })
            for account in order {
                for at in bounds[account]..<bounds[account + 1] where twice.mayContain(items[at]) {
                    users.add(items[at], of: organisation[account])
                }
            }
            return profiles.indices.map { account in
                let count = bounds[account + 1] - bounds[account]
                guard count >= 4 else { return 0 }
                var shared = 0
                for at in bounds[account]..<bounds[account + 1] where twice.mayContain(items[at]) {
                    if (2...most).contains(users.degree(items[at])) { shared += 1 }
                }
                return min(1, Float(shared) / Float(count) * 2)
            }
        }
    }
}
