import Encoder
import Synchronization

/// The memory that one text at a time is judged in; not for two threads at once.
final class CascadeSpace {
    let encoder = EncoderSpace()
    /// Of the second encoder, taken when it is first asked.
    lazy var transformed = TransformerSpace()
    private let sums: UnsafeMutablePointer<Float>
    private var scratch: UnsafeMutablePointer<Float>
    private var room = 0

    init() {
        sums = .allocate(capacity: SentenceEncoder.mostRanges * HeadShape.output)
        scratch = .allocate(capacity: 0)
    }

    deinit {
        sums.deallocate()
        scratch.deallocate()
    }

    /// Raw scores of embeddings, by the mean of heads; `HeadShape.output` for each, valid until the next call.
    func scores(_ heads: [Head], _ embeddings: UnsafePointer<Float>, rows: Int) -> UnsafePointer<Float> {
        let rows = min(rows, SentenceEncoder.mostRanges)
        let count = rows * HeadShape.output
        sums.initialize(repeating: 0, count: count)
        for head in heads {
            let needed = head.scratchCount(rows: rows)
            if needed > room {
                scratch.deallocate()
                scratch = .allocate(capacity: needed)
                room = needed
            }
            head.add(embeddings, rows: rows, scratch: scratch, into: sums)
        }
        let share = 1 / Float(max(1, heads.count))
        for index in 0..<count { sums[index] *= share }
        return UnsafePointer(sums)
    }
}

/// Spaces that wait to be used again.
final class SpacePool: Sendable {
    /// Kept at most; others are given back.
    private static let most = 16

    /// A space on its way between threads: whoever took it out of the pool has it alone.
    private struct Idle: @unchecked Sendable {
        let space: CascadeSpace
    }

    private let idle = Mutex<[Idle]>([])

    /// Lends a space.
    func borrow<Result>(_ work: (CascadeSpace) -> Result) -> Result {
        let waiting = idle.withLock { $0.popLast() }
        let taken = waiting ?? Idle(space: CascadeSpace())
        defer {
            idle.withLock { if $0.count < Self.most { $0.append(taken) } }
        }
        return work(taken.space)
    }
}
