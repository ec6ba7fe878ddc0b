import Dialects
import Ledger
import Metering
import NIOCore
import Synchronization

/// How long bodies began that came before: whoever sends one again with more behind it has that beginning neither scanned, counted nor
/// hashed anew.
///
/// It holds places of values in a body, digests and no text, under keyed hashes of all bytes so far, of the key that they came with and of
/// their dialect. What a body is read as never depends on it.
final class BodyMemory: Sendable {
    /// Bodies below this size are read sooner than found; larger ones are looked for as far as `most`.
    static let least = 2 * TurnHash.block
    private static let most = 2 << 20

    /// What bodies that begin alike have in common.
    struct Known: Sendable {
        let beginning: RequestBeginning
        let point: ReadBody.Point
        /// Whose it is, and what the judge is kept under that has read its texts; nil where nobody asked for it.
        let judge: (owner: String, key: TurnHash.Value)?
        /// The digest of its bytes.
        let digest: TextDigest
        /// Its part of what the beginnings of one body take together in bytes, which share their tables.
        let size: Int
    }

    private let hash = TurnHash.ofProcess
    /// Beginnings by the sum of their whole blocks.
    private let memory: Mutex<FairMemory<TurnHash.Value, TurnHash.Value, [Known]>>

    /// - Parameter room: How many bytes its tables may take, about.
    init(room: Int = 16 << 20) { memory = Mutex(FairMemory(room: room)) }

    /// What its tables take in bytes, about.
    var size: Int { memory.withLock { $0.size } }

    /// Reads a request's body, from where a known beginning of it ends.
    ///
    /// - Parameters:
    ///   - values: How many values it may hold.
    ///   - owner: The mark of the key that it came with; nil if it is not to be looked for.
    /// - Throws: `RequestError`, as `ModelRequest.parse`.
    func read(
        _ body: ByteBuffer, _ dialect: Dialect, within values: Int = .max, of owner: TurnHash.Value?
    ) throws(RequestError) -> ReadBody {
        guard let owner, Self.least...Self.most ~= body.readableBytes else {
            return ReadBody(try ModelRequest.parse(body, dialect: dialect, within: values), nil)
        }
        let sums = body.withUnsafeReadableBytes {
            hash.sums(
                of: $0,
                to: hash.join(owner, CollectionOfOne(UInt64(dialect.number)), to: TurnHash.Value(low: 0, high: 0)))
        }
        let known = find(body, sums)
        let request = try ModelRequest.parse(body, dialect: dialect, within: values, from: known?.beginning)
        return ReadBody(request, ReadBody.Place(owner: owner, sums: sums, known: known))
    }

    /// The longest beginning that is known of a body.
    private func find(_ body: ByteBuffer, _ sums: TurnHash.Sums) -> Known? {
        memory.withLock { memory in
            for blocks in (1...sums.blocks).reversed() {
                guard let found = memory.find(sums.value(blocks: blocks)) else { continue }
                let known = body.withUnsafeReadableBytes { bytes in
                    found.filter {
                        $0.beginning.end <= bytes.count && sums.value(bytes, before: $0.beginning.end) == $0.point.sum
                    }
                }
                if let longest = known.max(by: { $0.beginning.end < $1.beginning.end }) { return longest }
            }
            return nil
        }
    }

    /// How many beginnings end in one block at most.
    private static let mostInBlock = 4

    /// The digest of a body; how it begins is kept on the way, as far as it may be gone on from.
    ///
    /// - Parameters:
    ///   - turns: What is known of its texts.
    ///   - keeping: Whether it is worth keeping.
    /// - Returns: Nil of one that was not looked for.
    func digest(of read: ReadBody, _ turns: Recollection?, keeping: Bool = true) -> TextDigest? {
        guard let place = read.place else { return nil }
        return read.request.body.withUnsafeReadableBytes { bytes in
            var digest = read.known?.digest ?? TextDigest()
            for point in keeping ? read.points : [] {
                guard let beginning = read.request.beginning(texts: point.texts),
                    // Of many small values the places take more than they are worth.
                    beginning.end >= TurnHash.block, beginning.size <= min(2 * beginning.end, 256 << 10)
                else { continue }
                digest.update(UnsafeRawBufferPointer(rebasing: bytes[digest.count..<point.offset]))
                let judge = turns?.key(behind: point.texts).map { (turns?.owner ?? "", $0) }
                keep(
                    Known(
                        beginning: beginning, point: point, judge: judge, digest: digest,
                        size: 1 + beginning.size / read.points.count), at: place)
            }
            digest.update(UnsafeRawBufferPointer(rebasing: bytes[digest.count...]))
            return digest
        }
    }

    private func keep(_ known: Known, at place: ReadBody.Place) {
        let key = place.sums.value(blocks: known.beginning.end / TurnHash.block)
        memory.withLock { memory in
            var all = memory.find(key) ?? []
            guard !all.contains(where: { $0.point.sum == known.point.sum }) else { return }
            if all.count >= Self.mostInBlock { all.removeFirst() }
            all.append(known)
            memory.keep(all, under: key, of: place.owner, size: all.reduce(0) { $0 + $1.size })
        }
    }
}

/// A request that was read, with what is known of the body it was read from.
final class ReadBody: Sendable {
    /// Where a body stands among those that were read before.
    struct Place: Sendable {
        let owner: TurnHash.Value
        let sums: TurnHash.Sums
        let known: BodyMemory.Known?
    }

    /// A place that the body may be gone on from.
    struct Point: Sendable {
        /// The texts so far, and where the last of them ends.
        let texts: Int
        let offset: Int
        /// The sum of the bytes so far.
        let sum: TurnHash.Value
        /// The count of the texts' tokens.
        let tokens: TokenCounter
    }

    let request: ModelRequest
    let place: Place?
    /// Those that are not known, from the first; none where it holds no turns, or is not looked for.
    let points: [Point]

    /// What is known of the body's beginning.
    let known: BodyMemory.Known?

    /// Counts the request's tokens: those that are known to begin it are not counted again.
    init(_ request: ModelRequest, _ place: Place?) {
        (self.request, self.place) = (request, place)
        let known = place?.known.flatMap { $0.beginning.begins(request) ? $0 : nil }
        self.known = known
        let first = known?.point.texts ?? 0
        var counter = known?.point.tokens ?? TokenCounter()
        var points: [Point] = []
        let turns = request.texts.indices.last { request.texts.role(at: $0).isConversation }
        var next = (place == nil ? nil : turns).map { request.texts.branches(of: 0..<$0 + 1)[...] } ?? []
        next = next.drop { $0 <= first }
        for index in first..<request.texts.count {
            request.texts[index].withBytes { counter.add($0) }
            guard let place, next.first == index + 1 else { continue }
            next = next.dropFirst()
            let end = request.texts.place(behind: index)
            let sum = request.body.withUnsafeReadableBytes { place.sums.value($0, before: end) }
            points.append(Point(texts: index + 1, offset: end, sum: sum, tokens: counter))
        }
        request.keep(countedTokens: Int(counter.tokens) + 1)
        self.points = points
    }
}
