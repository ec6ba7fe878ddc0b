import Glibc

/// Weighs the evidence of all accounts together, in rounds.
///
/// In each round an object (a card, an address, a word …) is as suspect as the *other* organisations that use it, and an
/// account takes from each of its objects the logarithm of how much more suspect than the average that is. So a crowd
/// that shares one thing and is otherwise like everybody stays where it was; organisations that are alike in several
/// unrelated ways raise each other.
struct Weighing {
    let population: Population
    private(set) var signals: SignalTable
    /// The probability, in 0...1, that an account is part of something coordinated.
    private(set) var suspicion: [Float]

    private let weights: [Float]
    private var cleared: [Bool] = []
    private var settled: [Bool] = []
    private var byOrganisation: [Float]
    private var average: Float = 0
    private static let rounds = 3
    /// For how many hours an account is new, and how much of the others' rhythm it is given.
    private static let young: Float = 36
    private static let assumed: Float = 0.8
    private static let wordPrior: Float = 0.12
    private static let objectPrior: Float = 1.5

    /// - Parameter removed: Families of evidence that are left out.
    init(_ population: Population, without removed: Set<EvidenceFamily> = []) {
        self.population = population
        weights = Signal.weights(without: removed)
        signals = SignalTable(population.profiles)
        suspicion = [Float](repeating: 0, count: population.profiles.count)
        byOrganisation = [Float](repeating: 0, count: population.organisations)
        weigh()
    }

    /// Weighs again, with what has been found out meanwhile.
    ///
    /// - Parameters:
    ///   - cleared: Accounts that were looked at as a group and found honest: they raise nobody.
    ///   - settled: Accounts of campaigns that were found before: they count as much as everybody does on average, so that
    ///     next to a large campaign a small one is seen as it would be alone.
    mutating func weighAgain(cleared: [Bool], settled: [Bool]) {
        self.cleared = cleared
        self.settled = settled
        signals = SignalTable(population.profiles)
        weigh()
    }

    private mutating func weigh() {
        guard !population.profiles.isEmpty else { return }
        assumeRhythm()
        for account in suspicion.indices {
            signals[account, .rare] = population.rare[account]
            signals[account, .synchrony] = population.synchrony[account]
        }
        score()
        for _ in 0..<Self.rounds {
            weighObjects()
            weighWords()
            score()
        }
    }

    /// Gives new accounts, of whose rhythm little can be known, the rhythm of the others for what is not known.
    ///
    /// Otherwise new accounts would look like people who come seldom, and what they share would speak for them.
    private mutating func assumeRhythm() {
        let latest = population.profiles.reduce(Int64(0)) { max($0, $1.last) }
        let unknown = population.profiles.map { profile in
            let hours = Float(latest - profile.first) / 3_600_000
            return (1 - profile.certainty) * max(0, min(1, (Self.young - hours) / (Self.young - 12)))
        }
        let certain = population.profiles.reduce(Float(0)) { $0 + $1.certainty }
        guard certain > 0 else { return }
        for signal in [Signal.spread, .hours, .persistence] {
            let usual = suspicion.indices.reduce(Float(0)) { $0 + signals[$1, signal] } / certain * Self.assumed
            for account in suspicion.indices {
                signals[account, signal] += usual * unknown[account]
            }
        }
    }

    private mutating func score() {
        for organisation in byOrganisation.indices { byOrganisation[organisation] = 0 }
        var others: Float = 0
        for account in suspicion.indices where settled.isEmpty || !settled[account] {
            let sum = Signal.constant + signals.weighed(account, weights)
            let isCleared = !cleared.isEmpty && cleared[account]
            suspicion[account] = isCleared ? 0.0005 : 1 / (1 + exp(-max(-30, min(30, sum))))
            byOrganisation[Int(population.organisation[account])] += suspicion[account] * population.weight[account]
            others += population.weight[account]
        }
        average = max(1e-4, byOrganisation.reduce(0, +) / max(1, others))
        guard !settled.isEmpty else { return }
        for account in suspicion.indices where settled[account] {
            suspicion[account] = average
            byOrganisation[Int(population.organisation[account])] += average * population.weight[account]
        }
    }

    // MARK: objects

    private mutating func weighObjects() {
        let sums = suspectUsers()
        let base = log(average)
        let many = log(Float(population.organisations) + 2)
        let prior = Self.objectPrior
        let hubs = (0..<1024).map { max(Float(0.1), 1 - log(Float($0) + 1) / many * 0.6) }
        // Hubs say less: an object of everybody almost nothing.
        func hub(_ others: Int32) -> Float {
            others < 1024 ? hubs[Int(others)] : max(0.1, 1 - log(Float(others) + 1) / many * 0.6)
        }
        let values = sums.indices.map { object -> Float in
            let others = population.degree[object] - 1
            guard others >= 8 else { return .nan }
            let mean = (sums[object] + prior * average) / (Float(others) + 1 + prior)
            return (log(max(1e-9, mean)) - base) * hub(others)
        }
        var best = [Float](repeating: 0, count: 16)
        for account in suspicion.indices {
            let own = byOrganisation[Int(population.organisation[account])]
            for kind in best.indices { best[kind] = 0 }
            population.eachShared(of: account) { object, share in
                guard share >= 0.1 else { return }
                let kind = Int(population.kinds[object])
                var value = values[object]
                // Where an organisation is a notable part of an object's users, itself is taken off.
                if value.isNaN || own > 0.02 * sums[object] {
                    let others = Float(population.degree[object] - 1)
                    let mean = (sums[object] - own + prior * average) / (others + prior)
                    value = (log(max(1e-9, mean)) - base) * hub(population.degree[object] - 1)
                }
                if abs(value) > abs(best[kind]) { best[kind] = value }
            }
            take(best, for: account)
        }
    }

    /// The suspicion of each object's users, each organisation once.
    private func suspectUsers() -> [Float] {
        var sums = [Float](repeating: 0, count: population.kinds.count)
        var last = [Int32](repeating: -1, count: population.kinds.count)
        for account in population.order {
            let id = population.organisation[account]
            population.eachShared(of: account) { object, _ in
                guard last[object] != id else { return }
                last[object] = id
                sums[object] += byOrganisation[Int(id)]
            }
        }
        return sums
    }

    private mutating func take(_ best: [Float], for account: Int) {
        @inline(__always)
        func put(_ signal: Signal, _ kind: UInt8) { signals[account, signal] = max(-1.5, min(4, best[Int(kind)])) }
        put(.payment, ObjectKind.payment.rawValue)
        put(.address, ObjectKind.address.rawValue)
        put(.neighbourhood, ObjectKind.neighbourhood.rawValue)
        put(.network, ObjectKind.network.rawValue)
        put(.client, ObjectKind.client.rawValue)
        put(.system, ObjectKind.system.rawValue)
        put(.settings, Population.settingsKind)
        put(.bunching, Population.bunchKind)
        put(.start, Population.startKind)
    }

    // MARK: wording

    /// The mass of each word among the suspect, each organisation once.
    private func suspectMass() -> [Float] {
        var suspect = [Float](repeating: 0, count: WordCounts.buckets)
        suspect.withUnsafeMutableBufferPointer { suspect in
            for account in suspicion.indices {
                let value = suspicion[account] * population.weight[account]
                population.eachWord(of: account) { bucket, share in suspect[bucket] += share * value }
            }
        }
        return suspect
    }

    private mutating func weighWords() {
        let suspect = suspectMass()
        let all = population.wordMass
        let prior = Self.wordPrior
        let base = log(average)
        let common = suspect.indices.map {
            log(max(0.02 * average, (suspect[$0] + prior * average) / (all[$0] + prior))) - base
        }
        var start = 0
        let order = population.order
        var own = OwnWords()
        while start < order.count {
            let end = population.end(of: start)
            // What an organisation says itself is taken off as a whole.
            for account in order[start..<end] {
                own.add(ownWords(of: account), weight: population.weight[account], suspicion: suspicion[account])
            }
            for account in order[start..<end] {
                var sum = commonSum(account, common)
                for (bucket, share) in ownWords(of: account) {
                    let at = Int(bucket)
                    let others = suspect[at] - own.suspect[at] + prior * average
                    let mean = others / (all[at] - own.all[at] + prior)
                    sum += share * (log(max(0.02 * average, mean)) - base)
                }
                let mass = population.wordSums[account]
                signals[account, .wording] = max(-3, min(4, mass > 0 ? sum / mass * 2 : 0))
            }
            for account in order[start..<end] { own.clear(ownWords(of: account)) }
            start = end
        }
    }

    /// The sum over the words that an account shares with so many that its own part does not matter.
    @inline(__always)
    private func commonSum(_ account: Int, _ common: [Float]) -> Float {
        population.words.withUnsafeBufferPointer { words in
            common.withUnsafeBufferPointer { common in
                var (sum, other) = (Float(0), Float(0))
                var at = population.wordStarts[account]
                let end = population.ownStarts[account]
                while at &+ 1 < end {
                    sum += words[at].share * common[Int(words[at].bucket)]
                    other += words[at &+ 1].share * common[Int(words[at &+ 1].bucket)]
                    at &+= 2
                }
                if at < end { sum += words[at].share * common[Int(words[at].bucket)] }
                return sum + other
            }
        }
    }

    /// The words of an account of which its organisation has a notable part.
    @inline(__always)
    private func ownWords(of account: Int) -> ArraySlice<(bucket: UInt16, share: Float)> {
        population.words[population.ownStarts[account]..<population.wordStarts[account + 1]]
    }

    /// How telling each object is: the logarithm of how much more suspect than the average its users are, where above 2.
    func tellingObjects() -> [Float] {
        let sums = suspectUsers()
        return sums.indices.map { object in
            let users = Float(population.degree[object])
            guard users >= 2 else { return 0 }
            let value = log(max(0.02, (sums[object] + 2 * average) / (users + 2) / average))
            return value > 0.7 ? value : 0
        }
    }

    /// How telling each word is: the logarithm of how much more suspect than the average its users are, where above 2.
    func tellingWords() -> [Float] {
        let suspect = suspectMass()
        let all = population.wordMass
        return suspect.indices.map { bucket in
            let mean = (suspect[bucket] + Self.wordPrior * average) / (all[bucket] + Self.wordPrior)
            let value = log(max(0.02, mean / average))
            return value > 0.7 ? value : 0
        }
    }
}

/// The words of one organisation with several accounts.
private struct OwnWords {
    private(set) var suspect = [Float](repeating: 0, count: WordCounts.buckets)
    private(set) var all = [Float](repeating: 0, count: WordCounts.buckets)

    mutating func add(_ words: ArraySlice<(bucket: UInt16, share: Float)>, weight: Float, suspicion: Float) {
        for (bucket, share) in words {
            suspect[Int(bucket)] += share * suspicion * weight
            all[Int(bucket)] += share * weight
        }
    }

    mutating func clear(_ words: ArraySlice<(bucket: UInt16, share: Float)>) {
        for (bucket, _) in words {
            suspect[Int(bucket)] = 0
            all[Int(bucket)] = 0
        }
    }
}
