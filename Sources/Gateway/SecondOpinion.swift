import Dialects
import NIOCore
import Safeguards

/// What the second stage says of a request that the first one cannot decide.
extension RequestVerdict {
    /// Whether the second stage has to be asked before this verdict stands.
    func isDoubtful(_ request: ModelRequest, for cascade: Cascade) -> Bool {
        // A phrase of the constitution leaves no doubt; any other finding does.
        if let finding { return finding.stage != .phrase }
        let last = request.lastText
        return last?.text.withUnsafeReadableBytes {
            cascade.isDoubtful($0.bindMemory(to: UInt8.self), peak: peak, isLastTurn: true)
        } ?? false
    }

    /// The verdict of both stages: what the first found stands unless the second has read all of it and disagrees.
    ///
    /// - Parameter turns: What was said before of texts of the same owner's; no verdict depends on it.
    func reconsidered(
        _ request: ModelRequest, by cascade: Cascade, recalling turns: TurnMemory? = nil, of owner: String = ""
    ) -> RequestVerdict {
        let count = request.texts.reduce(0) { $0 + $1.text.readableBytes }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(1, count)) { memory in
            var texts: [UnsafeBufferPointer<UInt8>] = []
            var next = 0
            for text in request.texts {
                text.text.withUnsafeReadableBytes { bytes in
                    UnsafeMutableRawBufferPointer(memory)[next...].copyBytes(from: bytes)
                    texts.append(UnsafeBufferPointer(rebasing: memory[next..<next + bytes.count]))
                    next += bytes.count
                }
            }
            let both = Self.judge(request, texts, by: cascade, recalling: turns, of: owner)
            guard let found = both.finding else {
                if finding != nil, !cascade.readsAll(of: texts) { return self }
                var verdict = RequestVerdict(
                    finding: nil, turn: nil, part: part, peak: both.score, opened: opened.union(both.opened))
                (verdict.leaning, verdict.digest) = (both.leaning, digest)
                return verdict
            }
            let only = request.texts.count == 1 ? request.texts.first : nil
            let place: Explainer.Part =
                finding != nil ? part : only.map { .request(path: $0.place.description) } ?? .conversation
            var verdict = RequestVerdict(
                finding: Finding(found), turn: turn ?? only?.turn, part: place, peak: both.score)
            verdict.digest = digest
            return verdict
        }
    }

    private static func judge(
        _ request: ModelRequest, _ texts: [UnsafeBufferPointer<UInt8>], by cascade: Cascade,
        recalling memory: TurnMemory?, of owner: String
    ) -> CascadeVerdict {
        guard let memory else { return cascade.judge(request: texts) }
        var known = memory.opinions(on: request, of: owner)
        let verdict = cascade.judge(request: texts, knowing: &known.opinions)
        memory.keep(known)
        return verdict
    }
}
