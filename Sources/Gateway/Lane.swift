import Dialects
import Ledger
import NIOCore
import Upstreams

/// What one event loop owns: its client connections and its pools of connections to the model servers.
///
/// Confined to its loop. Settings are taken from the gateway's snapshot, once per request.
final class Lane {
    let gateway: Gateway
    let loop: any EventLoop
    private var pools: [UpstreamAddress: UpstreamPool] = [:]
    private var connections: [ObjectIdentifier: ClientConnection] = [:]
    private(set) var isDraining = false
    let flushes: FlushBatch

    init(gateway: Gateway, loop: any EventLoop) {
        self.gateway = gateway
        self.loop = loop
        flushes = FlushBatch(loop: loop)
    }

    var settings: GatewaySettings { gateway.snapshot.settings }

    func pool(for address: UpstreamAddress) -> UpstreamPool {
        if let pool = pools[address] { return pool }
        let tls = address.isTLS ? try? gateway.clientTLS() : nil
        let pool = UpstreamPool(loop: loop, address: address, tls: tls, flushes: flushes)
        pools[address] = pool
        return pool
    }

    func add(_ connection: ClientConnection) { connections[ObjectIdentifier(connection)] = connection }

    func remove(_ connection: ClientConnection) {
        connections[ObjectIdentifier(connection)] = nil
    }

    var connectionCount: Int { connections.count }

    /// Idle connections close; running answers go on until `stopNow`.
    func drain() {
        isDraining = true
        for connection in connections.values { connection.drain() }
        for pool in pools.values { pool.closeIdle() }
    }

    func stopNow() {
        for connection in connections.values { connection.stopNow() }
    }
}
