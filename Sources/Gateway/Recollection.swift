import Dialects
import Safeguards

/// What is known of a request's texts: stretches that are judged each by itself, and how far each has been judged before.
struct Recollection: Sendable {
    /// Texts below this size together are judged sooner than found.
    static let least = 4_096

    /// Definitions and the turns behind them: the judge of a stretch begins anew.
    ///
    /// Its texts are counted from its first one.
    struct Stretch: Sendable {
        /// Where they stand among all texts of the request.
        let texts: Range<Int>
        private let all: RequestTexts
        /// The chain of hashes, behind each text from a number of them on.
        private var chain: [TurnHash.Value] = []
        private var chained = 0
        /// The longest beginning that was judged before: how many texts, what it is kept under, and the judge behind it.
        private(set) var known: (texts: Int, key: TurnHash.Value, judge: RequestJudge)?

        init(texts: Range<Int>, of all: RequestTexts) { (self.texts, self.all) = (texts, all) }

        var bytes: Int { bytes(ofFirst: texts.count) }

        func bytes(ofFirst count: Int) -> Int {
            all.bytes(ofFirst: texts.lowerBound + count) - all.bytes(ofFirst: texts.lowerBound)
        }

        /// Takes what was kept of its first texts.
        mutating func begin(with count: Int, _ key: TurnHash.Value, _ judge: RequestJudge?) {
            if let judge, count <= texts.count { known = (count, key, judge) }
        }

        /// Hashes the texts that are not known.
        mutating func hash(by hash: TurnHash, from beginning: TurnHash.Value) {
            var link = known?.key ?? beginning
            chained = known?.texts ?? 0
            chain.reserveCapacity(texts.count - chained)
            for index in texts.dropFirst(chained) {
                let mark: UInt8 = all.role(at: index).isConversation ? 1 : 0
                link = all[index].withToken { hash.add($0, mark | ($1 ? 2 : 0), to: link) }
                chain.append(link)
            }
        }

        /// Looks for each beginning that is longer than what is known, from the longest.
        mutating func find(_ look: (TurnHash.Value) -> RequestJudge?) {
            for index in chain.indices.reversed() {
                let count = chained + index + 1
                guard bytes(ofFirst: count) >= Recollection.least / 2 else { return }
                guard let judge = look(chain[index]) else { continue }
                return known = (count, chain[index], judge)
            }
        }

        /// What the judge is kept under that has read the first texts; nil where that was not looked for.
        func key(behind count: Int) -> TurnHash.Value? {
            if let known, known.texts == count { return known.key }
            return chain.indices.contains(count - chained - 1) ? chain[count - chained - 1] : nil
        }

        /// Bytes that are yet to be judged.
        var rest: Int { bytes - (known.map { bytes(ofFirst: $0.texts) } ?? 0) }

        /// How many texts the judges have read that are worth keeping.
        var branches: [Int] {
            guard rest > 0, bytes >= Recollection.least else { return [] }
            return all.branches(of: texts).map { $0 - texts.lowerBound }
                .filter { $0 > known?.texts ?? 0 && bytes(ofFirst: $0) >= Recollection.least / 2 }
        }
    }

    let owner: String
    var stretches: [Stretch]

    init(owner: String, stretches: [Stretch]) { (self.owner, self.stretches) = (owner, stretches) }

    /// What the judge is kept under that has read the request's first texts; nil where that was not looked for.
    func key(behind count: Int) -> TurnHash.Value? { stretches.first?.key(behind: count) }

    /// Bytes that are yet to be judged.
    var rest: Int { stretches.reduce(0) { $0 + $1.rest } }
}

extension RequestTexts {
    /// How many of the texts in a range a conversation may be gone on from: all; those before its last messages, which clients mark, or
    /// write anew; and those at its front that other conversations have as well.
    func branches(of range: Range<Int>) -> [Int] {
        var (counts, count) = ([range.upperBound], range.upperBound)
        for _ in 0..<2 {
            let message = turn(at: count - 1)
            while count > range.lowerBound, turn(at: count - 1) == message { count -= 1 }
            guard count > range.lowerBound else { return counts }
            counts.insert(count, at: 0)
        }
        let front = range.first { !(role(at: $0).isSystem || role(at: $0) == .definition) } ?? range.upperBound
        if range.lowerBound < front, front < count { counts.insert(front, at: 0) }
        return counts
    }
}
