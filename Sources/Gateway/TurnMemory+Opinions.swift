import Dialects
import NIOCore
import Safeguards
import Synchronization

/// What both stages together said of texts, under keyed hashes of them and of whose they are.
///
/// Opinions are scores and no text. What one is depends on its text alone, so that no verdict depends on what is remembered.
final class OpinionMemory: Sendable {
    private struct Generations {
        var young: [TurnHash.Value: TextOpinion] = [:]
        var old: [TurnHash.Value: TextOpinion] = [:]
        var owners: [String: Int] = [:]
    }

    private let generations = Mutex(Generations())
    private let most: Int

    /// - Parameter most: How many opinions are kept at most, some hundred bytes each.
    init(most: Int) { self.most = max(2, most) }

    /// How many are kept.
    var count: Int { generations.withLock { $0.young.count + $0.old.count } }

    func find(_ keys: [TurnHash.Value]) -> [TextOpinion?] {
        generations.withLock { generations in
            keys.map { key in
                if let found = generations.young[key] { return found }
                guard let found = generations.old.removeValue(forKey: key) else { return nil }
                // What is used again stays.
                generations.young[key] = found
                return found
            }
        }
    }

    func keep(_ opinions: [TextOpinion?], under keys: [TurnHash.Value], of owner: String) {
        generations.withLock { generations in
            for (key, opinion) in zip(keys, opinions) {
                guard let opinion else { continue }
                if generations.young[key] == nil {
                    if generations.young.count >= most / 2 {
                        (generations.old, generations.young, generations.owners) = (generations.young, [:], [:])
                    }
                    // Nobody fills it for all.
                    guard generations.owners[owner, default: 0] < max(1, most / 8) else { return }
                    generations.owners[owner, default: 0] += 1
                }
                generations.young[key] = opinion
            }
        }
    }
}

extension TurnMemory {
    /// What is known of each of a request's texts, by itself.
    struct KnownOpinions {
        fileprivate let keys: [TurnHash.Value]
        fileprivate let owner: String
        var opinions: [TextOpinion?]
    }

    /// What both stages said before of the texts of a request.
    func opinions(on request: ModelRequest, of owner: String) -> KnownOpinions {
        let beginning = hash.beginning(for: owner)
        let keys = request.texts.indices.map { index in
            request.texts[index].withToken { hash.add($0, $1 ? 11 : 9, to: beginning) }
        }
        return KnownOpinions(keys: keys, owner: owner, opinions: opinions.find(keys))
    }

    /// Keeps what has been said of them by now.
    func keep(_ known: KnownOpinions) { opinions.keep(known.opinions, under: known.keys, of: known.owner) }
}
