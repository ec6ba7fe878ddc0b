import Dialects
import Metering
import NIOCore
import Synchronization

/// How long bodies began that came before: whoever sends one again with more behind it has that beginning neither scanned nor
/// counted anew.
///
/// It holds places of values in a body and no text, under keyed hashes of all bytes so far, of the key that they came with and of
/// their dialect. What a body is read as never depends on it.
final class BodyMemory: Sendable {
    /// Bodies below this size are read sooner than found; larger ones are looked for as far as `most`.
    static let least = 2 * TurnHash.block
    private static let most = 2 << 20

    /// What bodies that begin alike have in common.
    struct Known: Sendable {
        /// The sum of its bytes.
        let sum: TurnHash.Value
        let beginning: RequestBeginning
        /// The count of its texts' tokens.
        let tokens: TokenCounter
    }

    private struct Generations {
        /// Beginnings by the sum of their whole blocks.
        var young: [TurnHash.Value: [Known]] = [:]
        var old: [TurnHash.Value: [Known]] = [:]
        /// What the young take in bytes, in all and by key.
        var size = 0
        var owners: [TurnHash.Value: Int] = [:]

        mutating func age() {
            (old, young, size, owners) = (young, [:], 0, [:])
        }
    }

    private let hash = TurnHash()
    private let generations = Mutex(Generations())
    private let room: Int

    /// - Parameter room: How many bytes its tables may take, about.
    init(room: Int = 32 << 20) { self.room = room / 2 }

    /// What its tables take in bytes, about.
    var size: Int {
        generations.withLock { generations in
            [generations.young, generations.old].joined().reduce(0) { sum, known in
                sum + known.value.reduce(0) { $0 + $1.beginning.size }
            }
        }
    }

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
        generations.withLock { generations in
            for blocks in (1...sums.blocks).reversed() {
                let key = sums.value(blocks: blocks)
                guard let found = generations.young[key] ?? generations.old[key] else { continue }
                let known = body.withUnsafeReadableBytes { bytes in
                    found.filter {
                        $0.beginning.end <= bytes.count && sums.value(bytes, before: $0.beginning.end) == $0.sum
                    }
                }
                guard let longest = known.max(by: { $0.beginning.end < $1.beginning.end }) else { continue }
                // What is used again stays.
                if let again = generations.old.removeValue(forKey: key) {
                    generations.young[key, default: []] += again
                    generations.size += again.reduce(0) { $0 + $1.beginning.size }
                }
                return longest
            }
            return nil
        }
    }

    /// How many beginnings end in one block at most.
    private static let mostInBlock = 4

    /// Keeps the beginning of a body with the turns that are new in it.
    func keep(_ read: ReadBody) {
        guard let place = read.place, let end = read.end, place.known.map({ $0.beginning.end < end.offset }) ?? true,
            let beginning = read.request.beginning(texts: end.texts),
            // Of many small values the places take more than they are worth.
            beginning.end >= TurnHash.block, beginning.size <= min(beginning.end, 64 << 10)
        else { return }
        let key = place.sums.value(blocks: beginning.end / TurnHash.block)
        let known = Known(sum: end.sum, beginning: beginning, tokens: end.tokens)
        generations.withLock { generations in
            if generations.size >= room { generations.age() }
            // Nobody fills it for all.
            guard generations.owners[place.owner, default: 0] < room / 8 else { return }
            var others = generations.young[key] ?? []
            guard !others.contains(where: { $0.sum == known.sum }) else { return }
            if others.count >= Self.mostInBlock { others.removeFirst() }
            generations.young[key] = others + [known]
            generations.size += beginning.size
            generations.owners[place.owner, default: 0] += beginning.size
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

    /// Where the last of a body's turns ends.
    struct End: Sendable {
        let offset: Int
        let texts: Int
        /// The sum of the bytes so far, and the count of the tokens.
        let sum: TurnHash.Value
        let tokens: TokenCounter
    }

    let request: ModelRequest
    let place: Place?
    /// Nil where it holds no turns, or is not looked for.
    let end: End?

    /// What is known of the body's beginning.
    let known: BodyMemory.Known?

    /// Counts the request's tokens: those that are known to begin it are not counted again.
    init(_ request: ModelRequest, _ place: Place?) {
        (self.request, self.place) = (request, place)
        let known = place?.known.flatMap { $0.beginning.begins(request) ? $0 : nil }
        self.known = known
        var counter = known?.tokens ?? TokenCounter()
        let texts = request.texts
        let turns = place == nil ? nil : texts.indices.last { texts[$0].role.isConversation }
        var counted: TokenCounter?
        for index in (known?.beginning.texts ?? 0)..<texts.count {
            texts[index].withBytes { counter.add($0) }
            if index == turns { counted = counter }
        }
        request.keep(countedTokens: Int(counter.tokens) + 1)
        guard let place, let turns else {
            end = nil
            return
        }
        let offset = texts[turns].place.end
        end = request.body.withUnsafeReadableBytes { bytes in
            End(
                offset: offset, texts: turns + 1, sum: place.sums.value(bytes, before: offset),
                tokens: counted ?? known?.tokens ?? counter)
        }
    }
}
