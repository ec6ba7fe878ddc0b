import Dialects
import NIOCore
import Safeguards
import Synchronization

/// What both stages together said of texts, under keyed hashes of them and of whose they are.
///
/// Opinions are scores and no text. What one is depends on its text alone, so that no verdict depends on what is remembered.
final class OpinionMemory: Sendable {
    private let memory: Mutex<FairMemory<String, TurnHash.Value, TextOpinion>>

    /// - Parameter most: How many opinions are kept at most, some hundred bytes each.
    init(most: Int) { memory = Mutex(FairMemory(room: most)) }

    /// How many are kept.
    var count: Int { memory.withLock { $0.count } }

    func find(_ keys: [TurnHash.Value]) -> [TextOpinion?] {
        memory.withLock { memory in keys.map { memory.find($0) } }
    }

    func keep(_ opinions: [TextOpinion?], under keys: [TurnHash.Value], of owner: String) {
        memory.withLock { memory in
            for (key, opinion) in zip(keys, opinions) {
                if let opinion { memory.keep(opinion, under: key, of: owner) }
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
