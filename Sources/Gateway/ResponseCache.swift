import Access
import Crypto
import Dialects
import NIOCore
import Store
import Synchronization

/// Answers that were judged and given, for whoever of the same organisation asks the very same again; off unless a model has it.
///
/// It belongs to one snapshot: what was judged under other rules or settings is not given again. Answers stay in memory, as long as
/// the model's settings say at most.
final class ResponseCache: Sendable {
    /// Which answer: organisation, model, dialect, what permissions open, and every byte of the request.
    struct Key: Hashable, Sendable {
        fileprivate let digest: [UInt8]

        init(owner: String, model: String, dialect: Dialect, opened: Set<String>, body: ByteBuffer) {
            var hash = SHA256()
            for part in [owner, model, dialect.rawValue] + opened.sorted() {
                hash.update(data: Array("\(part.utf8.count):\(part)".utf8))
            }
            hash.update(data: [0])
            body.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
            digest = Array(hash.finalize())
        }
    }

    /// An answer as the client got it.
    struct Answer: Sendable {
        let body: ByteBuffer
        let isStream: Bool
        /// The SHA-256 of each choice's text, for the record of whoever gets it again.
        let digests: [[UInt8]]
        let until: NIODeadline
    }

    /// The largest answer that is kept.
    static let largest = 1 << 20

    private struct Contents {
        var answers: [Key: Answer] = [:]
        /// The keys in the order they came.
        var order: CircularBuffer<Key> = []
        var bytes = 0
    }

    private let contents = Mutex(Contents())
    private let most: Int

    /// - Parameter most: Bytes of all answers together.
    init(most: Int) { self.most = most }

    func answer(_ key: Key, now: NIODeadline) -> Answer? {
        contents.withLock { contents in
            guard let answer = contents.answers[key], now < answer.until else { return nil }
            return answer
        }
    }

    func keep(_ answer: Answer, for key: Key) {
        let size = answer.body.readableBytes + 256
        guard answer.body.readableBytes <= Self.largest, size <= most else { return }
        contents.withLock { contents in
            if let before = contents.answers.updateValue(answer, forKey: key) {
                contents.bytes -= before.body.readableBytes + 256
            } else {
                contents.order.append(key)
            }
            contents.bytes += size
            while contents.bytes > most, let oldest = contents.order.popFirst() {
                guard let gone = contents.answers.removeValue(forKey: oldest) else { continue }
                contents.bytes -= gone.body.readableBytes + 256
            }
        }
    }

    /// Bytes that are kept.
    var bytes: Int { contents.withLock { $0.bytes } }
}

/// What an exchange does with the cache of its model.
struct CachePlace {
    let key: ResponseCache.Key
    let lifetime: TimeAmount
    /// The stream so far; nil once it is too long.
    var stream: ByteBuffer? = ByteBuffer()
}

extension Exchange {
    /// Gives an answer again that was judged and given before, if there is one.
    ///
    /// - Returns: Whether it did; if not, the answer that comes is kept.
    func answerAgain(
        _ request: ModelRequest, _ body: ByteBuffer, _ route: ModelRoute, record: () -> Bool
    ) -> Bool {
        // What leaves a guarded model is counted, and so is the use of a permission: neither may be gone around.
        guard let lifetime = route.cacheLifetime, route.egress == nil, let lease, lease.curb == nil, permission.isEmpty
        else { return false }
        let key = ResponseCache.Key(
            owner: lease.organisation.text, model: route.name, dialect: dialect, opened: lease.openings, body: body)
        guard let answer = snapshot.cache.answer(key, now: .now()) else {
            cachePlace = CachePlace(key: key, lifetime: lifetime)
            return false
        }
        guard record() else { return true }
        lane.metrics.add(.cacheHits)
        usage = TokenUsage()
        whenDurable { self.give(answer) }
        return true
    }

    private func give(_ answer: ResponseCache.Answer) {
        guard !isDone else { return }
        let hit = [("x-sluice-cache", "hit")]
        let ending = Ending(again: answer.digests)
        guard answer.isStream else {
            let type = [("content-type", "application/json")]
            return finish(Reply(status: 200, headers: answerHeaders(after: type) + hit, body: answer.body), ending)
        }
        hasBegun = true
        connection.releaseBody()
        let stream = [("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache")]
        connection.beginStream(headers: answerHeaders(after: stream) + hit)
        connection.write(answer.body)
        complete(ending)
        end()
    }

    /// Adds judged bytes of a stream to what may be kept of it.
    func noteForCache(_ bytes: ByteBuffer) {
        guard cachePlace != nil, cachePlace?.stream != nil else { return }
        if (cachePlace?.stream?.readableBytes ?? 0) + bytes.readableBytes > ResponseCache.largest {
            cachePlace?.stream = nil
        } else {
            cachePlace?.stream?.writeImmutableBuffer(bytes)
        }
    }

    /// Keeps an answer that came to its end and was stopped by nothing.
    func keepInCache(_ body: ByteBuffer?, isStream: Bool, digests: [[UInt8]]) {
        guard let place = cachePlace, fallbackModel == nil, let body = body ?? place.stream else { return }
        cachePlace = nil
        snapshot.cache.keep(
            ResponseCache.Answer(
                body: body, isStream: isStream, digests: digests, until: .now() + place.lifetime), for: place.key)
    }
}
