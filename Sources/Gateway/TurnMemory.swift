import Dialects
import NIOCore
import Safeguards
import Synchronization

/// What judges came to at the end of conversations, so that one that is sent again with another turn is not judged anew.
///
/// It holds states of automata and no text, under keyed hashes of all that was read and of whose it was. It belongs to one policy:
/// whoever judges by another has another memory, and it goes with the release. A verdict never depends on it.
final class TurnMemory: Sendable {
    let hash = TurnHash.ofProcess
    /// What both stages said of single texts.
    let opinions: OpinionMemory
    private let judges: Mutex<FairMemory<String, TurnHash.Value, RequestJudge>>

    /// - Parameter most: How many states are kept at most; each takes some kilobytes.
    init(most: Int) {
        opinions = OpinionMemory(most: 8 * most)
        judges = Mutex(FairMemory(room: most))
    }

    /// How many states are kept.
    var count: Int { judges.withLock { $0.count } }

    /// What is known of a request's texts.
    ///
    /// - Parameter read: The body that it was read from, where that was looked for.
    func recall(_ request: ModelRequest, of owner: String, in read: ReadBody? = nil) -> Recollection {
        var known = Recollection(owner: owner, stretches: Self.stretches(of: request.texts))
        let beginning = hash.beginning(for: owner)
        for index in known.stretches.indices where known.stretches[index].bytes >= Recollection.least {
            // Of a body that is known so far the texts are not hashed anew.
            if index == 0, let read, read.request === request, let before = read.known, let judge = before.judge,
                judge.owner == owner
            {
                known.stretches[index].begin(
                    with: before.point.texts, judge.key, judges.withLock { $0.find(judge.key) })
            }
            known.stretches[index].hash(by: hash, from: beginning)
            judges.withLock { judges in known.stretches[index].find { judges.find($0) } }
        }
        return known
    }

    /// Texts that one judge reads: definitions, and the turns behind them.
    private static func stretches(of texts: RequestTexts) -> [Recollection.Stretch] {
        var stretches: [Recollection.Stretch] = []
        var (first, wasTurn) = (0, false)
        func add(upTo end: Int) {
            guard first < end else { return }
            stretches.append(Recollection.Stretch(texts: first..<end, of: texts))
            first = end
        }
        for index in texts.indices {
            let isTurn = texts.role(at: index).isConversation
            if !isTurn, wasTurn { add(upTo: index) }
            wasTurn = isTurn
        }
        add(upTo: texts.count)
        return stretches
    }

    /// Keeps what a request's stretches came to.
    func keep(_ states: [(key: TurnHash.Value, state: RequestJudge)], of owner: String) {
        guard !states.isEmpty else { return }
        judges.withLock { judges in
            for (key, state) in states { judges.keep(state, under: key, of: owner) }
        }
    }
}
