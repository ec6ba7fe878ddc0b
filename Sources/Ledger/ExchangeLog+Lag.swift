import Threads

/// How far the disk is behind the log.
public struct LedgerLag: Sendable, Equatable {
    /// Records that are not known to be on the disk.
    public var records: UInt64
    /// Their bytes, those that are still in memory among them.
    public var bytes: UInt64
    /// How long the oldest of them has waited at most, in nanoseconds; 0 where nothing waits.
    public var waiting: Int64
    /// Nanoseconds since the last good sync; grows while there is nothing to write.
    public var sinceCommit: Int64
}

extension ExchangeLog {
    /// How far the disk is behind.
    public var lag: LedgerLag {
        let now = monotonicNanoseconds()
        return core.state.withLock { state in
            let records = state.encoded.next &- min(state.durable, state.encoded.next)
            let bytes = state.size &- min(state.durableOffset, state.size)
            return LedgerLag(
                records: records, bytes: bytes &+ UInt64(state.buffer.count),
                waiting: records == 0 ? 0 : max(0, now - (state.pendingSince ?? state.lastCommit)),
                sinceCommit: max(0, now - state.lastCommit))
        }
    }
}
