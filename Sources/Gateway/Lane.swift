import Dialects
import Ledger
import NIOCore
import Synchronization
import Upstreams

/// What one event loop owns: its client connections and its pools of connections to the model servers.
///
/// Confined to its loop. Settings are taken from the gateway's snapshot, once per request.
final class Lane {
    let gateway: Gateway
    let loop: any EventLoop
    private var pools: [UpstreamAddress: UpstreamPool] = [:]
    private var connections: [ObjectIdentifier: ClientConnection] = [:]
    /// Connections of HTTP/2; their streams are among `connections`.
    private var sessions: [ObjectIdentifier: ClientSession] = [:]
    private var streams = 0
    private(set) var isDraining = false
    private var prober: HealthProber?
    let flushes: FlushBatch
    /// What this loop counts.
    let metrics = LaneMetrics()
    /// Where those take this loop's exchanges who watch traffic.
    let traffic: TrafficQueue

    /// Exchanges whose admission the ledger has taken in this turn of the loop and not yet written.
    private var unwritten: [(exchange: Exchange, sequence: UInt64, time: TimeAmount)] = []

    /// Requests that run a second time, elsewhere.
    private var mirrors: [ObjectIdentifier: MirroredCall] = [:]

    init(gateway: Gateway, loop: any EventLoop) {
        self.gateway = gateway
        self.loop = loop
        traffic = gateway.traffic.queue()
        flushes = FlushBatch(loop: loop)
        flushes.first = { [unowned self] in writeRecords() }
    }

    /// What is in force now; settings are read in place, since copying them all costs more than most of them save.
    var inForce: GatewaySnapshot { gateway.snapshot }

    func pool(for address: UpstreamAddress) -> UpstreamPool {
        if let pool = pools[address] { return pool }
        let tls = address.isTLS ? try? gateway.clientTLS() : nil
        let pool = UpstreamPool(loop: loop, address: address, tls: tls, flushes: flushes)
        pools[address] = pool
        watch(pool, at: address, gateway.snapshot)
        return pool
    }

    /// From now on this lane asks the model servers' health routes; one lane of a gateway does.
    func probeHealth() {
        let prober = HealthProber(loop: loop) { [unowned self] in self.pool(for: $0) }
        self.prober = prober
        prober.follow(gateway.snapshot.courses.values.compactMap { $0.first?.plan })
    }

    /// Another snapshot is in force: pools of servers that it does not name close as their calls end, and what it stops is
    /// cut.
    func follow(_ snapshot: GatewaySnapshot) {
        let named = snapshot.addresses
        for (address, pool) in pools where !named.contains(address) {
            pool.retire()
            pools[address] = nil
        }
        for (address, pool) in pools { watch(pool, at: address, snapshot) }
        prober?.follow(snapshot.courses.values.compactMap { $0.first?.plan })
        guard !snapshot.stops.isEmpty else { return }
        for connection in connections.values { connection.exchange?.follow(snapshot) }
    }

    /// The exchange's admission is written with the others of this turn, before anything leaves.
    ///
    /// - Parameter time: What it took so far.
    func write(_ sequence: UInt64, of exchange: Exchange, after time: TimeAmount) {
        unwritten.append((exchange, sequence, time))
        flushes.schedule()
    }

    /// Writes the admissions of this turn, and lets their exchanges go on.
    func writeRecords() {
        guard let last = unwritten.last else { return }
        let began = NIODeadline.now()
        var failure: LedgerError?
        do throws(LedgerError) { try gateway.ledger.write(through: last.sequence) } catch { failure = error }
        let shared = .now() - began
        // What an exchange does now may record another.
        let ready = unwritten
        unwritten.removeAll(keepingCapacity: true)
        for (exchange, _, time) in ready {
            metrics.time(.ledger, time + shared)
            exchange.reachedLedger(failure)
        }
    }

    func add(_ connection: ClientConnection) {
        connections[ObjectIdentifier(connection)] = connection
        count(connection.isStream, 1)
    }

    func remove(_ connection: ClientConnection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        count(connection.isStream, -1)
    }

    func add(_ session: ClientSession) {
        sessions[ObjectIdentifier(session)] = session
        count(false, 1)
        if isDraining { session.drain() }
    }

    func remove(_ session: ClientSession) {
        if sessions.removeValue(forKey: ObjectIdentifier(session)) != nil { count(false, -1) }
    }

    private func count(_ isStream: Bool, _ change: Int) {
        if isStream {
            streams += change
        } else {
            gateway.clients.wrappingAdd(change, ordering: .relaxed)
        }
    }

    /// Connections of clients; a stream of HTTP/2 is none.
    var connectionCount: Int { connections.count - streams + sessions.count }

    var hasRoomForMirrors: Bool { mirrors.count < MirroredCall.most && !isDraining }

    func addMirror(_ call: MirroredCall) { mirrors[ObjectIdentifier(call)] = call }

    func dropMirror(_ call: MirroredCall) { mirrors[ObjectIdentifier(call)] = nil }

    /// What this loop has counted so far.
    var counts: GatewayCounts {
        var counts = metrics.counts
        counts.connections = connectionCount
        return counts
    }

    /// Idle connections close; running answers go on until `stopNow`.
    func drain() {
        isDraining = true
        prober?.stop()
        prober = nil
        for mirror in Array(mirrors.values) { mirror.stop() }
        for connection in connections.values { connection.drain() }
        for session in sessions.values { session.drain() }
        for pool in pools.values { pool.closeIdle() }
    }

    func stopNow() {
        for connection in connections.values { connection.stopNow() }
        for session in sessions.values { session.stopNow() }
    }
}
