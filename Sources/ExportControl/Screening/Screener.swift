/// Searches an index.
///
/// Keeps its working memory; one instance serves one thread.
public struct Screener: ~Copyable {
    /// What is searched.
    public let index: ScreeningIndex
    private var aligner = NameAligner()
    private var scores: [Float]
    private var touched: [UInt32] = []
    private var candidates: [Candidate] = []
    private var querySide = SideBuffer()
    private var listedSide = SideBuffer()

    /// How many names are compared word by word in one search.
    private static let candidateLimit = 48
    /// How many entries of the index's lists one search reads, once the rarest groups of letters are done.
    private static let postingLimit = 40_000

    private struct Candidate {
        var rank: Float
        var record: UInt32
    }

    /// A searcher of an index.
    public init(_ index: ScreeningIndex) {
        self.index = index
        scores = Array(repeating: 0, count: index.records.count)
    }

    /// The listed entries that a name may mean, the likeliest first.
    ///
    /// - Parameter floor: Hits below this score are left out.
    public mutating func search(_ name: String, floor: Float = 0.3, limit: Int = 10) -> [ScreeningHit] {
        var best: [UInt32: ScreeningHit] = [:]
        for form in NameReader.read(name) {
            gatherCandidates(form)
            querySide.fill(form, index.rarity)
            for candidate in candidates { judge(candidate, isWhole: form.isWhole, floor, &best) }
        }
        let hits = best.values.sorted { ($0.score, $1.party) > ($1.score, $0.party) }
        return Array(hits.prefix(limit))
    }

    private mutating func judge(
        _ candidate: Candidate, isWhole: Bool, _ floor: Float, _ best: inout [UInt32: ScreeningHit]
    ) {
        let record = index.records[Int(candidate.record)]
        listedSide.fill(record, index)
        let evidence = aligner.evidence(querySide, listedSide)
        let score = MatchModel.search.score(evidence) * (isWhole ? 1 : 0.98)
        guard score >= floor, score > best[record.entry]?.score ?? 0 else { return }
        let words = aligner.matches.map { ScreeningHit.Words($0, querySide, listedSide) }
        best[record.entry] = ScreeningHit(
            party: Int(record.entry), name: Int(record.name), score: score, evidence: evidence, words: words)
    }

    // MARK: candidates

    private mutating func gatherCandidates(_ form: NameForm) {
        candidates.removeAll(keepingCapacity: true)
        let keys = Grams.keys(of: form, asQuery: true).sorted { index.grams.count($0) < index.grams.count($1) }
        let total = index.grams.weight(of: keys)
        let most = addScores(keys, total)
        var least: Float = 0
        for name in touched {
            let score = scores[Int(name)]
            scores[Int(name)] = 0
            guard score >= 0.15 * most else { continue }
            let own = index.gramWeights[Int(name)]
            let rank = max(2 * score / (total + own), 0.75 * score / max(own, 12), 0.6 * score / max(total, 12))
            if candidates.count == Self.candidateLimit, rank <= least { continue }
            insert(Candidate(rank: rank, record: name))
            least = candidates.count == Self.candidateLimit ? candidates[candidates.count - 1].rank : 0
        }
        touched.removeAll(keepingCapacity: true)
    }

    /// Adds the weight of each key to the names that hold it, the rarest keys first; returns the highest sum.
    private mutating func addScores(_ keys: [UInt32], _ total: Float) -> Float {
        var read = 0
        var weighed: Float = 0
        var most: Float = 0
        for key in keys {
            let count = index.grams.count(key)
            // Once most of the name is looked up, common letters only cost time.
            if read > 0, read + count > (weighed < total * 0.6 ? Self.postingLimit : Self.postingLimit / 4) { break }
            read += count
            let weight = index.grams.weight(key)
            weighed += weight
            index.grams.withNames(key) { names in
                scores.withUnsafeMutableBufferPointer { scores in
                    for name in names {
                        let old = scores[Int(name)]
                        if old == 0 { touched.append(name) }
                        scores[Int(name)] = old + weight
                        most = max(most, old + weight)
                    }
                }
            }
        }
        return most
    }

    private mutating func insert(_ candidate: Candidate) {
        var low = 0
        var high = candidates.count
        while low < high {
            let middle = (low + high) / 2
            if candidates[middle].rank >= candidate.rank { low = middle + 1 } else { high = middle }
        }
        if candidates.count == Self.candidateLimit { candidates.removeLast() }
        candidates.insert(candidate, at: low)
    }
}

/// The words of one form with their weights, in memory that is used again.
struct SideBuffer {
    private var own = WordStore()
    private var words: [Lexeme] = []
    private var weights: [Float] = []
    private var listed: ScreeningIndex?

    mutating func fill(_ form: NameForm, _ rarity: WordRarity) {
        own.removeAll()
        weights.removeAll(keepingCapacity: true)
        for word in form.words {
            own.append(word)
            weights.append(rarity.weight(word))
        }
        words = own.lexemes
        listed = nil
    }

    mutating func fill(_ record: ScreeningIndex.Record, _ index: ScreeningIndex) {
        words.removeAll(keepingCapacity: true)
        weights.removeAll(keepingCapacity: true)
        for place in record.words {
            words.append(index.store.lexemes[Int(index.wordIDs[Int(place)])])
            weights.append(index.weights[Int(place)])
        }
        listed = index
    }

    func withSide<Result>(_ body: (NameSide) -> Result) -> Result {
        let codes = listed?.store.codes ?? own.codes
        return codes.withUnsafeBufferPointer { codes in
            words.withUnsafeBufferPointer { words in
                weights.withUnsafeBufferPointer { weights in
                    guard let base = codes.baseAddress else {
                        return body(
                            NameSide(words: .init(rebasing: words[..<0]), weights: weights, codes: Self.nothing))
                    }
                    return body(NameSide(words: words, weights: weights, codes: base))
                }
            }
        }
    }

    /// The words of a run, as text.
    func text(_ run: Range<Int>) -> String {
        run.map { (listed?.store ?? own).text(words[$0]) }.joined(separator: " ")
    }

    // Never read: a side without words.
    nonisolated(unsafe) private static let nothing = UnsafePointer(UnsafeMutablePointer<UInt16>.allocate(capacity: 1))
}
