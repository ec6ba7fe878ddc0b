import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import Upstreams

/// Holds a call as the gateway does: tries again while nothing was given on, and notes what came.
private final class Caller: CallMaker {
    enum Manner: Sendable {
        /// Gives the answer on only when it is whole.
        case whole
        /// Gives on what comes, as it comes.
        case streaming
    }

    private(set) var words: [String] = []
    private(set) var call: RoutedCall?
    private let manner: Manner
    private let done: EventLoopPromise<[String]>
    private let pools: Pools

    init(
        _ plans: [RoutePlan], on loop: any EventLoop, pools: Pools, manner: Manner, affinity: Affinity? = nil,
        done: EventLoopPromise<[String]>
    ) {
        self.manner = manner
        self.done = done
        self.pools = pools
        let call = RoutedCall(
            plans: plans, owner: "org", affinity: affinity, loop: loop, maker: self)
        self.call = call
        call.send()
    }

    func pool(for address: UpstreamAddress) -> UpstreamPool { pools.pool(address) }

    func request(for attempt: RoutedCall.Attempt) -> UpstreamRequest? {
        let body = ByteBuffer(string: attempt.upstream.model)
        let head = HTTPRequestHead(
            version: .http1_1, method: .POST, uri: "/",
            headers: ["host": "h"])
        return UpstreamRequest(RequestHead(head), body: body)
    }

    func receive(_ event: UpstreamEvent) {
        switch event {
        case .head(let head):
            guard head.status != .ok else { return }
            let verdict = AttemptVerdict(status: Int(head.status.code), retryAfter: nil)
            if call?.retry(after: verdict) == true { return words.append("again") }
            end("status \(head.status.code)")
        case .body(let bytes):
            if manner == .streaming { call?.commit() }
            words.append(String(buffer: bytes))
        case .pause: break
        case .end: end("end")
        case .failed(let failure):
            if call?.retry(after: failure.verdict) == true { return words.append("again") }
            end("failed \(failure)")
        }
    }

    private func end(_ word: String) {
        words.append(word)
        call?.cancel()
        call = nil
        done.succeed(words)
    }

    func leave() {
        call?.cancel()
        call = nil
        done.succeed(words)
    }
}

/// The pools of one loop.
private final class Pools {
    private let loop: any EventLoop
    private var pools: [UpstreamAddress: UpstreamPool] = [:]

    init(_ loop: any EventLoop) { self.loop = loop }

    func pool(_ address: UpstreamAddress) -> UpstreamPool {
        if let pool = pools[address] { return pool }
        let pool = UpstreamPool(loop: loop, address: address, tls: nil)
        pools[address] = pool
        return pool
    }
}

@Suite("A request on its way to one of several servers")
struct RoutedCallTests {
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    private static func ok(_ text: String) -> String {
        "HTTP/1.1 200 OK\r\ncontent-length: \(text.utf8.count)\r\n\r\n\(text)"
    }

    /// Servers with these scripts, and their addresses; a nil script is a port where nobody listens.
    private func serve(
        _ scripts: [(@Sendable (Int, Int) -> [RawServer.Step])?]
    ) async throws -> (servers: [RawServer], upstreams: [Upstream]) {
        var servers: [RawServer] = []
        var upstreams: [Upstream] = []
        for (number, script) in scripts.enumerated() {
            let server = RawServer(script ?? { _, _ in [] })
            let listener = try await ServerBootstrap(group: Self.group)
                .serverChannelOption(.backlog, value: 1_024)
                .childChannelInitializer { $0.pipeline.addHandler(server) }
                .bind(host: "127.0.0.1", port: 0).get()
            var port = try #require(listener.localAddress?.port)
            if script == nil {
                // A port that nobody is given by chance, so that no other test listens there meanwhile.
                try await listener.close().get()
                port = 1 + number
            }
            let address = try UpstreamAddress("http://127.0.0.1:\(port)")
            upstreams.append(Upstream(address: address, model: "m\(number)"))
            servers.append(server)
        }
        return (servers, upstreams)
    }

    /// One call from beginning to end.
    private func run(
        _ plans: [RoutePlan], _ manner: Caller.Manner = .whole
    ) async throws -> [String] {
        let loop = Self.group.next()
        let done = loop.makePromise(of: [String].self)
        let held = try await loop.submit {
            NIOLoopBound(Caller(plans, on: loop, pools: Pools(loop), manner: manner, done: done), eventLoop: loop)
        }.get()
        let words = try await done.futureResult.get()
        try await loop.submit { _ = held.value }.get()
        return words
    }

    @Test(
        "A server that cannot be reached, breaks off, or says it is not able costs nothing while another works",
        arguments: 0...5)
    func another(_ fault: Int) async throws {
        let bad: [(@Sendable (Int, Int) -> [RawServer.Step])?] = [
            nil, { _, _ in [.close] }, { _, _ in [.reset] },
            { _, _ in [.send("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n")] },
            { _, _ in [.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"), .close] },
            { _, _ in [.send("HTTP/1.1 401 No\r\ncontent-length: 2\r\n\r\nno")] },
        ]
        let (servers, upstreams) = try await serve([bad[fault], { _, _ in [.send(Self.ok("good"))] }])
        let registry = UpstreamRegistry()
        let plan = registry.plan(model: "m", upstreams: upstreams, rules: BalancingRules(method: .weighted))
        for _ in 0..<4 {
            let words = try await run([plan])
            #expect(words.suffix(2) == ["good", "end"], "\(words)")
        }
        #expect(servers[1].requests.withLockedValue { $0 } == 4)
        let reports = UpstreamRegistry.report([plan])
        #expect(reports.allSatisfy { $0.inFlight == 0 && $0.waiting == 0 })
        #expect(reports[0].failures > 0)
    }

    @Test("A request that is wrong in itself is not tried elsewhere", arguments: [400, 422])
    func wrongRequest(_ status: Int) async throws {
        let answer: @Sendable (Int, Int) -> [RawServer.Step] = { _, _ in
            [.send("HTTP/1.1 \(status) No\r\ncontent-length: 0\r\n\r\n")]
        }
        let (servers, upstreams) = try await serve([answer, answer])
        let plan = UpstreamRegistry().plan(model: "m", upstreams: upstreams)
        #expect(try await run([plan]) == ["status \(status)"])
        #expect(servers.reduce(0) { $0 + $1.requests.withLockedValue { $0 } } == 1)
    }

    @Test("Once a byte was given on, nothing is sent again")
    func committed() async throws {
        let cut: @Sendable (Int, Int) -> [RawServer.Step] = { _, _ in
            [.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"), .close]
        }
        let (servers, upstreams) = try await serve([cut, cut])
        let plan = UpstreamRegistry().plan(model: "m", upstreams: upstreams)
        let words = try await run([plan], .streaming)
        #expect(words.first == "half")
        #expect(words.last?.hasPrefix("failed") == true)
        #expect(servers.reduce(0) { $0 + $1.requests.withLockedValue { $0 } } == 1)
    }

    @Test(
        "As many servers are tried as is said, then those of the next model, and then the first failure's kind is told")
    func attempts() async throws {
        let down: @Sendable (Int, Int) -> [RawServer.Step] = { _, _ in
            [.send("HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n")]
        }
        let (servers, upstreams) = try await serve([down, down, down, down, { _, _ in [.send(Self.ok("other"))] }])
        let registry = UpstreamRegistry()
        let plan = registry.plan(model: "m", upstreams: Array(upstreams.prefix(3)), attempts: 2)
        let other = registry.plan(model: "n", upstreams: Array(upstreams.suffix(2)), attempts: 2)
        #expect(try await run([plan]) == ["again", "status 500"])
        #expect(servers.prefix(3).reduce(0) { $0 + $1.requests.withLockedValue { $0 } } == 2)
        let words = try await run([plan, other])
        #expect(words.suffix(2) == ["other", "end"])
    }

    @Test("A full server's requests wait; each goes when one before it ends, and those who leave leave nothing")
    func waiting() async throws {
        let loop = Self.group.next()
        let (servers, all) = try await serve([{ _, _ in [.silence] }])
        let upstreams = all.map { Upstream(address: $0.address, model: $0.model, limit: 1) }
        let plan = UpstreamRegistry().plan(
            model: "m", upstreams: upstreams, rules: BalancingRules(queueLimit: 2),
            timeouts: UpstreamTimeouts(queue: .seconds(300)))
        let done = (0..<4).map { _ in loop.makePromise(of: [String].self) }
        let callers = try await loop.submit {
            let pools = Pools(loop)
            return NIOLoopBound(
                done.map { Caller([plan], on: loop, pools: pools, manner: .whole, done: $0) }, eventLoop: loop)
        }.get()
        #expect(try await done[3].futureResult.get() == ["failed \(UpstreamFailure.busy)"])
        func report() -> UpstreamReport? { UpstreamRegistry.report([plan]).first }
        #expect(report()?.inFlight == 1 && report()?.waiting == 2)
        try await loop.submit { callers.value[1].leave() }.get()
        #expect(report()?.inFlight == 1 && report()?.waiting == 1)
        for _ in 0..<500 where servers[0].requests.withLockedValue({ $0 }) < 1 {
            try await Task.sleep(for: .milliseconds(5))
        }
        try await loop.submit { callers.value[0].leave() }.get()
        for _ in 0..<500 where servers[0].requests.withLockedValue({ $0 }) < 2 {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(report()?.inFlight == 1 && report()?.waiting == 0)
        try await loop.submit { callers.value[2].leave() }.get()
        #expect(report()?.inFlight == 0)
        for _ in 0..<500 where servers[0].closed.withLockedValue({ $0 }) < 2 {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(servers[0].closed.withLockedValue { $0 } == 2)
    }

    @Test(
        "Waiting for a place ends with its limit, an answer that takes too long in all with the total, and neither is blamed on the server"
    )
    func limits() async throws {
        let (servers, all) = try await serve([{ _, _ in [.silence] }])
        let upstreams = all.map { Upstream(address: $0.address, model: $0.model, limit: 1) }
        let plan = UpstreamRegistry().plan(
            model: "m", upstreams: upstreams,
            timeouts: UpstreamTimeouts(total: .seconds(2), queue: .milliseconds(100)))
        async let first = run([plan])
        // The second must find the place taken.
        for _ in 0..<2_000 where servers[0].requests.withLockedValue({ $0 }) < 1 {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(try await run([plan]) == ["failed \(UpstreamFailure.timedOut(.queue))"])
        #expect(try await first == ["failed \(UpstreamFailure.timedOut(.total))"])
        let report = try #require(UpstreamRegistry.report([plan]).first)
        #expect(report.inFlight == 0 && report.waiting == 0 && report.failures == 0)
    }

    @Test("A head without a first token in time is late, whatever the idle limit says")
    func firstToken() async throws {
        let (_, upstreams) = try await serve([{ _, _ in [.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n")] }])
        let plan = UpstreamRegistry().plan(
            model: "m", upstreams: upstreams,
            timeouts: UpstreamTimeouts(firstToken: .milliseconds(100), idle: .seconds(60)))
        #expect(try await run([plan]) == ["failed \(UpstreamFailure.timedOut(.firstToken))"])
    }

    @Test("Requests of an old and a new configuration share what is known of a server, and each keeps to its own")
    func twoConfigurations() async throws {
        let (servers, upstreams) = try await serve([
            nil, { _, _ in [.send(Self.ok("a"))] }, { _, _ in [.send(Self.ok("b"))] },
        ])
        let changes = NIOLockedValueBox<[UpstreamReport]>([])
        let registry = UpstreamRegistry { report in changes.withLockedValue { $0.append(report) } }
        let old = registry.plan(
            model: "m", upstreams: Array(upstreams.prefix(2)), rules: BalancingRules(method: .weighted))
        for _ in 0..<12 { #expect(try await run([old]).last == "end") }
        let new = registry.plan(
            model: "m", upstreams: [upstreams[2], upstreams[0]], rules: BalancingRules(method: .weighted))
        // The dead server is known to be dead, so it is not tried first by anyone.
        for _ in 0..<4 {
            #expect(try await run([new]) == ["b", "end"])
            #expect(try await run([old]) == ["a", "end"])
        }
        #expect(changes.withLockedValue { $0.map(\.breaker) } == [.open])
        #expect(UpstreamRegistry.report([new]).last?.breaker == .open)
        #expect(servers[2].requests.withLockedValue { $0 } == 4)
    }

    /// How often each loop makes a hundred calls at once; more often where every count is made in full.
    private static let rounds = getenv("SLUICE_COUNTS") == nil ? 3 : 10

    @Test("Calls from several loops, a hundred at once, half of whom leave at any moment, give everything back")
    func nothingLeaks() async throws {
        let (_, all) = try await serve([
            { _, request in request % 5 == 0 ? [.close] : [.send(Self.ok("x"))] },
            { _, request in request % 7 == 0 ? [.silence] : [.send(Self.ok("x"))] },
        ])
        let upstreams = all.map { Upstream(address: $0.address, model: $0.model, limit: 20) }
        let plan = UpstreamRegistry().plan(
            model: "m", upstreams: upstreams, rules: BalancingRules(queueLimit: 100),
            timeouts: UpstreamTimeouts(firstByte: .seconds(1), queue: .milliseconds(500)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for loop in Self.group.makeIterator() {
                group.addTask {
                    let pools = try await loop.submit { NIOLoopBound(Pools(loop), eventLoop: loop) }.get()
                    for _ in 0..<Self.rounds {
                        let done = (0..<100).map { _ in loop.makePromise(of: [String].self) }
                        let callers = try await loop.submit {
                            NIOLoopBound(
                                done.map { Caller([plan], on: loop, pools: pools.value, manner: .streaming, done: $0) },
                                eventLoop: loop)
                        }.get()
                        for number in stride(from: 0, to: 100, by: 2) {
                            loop.scheduleTask(in: .microseconds(.random(in: 0...3_000))) {
                                callers.value[number].leave()
                            }
                        }
                        for promise in done { _ = try await promise.futureResult.get() }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(UpstreamRegistry.report([plan]).allSatisfy { $0.inFlight == 0 && $0.waiting == 0 })
    }
}
