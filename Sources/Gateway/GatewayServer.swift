public import Certificates
import Logging
import NIOConcurrencyHelpers
public import NIOCore
import NIOPosix
import Threads
import Upstreams

/// The listener for clients: sockets in front of `Gateway`, one lane per event loop.
public final class GatewayServer: Sendable {
    private let gateway: Gateway
    private let group: MultiThreadedEventLoopGroup
    private let lanes: [NIOLoopBound<Lane>]
    private let listener: NIOLockedValueBox<(any Channel)?>

    /// Prepares `threads` event loops; nothing listens yet.
    public init(gateway: Gateway, threads: Int) async throws {
        self.gateway = gateway
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, threads))
        listener = NIOLockedValueBox(nil)
        var lanes: [NIOLoopBound<Lane>] = []
        for loop in group.makeIterator() {
            lanes.append(
                try await loop.submit {
                    Turns.areShort()
                    return NIOLoopBound(Lane(gateway: gateway, loop: loop), eventLoop: loop)
                }.get())
        }
        self.lanes = lanes
        if let first = lanes.first { try await first.eventLoop.submit { first.value.probeHealth() }.get() }
    }

    /// Listens, and returns the address: port 0 asks the system for a free one.
    ///
    /// - Parameter certificate: What the listener speaks TLS with; without one it speaks in the clear.
    public func start(
        host: String, port: Int, certificate: ServerCertificate? = nil
    ) async throws -> SocketAddress? {
        let door = try ClientDoor(certificate: certificate)
        let lanes = Dictionary(uniqueKeysWithValues: lanes.map { (ObjectIdentifier($0.eventLoop), $0) })
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4_096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // All who wait are let in at one turn of the loop: under load a turn is long, and few a turn would be too few.
            .serverChannelOption(.maxMessagesPerRead, value: 256)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            // One read a wake-up: a second one would only find the socket empty.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: ReadSizes())
            .childChannelOption(
                .writeBufferWaterMark, value: ChannelOptions.Types.WriteBufferWaterMark(low: 16_384, high: 65_536)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let lane = lanes[ObjectIdentifier(channel.eventLoop)]?.value else {
                        throw ChannelError.ioOnClosedChannel
                    }
                    try door.admit(channel, to: lane)
                }
            }
            .bind(host: host, port: port).get()
        listener.withLockedValue { $0 = channel }
        return channel.localAddress
    }

    /// Puts another snapshot in force, for requests whose heads come from now on; running ones go on under their own.
    ///
    /// What the new snapshot stops is cut at once. When the call returns, every event loop has followed.
    /// - Throws: `NIOSSLError` if a model server is to be reached by TLS for the first time and the system's certificates
    ///   cannot be read; nothing has changed then.
    public func replace(_ snapshot: GatewaySnapshot) async throws {
        if snapshot.addresses.contains(where: \.isTLS) { _ = try gateway.clientTLS() }
        gateway.replace(snapshot)
        gateway.egress.follow(Set(snapshot.stops.models.keys))
        for lane in lanes { try await lane.eventLoop.submit { lane.value.follow(snapshot) }.get() }
    }

    /// Client connections that stand at this moment.
    public func connectionCount() async throws -> Int {
        var count = 0
        for lane in lanes { count += try await lane.eventLoop.submit { lane.value.connectionCount }.get() }
        return count
    }

    /// What all event loops have counted since the start.
    public func counts() async throws -> GatewayCounts {
        var sum = GatewayCounts()
        for lane in lanes { sum.merge(try await lane.eventLoop.submit { lane.value.counts }.get()) }
        return sum
    }

    /// Stops in order: no new connections, idle ones close, running answers go on up to the limit, the rest is cut.
    public func stop() async throws {
        let channel = listener.withLockedValue { $0 }
        try? await channel?.close().get()
        for lane in lanes { try await lane.eventLoop.submit { lane.value.drain() }.get() }
        let limit = gateway.snapshot.settings.drainLimit
        let deadline = NIODeadline.now() + limit
        while try await connectionCount() > 0, NIODeadline.now() < deadline {
            try await Task.sleep(for: .milliseconds(20))
        }
        for lane in lanes { try await lane.eventLoop.submit { lane.value.stopNow() }.get() }
        while try await connectionCount() > 0, NIODeadline.now() < deadline + .seconds(2) {
            try await Task.sleep(for: .milliseconds(10))
        }
        // What the pool still judges comes back to the loops, so they go last.
        await gateway.compute.shutDown()
        try await group.shutdownGracefully()
    }
}
