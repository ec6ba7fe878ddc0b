/// Something that an honest log does not have.
public struct AuditProblem: Sendable, Equatable, CustomStringConvertible {
    /// What kind of thing is wrong.
    public enum Kind: String, Sendable, CaseIterable {
        /// The checkpoint is malformed, not signed or not cosigned.
        case checkpoint
        /// A tile or bundle is missing or holds something else than the tree demands.
        case tile
        /// The tree has another root than the checkpoint says.
        case root
        /// The tree does not go on from one that the log signed before: a fork, or another view.
        case fork
        /// The log shows a smaller tree than it signed before.
        case rollback
        /// A leaf is not well formed, or stands where it may not.
        case leaf
        /// A record is missing, doubled or out of order.
        case sequence
        /// A time goes back, or was not yet when a witness saw the tree.
        case time
        /// Published figures are not the sums of the leaves.
        case statistics
        /// A receipt does not fit the log.
        case receipt
        /// A promise was not kept.
        case promise
    }

    /// What kind of thing is wrong.
    public let kind: Kind
    /// What and where.
    public let text: String

    /// Puts a problem together.
    public init(kind: Kind, text: String) {
        self.kind = kind
        self.text = text
    }

    /// Kind and text.
    public var description: String { "\(kind.rawValue): \(text)" }
}

/// A tree that the log has signed and somebody remembers.
public struct RememberedCheckpoint: Sendable {
    /// The checkpoint.
    public let checkpoint: Checkpoint
    /// The earliest and the latest time at which a known witness cosigned it, in seconds since 1970.
    public let times: ClosedRange<UInt64>?
    /// Where it was remembered.
    public let source: String

    /// Opens a note that the log must have signed.
    ///
    /// - Throws: `NoteError`.
    public init(_ note: SignedNote, policy: WitnessPolicy, source: String) throws(NoteError) {
        checkpoint = try VerifiedCheckpoint(note, by: policy.logs.map(\.key)).checkpoint
        let keys = policy.witnesses.map(\.key)
        let times = keys.isEmpty ? [] : ((try? note.verify(with: keys)) ?? []).compactMap(\.time)
        self.times = times.min().flatMap { first in times.max().map { first...$0 } }
        self.source = source
    }
}

/// Reads the leaves of a log in order and finds what no honest log has.
public struct LeafAudit: Sendable {
    /// How far a leaf's time may lie from a witness's, in seconds: decisions wait for the log, and clocks differ.
    public static let tolerance: UInt64 = 3600
    /// How many problems are kept; the rest are counted.
    public static let keptProblems = 1000

    /// What was found, at most the first thousand.
    public private(set) var problems: [AuditProblem] = []
    /// How many problems there are.
    public private(set) var problemCount = 0
    /// The tree over the leaves so far.
    public private(set) var edge = TreeEdge()
    /// The number of leaves by kind.
    public private(set) var kinds: [String: UInt64] = [:]
    /// The figures of all leaves.
    public private(set) var total = Leaf.Statistics(day: 0, from: 0)
    /// Releases in order, with their slots.
    public private(set) var releases: [(slot: UInt32, release: Leaf.Release)] = []
    /// Days in order.
    public private(set) var days: [Leaf.Statistics] = []
    /// The sequence number that the next decision must have; 0 before the first.
    public private(set) var nextSequence: UInt64 = 0

    private var sinceStatistics = Leaf.Statistics(day: 0, from: 0)
    private var open: Set<UInt64> = []
    private var slot: UInt32 = 0
    private var remembered: [RememberedCheckpoint]
    private var notBefore: UInt64 = 0
    private let notAfter: UInt64?
    private let origin: String

    /// Begins an audit.
    ///
    /// - Parameters:
    ///   - origin: The log's name.
    ///   - remembered: Trees that the log has signed before, in any order.
    ///   - now: The time in seconds since 1970, after which no leaf may say it was made; `nil` to leave that out.
    public init(origin: String, remembered: [RememberedCheckpoint], now: UInt64?) {
        self.origin = origin
        self.remembered = remembered.sorted { $0.checkpoint.size > $1.checkpoint.size }
        notAfter = now
        passRemembered()
    }

    /// The number of exchanges that were admitted and have no end: running, or cut by a crash.
    public var openExchanges: Int { open.count }

    /// Notes a problem.
    public mutating func report(_ kind: AuditProblem.Kind, _ text: String) {
        problemCount += 1
        if problems.count < Self.keptProblems { problems.append(AuditProblem(kind: kind, text: text)) }
    }

    /// Takes the next leaf's bytes, and gives the tiles that it completes.
    public mutating func add(_ entry: ArraySlice<UInt8>, completed: (TreeEdge.Tile) -> Void) {
        let index = edge.size
        do throws(LeafError) {
            read(try Leaf(entry), index)
        } catch {
            report(.leaf, "leaf \(index): \(error)")
        }
        edge.append(.leaf(entry), completed: completed)
        passRemembered()
    }

    /// Compares with the remembered trees of the present size.
    private mutating func passRemembered() {
        while let next = remembered.last, next.checkpoint.size == edge.size {
            remembered.removeLast()
            if next.checkpoint.root != edge.root {
                report(.fork, "at size \(edge.size) this tree is another than the one in \(next.source)")
            }
            if let first = next.times?.lowerBound { notBefore = max(notBefore, first - min(first, Self.tolerance)) }
            // What the witness saw was there: none of its leaves may be from later.
            if let last = next.times?.upperBound, TimeSlot.start(of: slot) > last + Self.tolerance {
                report(.time, "a leaf before \(edge.size) says it was made after a witness saw it (\(next.source))")
            }
        }
    }

    /// Ends the audit with the size and root that the log states.
    public mutating func finish(_ head: Checkpoint) {
        if edge.size != head.size {
            report(.tile, "only \(edge.size) of \(head.size) leaves can be read")
        } else if edge.root != head.root {
            report(.root, "the leaves have the root \(edge.root), the checkpoint says \(head.root)")
        }
        for later in remembered.reversed() {
            report(.rollback, "\(later.source) has a tree of \(later.checkpoint.size), this log shows \(head.size)")
        }
    }

    private mutating func read(_ leaf: Leaf, _ index: UInt64) {
        kinds[leaf.kindName, default: 0] += 1
        if leaf.slot < slot { report(.time, "leaf \(index): its time is before that of the leaf before it") }
        slot = max(slot, leaf.slot)
        if TimeSlot.start(of: leaf.slot) + TimeSlot.seconds <= notBefore {
            report(.time, "leaf \(index): its time is before that at which a witness saw the log without it")
        }
        if let notAfter, TimeSlot.start(of: leaf.slot) > notAfter + Self.tolerance {
            report(.time, "leaf \(index): its time is still to come")
        }
        switch leaf.content {
        case .opening(let opening):
            if index != 0 { report(.leaf, "leaf \(index): the log begins anew") }
            if opening.origin != origin { report(.leaf, "leaf \(index): it opens the log '\(opening.origin)'") }
        case .decisions(let batch):
            check(batch, index)
        case .release(let release):
            releases.append((leaf.slot, release))
        case .statistics(let statistics):
            check(statistics, index)
            return
        default: break
        }
        if index == 0, leaf.kind != 1 { report(.leaf, "leaf 0: a log begins with its opening") }
        total.add(leaf)
        sinceStatistics.add(leaf)
    }

    private mutating func check(_ batch: DecisionBatch, _ index: UInt64) {
        if nextSequence == 0 ? batch.first != 1 : batch.first != nextSequence {
            let expected = max(1, nextSequence)
            report(
                .sequence,
                batch.first > expected
                    ? "leaf \(index): records \(expected) to \(batch.first - 1) are missing"
                    : "leaf \(index): record \(batch.first) is there a second time")
        }
        nextSequence = max(nextSequence, batch.next)
        for (place, row) in batch.rows.enumerated() {
            let sequence = batch.first &+ UInt64(place)
            if row.event == .admitted {
                open.insert(sequence)
            } else if row.event.isEnd, open.remove(sequence &- UInt64(row.back)) == nil {
                report(
                    .sequence,
                    "leaf \(index): record \(sequence) ends an exchange that is not open, "
                        + "number \(sequence &- UInt64(row.back))")
            }
        }
    }

    private mutating func check(_ statistics: Leaf.Statistics, _ index: UInt64) {
        if statistics.from != sinceStatistics.from {
            report(.statistics, "leaf \(index): it counts from leaf \(statistics.from), not \(sinceStatistics.from)")
        }
        if let before = days.last, statistics.day <= before.day {
            report(.statistics, "leaf \(index): its day is not after that of the figures before")
        }
        if !statistics.agrees(with: sinceStatistics) {
            report(
                .statistics, "leaf \(index): the figures are not the sums of the leaves since \(sinceStatistics.from)")
        }
        days.append(statistics)
        sinceStatistics = Leaf.Statistics(day: 0, from: index + 1)
    }
}
