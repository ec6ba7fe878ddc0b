import Glibc
import Threads
import Transparency

/// What of a ledger is kept: whole segments go, the oldest first, as soon as one of the bounds is passed.
public struct LedgerRetention: Sendable, Equatable {
    /// Milliseconds that a record is kept at least; `nil` is for ever.
    public var age: Int64?
    /// The bytes of all segments together, at most; `nil` is any number.
    public var bytes: UInt64?

    /// Puts bounds together.
    public init(age: Int64? = nil, bytes: UInt64? = nil) {
        self.age = age
        self.bytes = bytes
    }

    /// Whether anything is ever to go.
    public var keepsEverything: Bool { age == nil && bytes == nil }
}

/// What a pruning took away.
public struct LedgerPruning: Sendable, Equatable {
    /// The number of the oldest record that is left.
    public var first: UInt64
    /// Segments that went.
    public var segments: Int
    /// Their bytes.
    public var bytes: UInt64
}

extension ExchangeLog {
    /// The action of the record that says which beginning of the ledger was taken away.
    static let pruningAction = "ledger.prune"

    /// The number of the first record that an exchange without an end still needs; the next record's where none runs.
    public var oldestOpen: UInt64 { core.state.withLock { state in state.open.min() ?? state.encoded.next } }

    /// Closes the present segment if it was begun longer ago than `age` milliseconds, so that it can be kept or go as a whole.
    ///
    /// - Returns: Whether it was.
    /// - Throws: `LedgerError`: the log is failing then, and tries again by itself.
    @discardableResult
    public func rotate(olderThan age: Int64) throws(LedgerError) -> Bool {
        let time = wallClockMilliseconds() - max(0, age)
        return try core.write { (state) throws(LedgerError) in try state.rotate(begunBefore: time) }
    }

    /// Makes everything durable that was recorded so far.
    ///
    /// - Returns: How far the segments are on the disk.
    /// - Throws: `LedgerError`, and then it may not be.
    public func settle() throws(LedgerError) -> LedgerPosition {
        let position = try core.write { (state) throws(LedgerError) in
            if let failure = state.failure { throw .notWritable(reason: failure.reason) }
            try state.flush()
            do throws(LedgerError) {
                try state.file.synchronise()
            } catch {
                state.mustRewrite = true
                state.fail(error)
                throw error
            }
            return LedgerPosition(
                ledger: state.ledger, segment: state.segment, offset: state.size, next: state.written.next,
                chain: state.written.chain)
        }
        return position
    }

    /// Takes the oldest segments away that the retention does not keep and nobody needs.
    ///
    /// A record that says so is on the disk first, so that the chain itself tells what went; a crash in between leaves more
    /// than it says, never less.
    /// - Parameters:
    ///   - floor: The number of the first record that somebody else still needs.
    ///   - margin: Records that are kept before the first that the retention keeps.
    ///   - actor: Who wants it, for the record.
    /// - Returns: What went; `nil` if nothing did.
    public func prune(
        _ retention: LedgerRetention, floor: UInt64, margin: UInt64 = 0, by actor: String
    ) throws(LedgerError) -> LedgerPruning? {
        let now = wallClockMilliseconds()
        guard var plan = try plan(retention, floor: min(floor, oldestOpen), now: now) else { return nil }
        if margin > 0 {
            guard plan.first > margin, let less = try self.plan(retention, floor: plan.first - margin, now: now)
            else { return nil }
            plan = less
        }
        try note(
            Act(
                event: 0, time: now, actor: actor, action: Self.pruningAction, subject: "\(plan.first)",
                details: [
                    "chain": "\(plan.chain)", "segments": "\(plan.going.count)", "bytes": "\(plan.bytes)",
                ]))
        _ = try settle()
        for name in plan.going {
            guard unlink(directory + "/" + name) == 0 || errno == ENOENT else {
                throw .io(operation: "delete", path: directory + "/" + name, errno: errno)
            }
        }
        try OpenFile(directory, O_RDONLY | O_DIRECTORY).synchroniseAll()
        return LedgerPruning(first: plan.first, segments: plan.going.count, bytes: plan.bytes)
    }

    private struct Plan {
        var going: [String] = []
        var bytes: UInt64 = 0
        var first: UInt64
        var chain = Hash256()
    }

    private func plan(_ retention: LedgerRetention, floor: UInt64, now: Int64) throws(LedgerError) -> Plan? {
        guard !retention.keepsEverything else { return nil }
        let all = try segments(in: directory)
        guard all.count > 1 else { return nil }
        var sizes: [UInt64] = []
        for first in all { sizes.append(try OpenFile(path(first), O_RDONLY).size()) }
        var total = sizes.reduce(0, +)
        var plan = Plan(first: all[0])
        for (index, next) in all.dropFirst().enumerated() {
            // A segment ends where the next begins, which its header dates.
            let header = try SegmentScanner(directory: directory, firstSequence: next).header
            let isOld = retention.age.map { header.created <= now - $0 } ?? false
            let isTooMuch = retention.bytes.map { total > $0 } ?? false
            guard next <= floor, isOld || isTooMuch else { break }
            plan.going.append(SegmentHeader.fileName(all[index]))
            plan.bytes += sizes[index]
            total -= sizes[index]
            (plan.first, plan.chain) = (next, header.chain)
        }
        return plan.going.isEmpty ? nil : plan
    }

    private var directory: String { core.state.withLock { $0.directory } }

    private func path(_ first: UInt64) -> String { directory + "/" + SegmentHeader.fileName(first) }
}

/// A point of a ledger up to which it is on the disk.
public struct LedgerPosition: Sendable, Equatable {
    /// The ledger's own id, 16 bytes.
    public var ledger: [UInt8]
    /// The number of the first record of the segment that is written, and the bytes of it that count.
    public var segment, offset: UInt64
    /// The number of the next record.
    public var next: UInt64
    /// The chain value before it.
    public var chain: Hash256

    /// Reads a position as the admin API tells it; `nil` where that is none.
    public init?(ledger: String, segment: UInt64, offset: UInt64, next: UInt64, chain: String) {
        guard let id = bytesFromHexadecimal(ledger), id.count == 16, let chain = Hash256(hexadecimal: chain) else {
            return nil
        }
        (self.ledger, self.segment, self.offset, self.next, self.chain) = (id, segment, offset, next, chain)
    }

    init(ledger: Salt, segment: UInt64, offset: UInt64, next: UInt64, chain: Hash256) {
        self.ledger = ledger.bytes
        self.segment = segment
        self.offset = offset
        self.next = next
        self.chain = chain
    }
}

/// A pruning as the chain tells it.
struct PruningMark: Equatable {
    /// The oldest record that was left.
    var first: UInt64
    /// The chain value before it, in hexadecimal digits.
    var chain: String
    /// When, in milliseconds since 1970.
    var time: Int64

    /// Reads the record of a pruning; `nil` for any other.
    init?(_ act: Act) {
        guard act.action == ExchangeLog.pruningAction, let first = UInt64(act.subject) else { return nil }
        self.first = first
        time = act.time
        guard let detail = act.details.first(where: { $0.name == "chain" }) else { return nil }
        chain = detail.value
    }
}

extension PublicLog {
    /// The number of the first record that a public log has not yet in its published tree; `nil` where there is no such log.
    ///
    /// - Throws: `LedgerError` where the log's files cannot be read: nobody knows then what it still needs.
    public static func due(in directory: String) throws(LedgerError) -> UInt64? {
        guard access(directory + "/checkpoint", F_OK) == 0 else { return nil }
        let files = LogFiles { try TileFiles.read(directory + "/" + $0) }
        do {
            let size = try Checkpoint(text: files.checkpoint().text).size
            var index = size
            while index > 0 {
                index -= 1
                let leaf = try Leaf(files.entry(index, in: size)[...])
                if case .decisions(let batch) = leaf.content { return batch.next }
            }
            return 1
        } catch let error as LedgerError {
            throw error
        } catch {
            throw .damaged(file: directory, offset: 0, reason: "\(error)")
        }
    }
}
