import Threads
import Transparency

/// The organisations that asked since the last figures, to be counted and forgotten.
struct Askers: Sendable {
    /// More than this are not told apart.
    static let limit = 100_000

    private var names: Set<String> = []
    /// Those in records that are not in a leaf yet.
    private var waiting: Set<String> = []
    /// The newest of these.
    private var last = ""
    /// Whether nobody was missed: false after a start in the middle of a day.
    private(set) var isWhole: Bool

    init(isWhole: Bool) {
        self.isWhole = isWhole
    }

    mutating func note(_ entry: LedgerEntry) {
        guard case .admission(let admission) = entry.record else { return }
        note(admission.organisation)
    }

    mutating func note(_ fields: RecordFields) {
        guard case .admission(let admission) = fields else { return }
        // Who asks once mostly asks again.
        var last = last
        let isLast = last.withUTF8 { admission.organisation.bytes.says(UnsafeRawBufferPointer($0)) }
        if !isLast { note(admission.organisation.string) }
    }

    private mutating func note(_ organisation: String) {
        guard !organisation.isEmpty else { return }
        waiting.insert(organisation)
        last = organisation
    }

    /// What was noted is in a leaf now.
    mutating func settle() {
        guard !waiting.isEmpty else { return }
        if names.count < Self.limit { names.formUnion(waiting) }
        waiting = []
        last = ""
    }

    /// A new day: those in no leaf yet belong to it.
    mutating func beginDay() {
        names = []
        isWhole = true
    }

    var count: UInt32 { UInt32(clamping: names.count) }

    /// Counts them in the ledger, from a record on.
    static func counted(from sequence: UInt64, to end: UInt64, in ledger: String) throws(LedgerError) -> UInt32 {
        var askers = Askers(isWhole: true)
        let reader = try LedgerReader(directory: ledger, from: sequence)
        while let entry = try reader.next(), entry.sequence < end { askers.note(entry) }
        askers.settle()
        return askers.count
    }
}

extension PublicLog {
    /// Publishes the figures of a day, from all leaves since the last figures.
    ///
    /// - Parameters:
    ///   - day: The day, counted from 1970-01-01.
    ///   - organisations: How many organisations asked; fewer than 20 are not told.
    public func closeDay(_ day: UInt32, organisations: UInt32) throws(LedgerError) {
        try state.withLock { (state) throws(LedgerError) in
            try flush(&state)
            try publishFigures(of: day, organisations, slot: presentSlot(state), &state)
        }
    }

    /// Before the first leaf of another day come the figures of the day before it.
    func closeDay(before leaf: Leaf, _ state: inout State) throws(LedgerError) {
        if case .statistics = leaf.content { return }
        let day = TimeSlot.day(of: state.slot)
        // An opening alone has nothing to count.
        guard TimeSlot.day(of: leaf.slot) > day, state.size > max(1, state.figures.from) else { return }
        try publishFigures(of: day, organisations(state), slot: leaf.slot, &state)
    }

    /// The same when nothing follows: the day is over by the clock.
    func closeIdleDay(_ state: inout State) throws(LedgerError) {
        guard closesDays, state.builder.isEmpty else { return }
        let slot = presentSlot(state)
        let day = TimeSlot.day(of: state.slot)
        guard TimeSlot.day(of: slot) > day, state.size > max(1, state.figures.from) else { return }
        try publishFigures(of: day, organisations(state), slot: slot, &state)
    }

    private func organisations(_ state: State) -> UInt32 {
        guard !state.askers.isWhole else { return state.askers.count }
        // Not since the beginning of the day in this process: the ledger knows.
        guard let first = firstRecord(from: state.figures.from) else { return 0 }
        return (try? Askers.counted(from: first, to: state.next, in: ledger)) ?? 0
    }

    /// The first record in the leaves from a number on; `nil` when there is none.
    private func firstRecord(from index: UInt64) -> UInt64? {
        let size = tiles.head.size
        let files = tiles.files
        var index = index
        while index < size {
            guard let bytes = try? files.entry(index, in: size), let leaf = try? Leaf(bytes[...]) else { return nil }
            if case .decisions(let batch) = leaf.content { return batch.first }
            index += 1
        }
        return nil
    }

    private func publishFigures(
        of day: UInt32, _ organisations: UInt32, slot: UInt32, _ state: inout State
    ) throws(LedgerError) {
        var figures = state.figures
        figures.day = day
        figures.organisations = organisations >= Leaf.Statistics.fewestOrganisations ? organisations : 0
        try publish(Leaf(slot: slot, content: .statistics(figures)), &state, nil)
        state.askers.beginDay()
    }
}
