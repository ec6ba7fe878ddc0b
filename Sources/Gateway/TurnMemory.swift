import Dialects
import Ledger
import NIOCore
import Safeguards
import Synchronization

/// What judges came to at the end of conversations, so that one that is sent again with another turn is not judged anew.
///
/// It holds states of automata and no text, under keyed hashes of all that was read and of whose it was. It belongs to one policy:
/// whoever judges by another has another memory, and it goes with the release. A verdict never depends on it.
final class TurnMemory: Sendable {
    /// Texts below this size together are judged sooner than found.
    static let least = 4_096

    /// What bodies that begin alike have in common.
    struct Beginning: Sendable {
        /// What the judge is kept under that has read its texts.
        let key: TurnHash.Value
        /// The digest of its bytes.
        let digest: TextDigest
    }

    private struct Generations {
        var young: [TurnHash.Value: RequestJudge] = [:]
        var old: [TurnHash.Value: RequestJudge] = [:]
        var youngBodies: [TurnHash.Value: Beginning] = [:]
        var oldBodies: [TurnHash.Value: Beginning] = [:]
        /// How many of the young are whose.
        var owners: [String: Int] = [:]

        mutating func age() {
            (old, young) = (young, [:])
            (oldBodies, youngBodies) = (youngBodies, [:])
            owners = [:]
        }
    }

    let hash = TurnHash()
    /// What both stages said of single texts.
    let opinions: OpinionMemory
    private let generations = Mutex(Generations())
    private let most: Int

    /// - Parameter most: How many states are kept at most; each takes some kilobytes.
    init(most: Int) {
        self.most = max(2, most)
        opinions = OpinionMemory(most: 8 * self.most)
    }

    /// How many states are kept.
    var count: Int { generations.withLock { $0.young.count + $0.old.count } }

    /// What is known of a request's texts.
    ///
    /// - Parameter read: The body that it was read from, where that was looked for.
    func recall(_ request: ModelRequest, of owner: String, in read: ReadBody? = nil) -> Recollection {
        var known = Recollection(owner: owner, stretches: Self.stretches(of: request.texts))
        let beginning = hash.beginning(for: owner)
        for index in known.stretches.indices where known.stretches[index].bytes >= Self.least {
            if index == 0, let read, read.request === request { recallBody(read, &known, from: beginning) }
            let first = known.stretches[index].known.map { ($0.texts, $0.key) } ?? (0, beginning)
            var chain = first.1
            let texts = known.stretches[index].texts
            known.stretches[index].chain.reserveCapacity(texts.count - first.0)
            for text in texts.lowerBound + first.0..<texts.upperBound {
                let isTurn = request.texts[text].role.isConversation
                chain = request.texts[text].withToken { hash.add($0, (isTurn ? 1 : 0) | ($1 ? 2 : 0), to: chain) }
                known.stretches[index].chain.append(chain)
            }
            guard known.stretches[index].known == nil else { continue }
            generations.withLock { generations in
                known.stretches[index].find { Self.find($0, in: &generations) }
            }
        }
        return known
    }

    /// Texts that one judge reads: definitions, and the turns behind them.
    private static func stretches(of texts: [RequestText]) -> [Recollection.Stretch] {
        var stretches: [Recollection.Stretch] = []
        var stretch = Recollection.Stretch(texts: 0..<0)
        stretch.ends.reserveCapacity(texts.count)
        var wasTurn = false
        for index in texts.indices {
            let isTurn = texts[index].role.isConversation
            if !isTurn, wasTurn {
                stretches.append(stretch)
                stretch = Recollection.Stretch(texts: index..<index)
            }
            stretch.texts = stretch.texts.lowerBound..<index + 1
            stretch.ends.append(stretch.bytes + texts[index].size)
            wasTurn = isTurn
        }
        if !stretch.texts.isEmpty { stretches.append(stretch) }
        return stretches
    }

    /// Looks for a body that began as this one does: who finds one has read neither its texts nor its bytes anew.
    ///
    /// The same bytes up to a text's end hold the same values; which of them are texts, and which turns, is told beside them, since
    /// what follows may say what the last item is.
    private func recallBody(_ read: ReadBody, _ known: inout Recollection, from beginning: TurnHash.Value) {
        guard let end = read.end, end.texts == known.stretches[0].texts.upperBound else { return }
        let (ends, texts) = (read.request.ends(ofTexts: end.texts), read.request.texts)
        let marks = ends.indices.map { UInt64(ends[$0]) << 1 | (texts[$0].role.isConversation ? 1 : 0) }
        func key(_ sum: TurnHash.Value, _ count: Int) -> TurnHash.Value {
            hash.join(sum, marks[..<count], to: beginning)
        }
        known.end = (end.offset, key(end.sum, end.texts))
        guard let before = read.known, known.stretches[0].ends[before.beginning.texts - 1] >= Self.least / 2 else {
            return
        }
        generations.withLock { generations in
            guard let found = Self.findBody(key(before.sum, before.beginning.texts), in: &generations),
                let judge = Self.find(found.key, in: &generations)
            else { return }
            known.stretches[0].known = (before.beginning.texts, found.key, judge)
            known.digest = found.digest
        }
    }

    private static func findBody(_ key: TurnHash.Value, in generations: inout Generations) -> Beginning? {
        if let found = generations.youngBodies[key] { return found }
        guard let found = generations.oldBodies.removeValue(forKey: key) else { return nil }
        generations.youngBodies[key] = found
        return found
    }

    private static func find(_ key: TurnHash.Value, in generations: inout Generations) -> RequestJudge? {
        if let found = generations.young[key] { return found }
        guard let found = generations.old.removeValue(forKey: key) else { return nil }
        // What is used again stays.
        generations.young[key] = found
        return found
    }

    /// Keeps what a request's stretches came to, and its body's beginning.
    func keep(
        _ states: [(key: TurnHash.Value, state: RequestJudge)], _ body: (key: TurnHash.Value, beginning: Beginning)?,
        of owner: String
    ) {
        guard !states.isEmpty || body != nil else { return }
        generations.withLock { generations in
            for (key, state) in states where generations.young[key] == nil {
                guard take(1, of: owner, in: &generations) else { return }
                generations.young[key] = state
            }
            guard let body, generations.youngBodies[body.key] == nil else { return }
            // It goes with the state that it points to; one that comes alone counts as well.
            guard !states.isEmpty || take(1, of: owner, in: &generations) else { return }
            generations.youngBodies[body.key] = body.beginning
        }
    }

    /// Makes room, unless it would be for somebody who has had enough: nobody fills it for all.
    private func take(_ more: Int, of owner: String, in generations: inout Generations) -> Bool {
        if generations.young.count >= most / 2 || generations.youngBodies.count >= most { generations.age() }
        guard generations.owners[owner, default: 0] < max(1, most / 8) else { return false }
        generations.owners[owner, default: 0] += more
        return true
    }
}

/// What is known of a request's texts: stretches that are judged each by itself, and how far each has been judged before.
struct Recollection: Sendable {
    /// Definitions and the turns behind them: the judge of a stretch begins anew.
    struct Stretch: Sendable {
        var texts: Range<Int>
        /// The bytes so far, behind each text.
        var ends: [Int] = []
        /// The chain of hashes, behind each text that was looked for by itself.
        var chain: [TurnHash.Value] = []
        /// The longest beginning that was judged before: how many texts, what it is kept under, and the judge behind it.
        var known: (texts: Int, key: TurnHash.Value, judge: RequestJudge)?

        var bytes: Int { ends.last ?? 0 }

        /// Looks for each beginning, from the longest.
        mutating func find(_ look: (TurnHash.Value) -> RequestJudge?) {
            for index in chain.indices.reversed() {
                guard ends[index] >= TurnMemory.least / 2 else { return }
                guard let judge = look(chain[index]) else { continue }
                return known = (index + 1, chain[index], judge)
            }
        }

        /// What the whole stretch is kept under.
        var key: TurnHash.Value? { chain.last ?? known?.key }

        /// Bytes that are yet to be judged.
        var rest: Int { bytes - (known.map { ends[$0.texts - 1] } ?? 0) }
    }

    let owner: String
    fileprivate(set) var stretches: [Stretch]
    /// Where in the body the first stretch ends, and what that beginning is kept under; nil where it was not looked for.
    fileprivate(set) var end: (offset: Int, key: TurnHash.Value)?
    /// The digest of the body's beginning, where another body began so.
    fileprivate(set) var digest: TextDigest?

    fileprivate init(owner: String, stretches: [Stretch]) { (self.owner, self.stretches) = (owner, stretches) }

    /// Bytes that are yet to be judged.
    var rest: Int { stretches.reduce(0) { $0 + $1.rest } }
}
