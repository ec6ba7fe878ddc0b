import Dialects
import Glibc
import NIOCore
import NIOHTTP1
import Store
import Synchronization
import Testing

@testable import Gateway

@Suite("What those are given who watch traffic")
struct TrafficFeedTests {
    private func exchange(_ number: Int) -> WatchedExchange {
        WatchedExchange(
            time: Int64(number), organisation: "org_a", account: "acc_a", address: "192.0.2.1", client: 1, model: "m",
            system: 0, prompt: [], promptTokens: 1, maxTokens: 0, temperature: nil, isStreamed: false, hasTools: false)
    }

    @Test("A full queue counts what it leaves out, and goes on once it is emptied")
    func bound() {
        let feed = TrafficFeed()
        let (one, other) = (feed.queue(), feed.queue())
        for number in 0..<(TrafficQueue.most + 7) { one.offer(exchange(number)) }
        other.offer(exchange(-1))
        #expect(feed.lost == 7 && feed.waiting == TrafficQueue.most + 1)
        var times: [Int64] = []
        feed.take { times.append($0.time) }
        #expect(times == (0..<Int64(TrafficQueue.most)).map { $0 } + [-1])
        one.offer(exchange(9))
        times = []
        feed.take { times.append($0.time) }
        #expect(times == [9] && feed.lost == 7 && feed.waiting == 0)
    }

    @Test("The fingerprint tells programs apart by their name and the order of their headers, and by nothing else")
    func fingerprint() {
        func print(_ headers: [(String, String)]) -> UInt64 { HTTPHeaders(headers).fingerprint }
        let one = print([("User-Agent", "a/1"), ("accept", "x"), ("authorization", "Bearer 1")])
        #expect(one == print([("User-Agent", "a/1"), ("accept", "y"), ("authorization", "Bearer 2")]))
        #expect(one != print([("User-Agent", "a/2"), ("accept", "x"), ("authorization", "Bearer 1")]))
        #expect(one != print([("accept", "x"), ("User-Agent", "a/1"), ("authorization", "Bearer 1")]))
        #expect(HTTPHeaders().fingerprint == 0 && one != 0)
    }

    @Test("Handing an exchange over takes some microseconds of a thread, and prints how many")
    func cost() throws {
        let words = (0..<2_000).map { "word\($0 * 7_919 % 1_009)" }.joined(separator: " ")
        let body = ByteBuffer(
            string:
                #"{"model":"m","temperature":0.7,"max_tokens":512,"stream":true,"messages":[{"role":"system","content":"\#(words)"},{"role":"user","content":"\#(words)"}]}"#
        )
        let request = try ModelRequest.parse(body, dialect: .openAI)
        var headers = HTTPHeaders([
            ("user-agent", "OpenAI/Python 2.8.1"), ("authorization", "Bearer slu-0123456789abcdef"),
        ])
        for number in 0..<14 { headers.add(name: "x-client-header-\(number)", value: "some value \(number)") }
        let queue = TrafficFeed().queue()
        var times: [Int] = []
        for number in 0..<4_000 {
            let began = Self.processorTime
            queue.offer(
                WatchedExchange(
                    WatchedRequest(request, headers, address: "192.0.2.17"), time: Int64(number),
                    organisation: "org_0123456789a", account: "acc_0123456789a", model: "m", inputTokens: 9,
                    isStreamed: true))
            times.append(Self.processorTime - began)
        }
        times.sort()
        print("handing over: \(times[2_000]) ns of processor time in the middle, \(times[3_960]) ns at 99 %")
        // 20 µs at 99 % is what is aimed at; a machine that has other work takes the caches away.
        #expect(times[3_960] <= 200_000)
        #expect(queue.waiting == 4_000)
    }

    /// Nanoseconds of the processor that this thread has used.
    private static var processorTime: Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    @Test("A quick hash sees every byte that counts")
    func hash() {
        func value(_ bytes: [UInt8]) -> UInt64 {
            var hash = QuickHash()
            bytes.withUnsafeBytes { hash.add($0) }
            return hash.value
        }
        let text = (0..<100).map { UInt8($0) }
        var seen: Set<UInt64> = [value(text)]
        for place in text.indices {
            var other = text
            other[place] ^= 1
            #expect(seen.insert(value(other)).inserted)
        }
        for count in 0..<100 { #expect(seen.insert(value(Array(text.prefix(count)))).inserted) }
        #expect(value([1]) == value([1]))
    }
}
