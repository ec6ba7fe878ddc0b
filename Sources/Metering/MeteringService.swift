import Ledger
public import Store

/// Adds up the ledger, keeps a checkpoint of the sum in the store, and answers what was used.
///
/// It reads what the running server writes, behind it and from the files: the sums that are reported, and that the next start
/// begins with, are the ledger's own and not this process's memory.
public actor MeteringService {
    /// What admission asks; follows `follow`.
    public nonisolated let meter: SpendingMeter

    private let store: Store
    private let directory: String
    private let line: @Sendable (String) -> String
    private var fold: LedgerFold
    private var reader: LedgerReader?
    /// The chain value of the last record taken; empty before the first.
    private var chain: [UInt8]
    private var isSaved = true
    /// The number of the first record that the saved checkpoint does not count.
    public private(set) var savedNext: UInt64 = 1

    /// What was found at the start.
    public struct Opening: Sendable, Equatable {
        /// Exchanges that a dead process had left open; they stay charged as reserved.
        public var unfinished = 0
        /// Whether the checkpoint did not belong to this ledger, so that everything was added up anew.
        public var wasRebuilt = false
    }

    /// What was found at the start.
    public nonisolated let opening: Opening

    /// Reads the checkpoint, adds up what the ledger has behind it, and makes the meter.
    ///
    /// - Parameters:
    ///   - directory: The ledger's.
    ///   - line: The first key of a key's line of rotations, by their ids.
    ///   - block: Completion tokens reserved at a time where a client names no limit.
    /// - Throws: `StoreError`, or `LedgerError` where the ledger cannot be read.
    public static func start(
        store: Store, ledger directory: String, prices: [PriceRecord], budgets: [BudgetRecord],
        block: Int64 = SpendingMeter.defaultBlock, line: @escaping @Sendable (String) -> String
    ) async throws -> MeteringService {
        let budgets = budgets.compactMap { Budget($0) }
        var opening = Opening()
        var checkpoint = try await store.foldCheckpoint()
        var catching = CatchingUp(checkpoint, budgets, directory)
        do {
            try catching.run(line)
        } catch is ForeignCheckpoint {
            try CatchingUp.mustBeWhole(directory)
            opening.wasRebuilt = true
            checkpoint = nil
            try await store.forgetFold()
            catching = CatchingUp(nil, budgets, directory)
            try catching.run(line)
        }
        opening.unfinished = catching.fold.open.count
        catching.fold.closeUnfinished(before: .max)
        let meter = SpendingMeter(
            prices: PriceList(prices.map { Price($0) }), budgets: budgets, from: catching.fold, block: block)
        let service = MeteringService(meter: meter, store: store, line: line, from: catching, opening)
        try await service.save()
        return service
    }

    private init(
        meter: SpendingMeter, store: Store, line: @escaping @Sendable (String) -> String, from state: CatchingUp,
        _ opening: Opening
    ) {
        self.meter = meter
        self.store = store
        self.line = line
        self.opening = opening
        directory = state.directory
        fold = state.fold
        reader = state.reader
        chain = state.chain
        isSaved = false
    }

    /// Puts prices and budgets in force that the store has taken.
    public func follow(prices: [PriceRecord], budgets: [BudgetRecord]) {
        let budgets = budgets.compactMap { Budget($0) }
        meter.replace(PriceList(prices.map { Price($0) }))
        meter.replace(budgets)
        fold.replace(budgets)
    }

    /// Adds up what was written since, and saves a checkpoint if there was anything.
    ///
    /// - Throws: `LedgerError` or `StoreError`; the next call tries again.
    public func advance(now: Int64) async throws {
        try catchUp()
        meter.trim(now: now)
        if !isSaved { try await save() }
    }

    private func catchUp() throws {
        var catching = CatchingUp(fold, reader, chain, directory)
        // The only copy moves, so that adding up copies nothing.
        let before = fold.next
        fold = LedgerFold()
        defer {
            (fold, reader, chain) = (catching.fold, catching.reader, catching.chain)
            if fold.next != before { isSaved = false }
        }
        try catching.run(line)
    }

    /// What was used, all that is recorded by now included.
    public func usage(_ question: UsageQuestion, now: Int64) async throws -> [UsageRecord] {
        try await advance(now: now)
        let rows = try await store.usage(question)
        return question.by == .month ? Self.months(rows) : rows
    }

    /// What the ledger adds up to for one subject, in micro-units: settled, and reserved by exchanges without a completion.
    public func folded(_ dimension: Dimension, _ id: String) -> (spent: Int64, reserved: Int64) {
        fold.total(dimension, id)
    }

    private func save() async throws(StoreError) {
        var copy = fold
        let changes = copy.takeChanges()
        let checkpoint = FoldCheckpoint(
            next: fold.next, chain: chain, balances: changes.balances.map { FoldCheckpoint.Balance($0) },
            open: fold.open.map { FoldCheckpoint.Open(sequence: $0.key, $0.value) },
            usage: changes.usage.map { UsageRecord($0.key, $0.value) })
        // Taken before the wait, so that nothing added meanwhile is lost; given back if the store fails.
        fold = copy
        isSaved = true
        do throws(StoreError) {
            try await store.save(checkpoint)
            savedNext = max(savedNext, checkpoint.next)
        } catch {
            fold.giveBack(changes)
            isSaved = false
            throw error
        }
    }

    /// Days added up to their months, each told by its first day.
    private static func months(_ days: [UsageRecord]) -> [UsageRecord] {
        var months: [UsageRecord] = []
        for record in days {
            guard let number = record.day else { continue }
            let first = UTCDay(at: UTCDay.start(ofMonth: UTCDay(number: number).month)).number
            if let last = months.last, last.day == first {
                months[months.count - 1].add(record)
            } else {
                months.append(record)
                months[months.count - 1].day = first
            }
        }
        return months
    }
}

/// The checkpoint is of another ledger, or the ledger has lost its end.
private struct ForeignCheckpoint: Error {}

/// A fold on its way to the ledger's end.
private struct CatchingUp {
    var fold: LedgerFold
    var reader: LedgerReader?
    var chain: [UInt8]
    let directory: String
    private var mustMatch = false

    init(_ checkpoint: FoldCheckpoint?, _ budgets: [Budget], _ directory: String) {
        self.directory = directory
        fold = checkpoint.map { LedgerFold($0, budgets) } ?? LedgerFold(budgets: budgets)
        chain = checkpoint?.chain ?? []
        mustMatch = !chain.isEmpty
    }

    init(_ fold: LedgerFold, _ reader: LedgerReader?, _ chain: [UInt8], _ directory: String) {
        self.directory = directory
        self.fold = fold
        self.reader = reader
        self.chain = chain
    }

    /// Takes every record there is.
    ///
    /// - Parameter line: The first key of a key's line of rotations; asked once for each payer.
    mutating func run(_ line: (String) -> String) throws {
        if reader == nil { try open() }
        guard let reader else { return }
        var spending = SpendingReader(reader)
        var parties: [LedgerFold.Party] = []
        var last: Hash256?
        defer { if let last { chain = last.bytes } }
        while let entry = try spending.next() {
            fold.take(entry) { payer, fold in
                // Numbers go up by one as payers first appear.
                if payer == parties.count {
                    let names = spending.names(of: payer)
                    parties.append(
                        fold.party(
                            Payer(
                                organisation: names.organisation, account: names.account, key: line(names.key),
                                model: names.model)))
                }
                return parties[payer]
            }
            last = entry.chain
        }
    }

    /// What was pruned can only be known from the checkpoint: without one the balances would be too low.
    static func mustBeWhole(_ directory: String) throws(LedgerError) {
        let oldest = try LedgerReader.oldest(in: directory)
        guard oldest > 1 else { return }
        throw .damaged(
            file: directory, offset: 0,
            reason: "the ledger begins at record \(oldest), and the store has no sum of what was pruned before it: "
                + "restore the store that belongs to this ledger from a backup")
    }

    private mutating func open() throws {
        let made: LedgerReader
        do throws(LedgerError) {
            if !mustMatch, fold.next == 1 { try Self.mustBeWhole(directory) }
            made = try LedgerReader(directory: directory, from: mustMatch ? fold.next - 1 : 0)
        } catch {
            // Before its first record a ledger may not be there yet.
            guard case .noLedger = error, !mustMatch else { throw error }
            return
        }
        if mustMatch {
            // The last record of the checkpoint must be the one it was.
            guard let last = try made.next(), last.sequence == fold.next - 1, last.chain.bytes == chain else {
                throw ForeignCheckpoint()
            }
        }
        reader = made
    }
}
