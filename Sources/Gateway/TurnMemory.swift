import Dialects
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

    private struct Generations {
        var young: [TurnHash.Value: RequestJudge] = [:]
        var old: [TurnHash.Value: RequestJudge] = [:]
        /// How many of the young are whose.
        var owners: [String: Int] = [:]
    }

    private let hash = TurnHash()
    private let generations = Mutex(Generations())
    private let most: Int

    /// - Parameter most: How many states are kept at most; each takes some kilobytes.
    init(most: Int) { self.most = max(2, most) }

    /// How many states are kept.
    var count: Int { generations.withLock { $0.young.count + $0.old.count } }

    /// What is known of a request's texts.
    func recall(_ texts: [RequestText], of owner: String) -> Recollection {
        var stretches: [Recollection.Stretch] = []
        let beginning = hash.beginning(for: owner)
        var stretch = Recollection.Stretch(texts: 0..<0)
        stretch.chain.reserveCapacity(texts.count)
        var chain = beginning
        var wasTurn = false
        for (index, text) in texts.enumerated() {
            let isTurn = text.role.isConversation
            if !isTurn, wasTurn {
                stretches.append(stretch)
                stretch = Recollection.Stretch(texts: index..<index)
                chain = beginning
            }
            chain = text.withToken { hash.add($0, (isTurn ? 1 : 0) | ($1 ? 2 : 0), to: chain) }
            stretch.texts = stretch.texts.lowerBound..<index + 1
            stretch.bytes += text.size
            stretch.chain.append((chain, stretch.bytes))
            wasTurn = isTurn
        }
        if !stretch.texts.isEmpty { stretches.append(stretch) }
        generations.withLock { generations in
            for index in stretches.indices where stretches[index].bytes >= Self.least {
                stretches[index].find { Self.find($0, in: &generations) }
            }
        }
        return Recollection(owner: owner, stretches: stretches)
    }

    private static func find(_ key: TurnHash.Value, in generations: inout Generations) -> RequestJudge? {
        if let found = generations.young[key] { return found }
        guard let found = generations.old.removeValue(forKey: key) else { return nil }
        // What is used again stays.
        generations.young[key] = found
        return found
    }

    /// Keeps what a request's stretches came to.
    func keep(_ states: [(key: TurnHash.Value, state: RequestJudge)], of owner: String) {
        guard !states.isEmpty else { return }
        generations.withLock { generations in
            for (key, state) in states where generations.young[key] == nil {
                if generations.young.count >= most / 2 {
                    generations.old = generations.young
                    generations.young = [:]
                    generations.owners = [:]
                }
                // Nobody fills it for all.
                guard generations.owners[owner, default: 0] < max(1, most / 8) else { return }
                generations.owners[owner, default: 0] += 1
                generations.young[key] = state
            }
        }
    }
}

/// What is known of a request's texts: stretches that are judged each by itself, and how far each has been judged before.
struct Recollection: Sendable {
    /// Definitions and the turns behind them: the judge of a stretch begins anew.
    struct Stretch: Sendable {
        var texts: Range<Int>
        var bytes = 0
        /// The chain of hashes and the bytes so far, behind each text.
        var chain: [(key: TurnHash.Value, bytes: Int)] = []
        /// The longest beginning that was judged before: how many texts, and the judge behind it.
        var known: (texts: Int, judge: RequestJudge)?

        mutating func find(_ look: (TurnHash.Value) -> RequestJudge?) {
            for index in chain.indices.reversed() {
                guard chain[index].bytes >= TurnMemory.least / 2 else { return }
                guard let judge = look(chain[index].key) else { continue }
                return known = (index + 1, judge)
            }
        }

        /// Bytes that are yet to be judged.
        var rest: Int { bytes - (known.map { chain[$0.texts - 1].bytes } ?? 0) }
    }

    let owner: String
    let stretches: [Stretch]

    /// Bytes that are yet to be judged.
    var rest: Int { stretches.reduce(0) { $0 + $1.rest } }
}
