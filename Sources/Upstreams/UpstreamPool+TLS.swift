import NIOCore
import NIOPosix
import NIOSSL

// Connections by TLS: what is spoken on them shows when the handshake is done.
extension UpstreamPool {
    /// What a handshake brought.
    private enum Way {
        case connection(UpstreamConnection)
        case session(UpstreamSession)
    }

    /// Connects by TLS; the call is sent on what comes of it, and so are those that wait.
    func secure(_ tls: NIOSSLContext, within limit: TimeAmount, for call: UpstreamCall) {
        handshakes += 1
        let address = address
        let name = address.host.isLiteralAddress ? nil : address.host
        let made = loop.makePromise(of: NIOLoopBound<Way>.self)
        let bound = NIOLoopBound(self, eventLoop: loop)
        // The handshake has the connection's time, not more.
        let late = loop.assumeIsolated().scheduleTask(in: limit) { made.fail(UpstreamFailure.timedOut(.connect)) }
        ClientBootstrap(group: loop)
            .connectTimeout(limit)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: ReadSizes())
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
                    try pipeline.addHandler(
                        ProtocolChoice(failed: { made.fail($0) }) { name in
                            let way = try bound.value.way(name, on: channel)
                            made.succeed(NIOLoopBound(way, eventLoop: channel.eventLoop))
                        })
                }
            }
            .connect(host: address.host, port: address.port)
            .whenComplete { result in
                switch result {
                case .failure(let error): made.fail(error)
                case .success(let channel): made.futureResult.whenFailure { _ in channel.close(promise: nil) }
                }
            }
        made.futureResult.assumeIsolated().whenComplete { result in
            late.cancel()
            self.handshakes -= 1
            self.secured(result.map(\.value), for: call)
        }
    }

    /// Puts the handlers of the protocol that was chosen.
    private func way(_ name: String?, on channel: any Channel) throws -> Way {
        if name == "h2" { return .session(try UpstreamSession(on: channel, pool: self)) }
        return .connection(try addEnd(to: channel))
    }

    private func secured(_ result: Result<Way, any Error>, for call: UpstreamCall) {
        let others = waiting
        waiting = []
        switch result {
        case .failure(let error):
            standing -= 1
            let isTimeout = if let error = error as? ChannelError, case .connectTimeout = error { true } else { false }
            let failure =
                error as? UpstreamFailure
                ?? (isTimeout ? UpstreamFailure.timedOut(.connect) : .unreachable(error.reason))
            // What failed for one would fail for all: each goes on to another server by itself.
            for call in [call] + others where call.receive != nil { call.fail(failure) }
            return
        case .success(.connection(let connection)):
            speaksTwo = false
            connection.isCounted = true
            if call.receive == nil {
                giveBack(connection)
            } else {
                connection.start(call)
            }
        case .success(.session(let session)):
            speaksTwo = true
            sessions.append(session)
            if !isSweeping { sweepLater() }
            if call.receive != nil { session.start(call) }
        }
        for call in others where call.receive != nil { route(call) }
    }
}

extension Error {
    /// The operating system's own words where there are any, without file names of ours.
    var reason: String {
        if let error = self as? NIOConnectionError, let first = error.connectionErrors.first {
            return "\(first.error)"
        }
        return "\(self)"
    }
}

extension String {
    /// Whether this is an IP address: TLS names hosts only.
    var isLiteralAddress: Bool { (try? SocketAddress(ipAddress: self, port: 0)) != nil }
}
