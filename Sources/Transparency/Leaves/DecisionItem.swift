/// The rules and weights that a decision was made with; `TreeHash.zero` stands for none.
public struct ReleaseHashes: Sendable, Hashable {
    /// SHA-256 of the constitution's document.
    public var constitution: TreeHash
    /// SHA-256 of the classifier's file.
    public var classifier: TreeHash
    /// SHA-256 of the scaling policy's document.
    public var scalingPolicy: TreeHash
    /// The digest of the model that answers.
    public var model: TreeHash

    /// Puts hashes together.
    public init(
        constitution: TreeHash = .zero, classifier: TreeHash = .zero, scalingPolicy: TreeHash = .zero,
        model: TreeHash = .zero
    ) {
        self.constitution = constitution
        self.classifier = classifier
        self.scalingPolicy = scalingPolicy
        self.model = model
    }

    /// Each of them, in the order in which they are written.
    @inline(__always)
    func forEach(_ body: (TreeHash) -> Void) {
        body(constitution)
        body(classifier)
        body(scalingPolicy)
        body(model)
    }

    init(_ reader: inout LeafReader) {
        self.init(
            constitution: reader.hash("constitution"), classifier: reader.hash("classifier"),
            scalingPolicy: reader.hash("scaling policy"), model: reader.hash("model"))
    }
}

/// Why something was refused: a rule of the constitution, or a code of the API's when access denied it.
public struct AppliedRule: Sendable, Hashable {
    /// The category of harm; empty for a denial by access.
    public var category: String
    /// The principle; for a denial the code, such as `budget_exhausted`.
    public var principle: String
    /// The stage that decided: 1 phrase, 2 linear, 3 encoder, 4 external; 0 for a denial.
    public var stage: UInt8

    /// Puts a rule together.
    public init(category: String, principle: String, stage: UInt8) {
        self.category = category
        self.principle = principle
        self.stage = stage
    }

    init(_ reader: inout LeafReader) {
        category = reader.text("category")
        principle = reader.text("principle")
        stage = reader.integer("stage")
        if stage > 4 { reader.fail("stage") }
    }

    func write(to writer: inout LeafWriter) {
        writer.text(category)
        writer.text(principle)
        writer.integer(stage)
    }
}

/// What happened, in one word; decisions are 1 to 3, ends of exchanges 4 to 8.
public enum DecisionEvent: UInt8, Sendable, Hashable, CaseIterable {
    /// A request was admitted.
    case admitted = 1
    /// A request was refused by the rules.
    case refused = 2
    /// A request was denied by access, a quota or a gate.
    case denied = 3
    /// An answer reached its own end.
    case complete = 4
    /// An answer was stopped by the rules.
    case refusedMidStream = 5
    /// An answer was cut for another reason.
    case cut = 6
    /// The model or a safeguard failed.
    case failed = 7
    /// The client left.
    case clientLeft = 8
    /// For a time nothing could be recorded, and every request was refused.
    case interruption = 9
    /// No decision on a request: an act on the deployment, of which the ledger says who and what; or a reservation that grew.
    case act = 10

    /// Those that the figures of a day count.
    public static let counted = allCases.filter { $0 != .act }
    /// Whether it is a decision on a request.
    public var isDecision: Bool { (1...3).contains(rawValue) }
    /// Whether it ends an exchange.
    public var isEnd: Bool { (4...8).contains(rawValue) }
    /// Whether it names a rule.
    public var namesRule: Bool { self == .refused || self == .denied || self == .refusedMidStream }
    /// The word that reports and pages use.
    public var name: String { "\(self)" }
}

/// One decision or one end of an exchange, as its receipt shows it.
///
/// Only its hash goes into the public log; who holds the receipt can show the item and prove that it is the one.
public struct DecisionItem: Sendable, Hashable {
    /// The number of the record, which no other record has.
    public var sequence: UInt64
    /// What happened.
    public var event: DecisionEvent
    /// When, in periods of ten minutes.
    public var slot: UInt32
    /// The decision's id, as its bytes lie in memory.
    private var id: (UInt64, UInt64) = (0, 0)
    /// For the end of an exchange: the number of its admission; 0 otherwise.
    public var admission: UInt64
    /// The rules and weights; all zero for an end.
    public var releases: ReleaseHashes
    /// The rule that was applied, for a refusal or denial.
    public var rule: AppliedRule?
    /// Whether parts went to the model that no safeguard could read.
    public var hasUnjudgedParts: Bool
    /// The salted commitment to the request, or to the answer; `nil` when there was none.
    public var commitment: TreeHash?

    /// Puts an item together.
    public init(
        sequence: UInt64, event: DecisionEvent, slot: UInt32, decision: [UInt8] = [], admission: UInt64 = 0,
        releases: ReleaseHashes = ReleaseHashes(), rule: AppliedRule? = nil, hasUnjudgedParts: Bool = false,
        commitment: TreeHash? = nil
    ) {
        self.sequence = sequence
        self.event = event
        self.slot = slot
        self.admission = admission
        self.releases = releases
        self.rule = rule
        self.hasUnjudgedParts = hasUnjudgedParts
        self.commitment = commitment
        if decision.count == 16 { self.decision = decision }
    }

    /// The decision's id, 16 bytes, for an admission; zero otherwise.
    public var decision: [UInt8] {
        get { withUnsafeBytes(of: id) { Array($0) } }
        set { withUnsafeMutableBytes(of: &id) { $0.copyBytes(from: newValue.prefix(16)) } }
    }

    /// Names the decision by the two halves of its id, the more significant first.
    public mutating func name(_ high: UInt64, _ low: UInt64) { id = (high.bigEndian, low.bigEndian) }

    /// Whether two items say the same.
    public static func == (a: DecisionItem, b: DecisionItem) -> Bool {
        a.sequence == b.sequence && a.event == b.event && a.slot == b.slot && a.id == b.id
            && a.admission == b.admission && a.releases == b.releases && a.rule == b.rule
            && a.hasUnjudgedParts == b.hasUnjudgedParts && a.commitment == b.commitment
    }

    /// Feeds what no two items share.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(sequence)
        hasher.combine(event)
        hasher.combine(commitment)
    }

    /// The canonical bytes (docs/TRANSPARENCY.md).
    public var bytes: [UInt8] {
        var writer = LeafWriter(room: 256)
        withUnsafeTemporaryAllocation(byteCount: Self.fixedSize, alignment: 8) { room in
            let (head, end) = fill(room)
            writer.raw(room[..<head])
            rule?.write(to: &writer)
            writer.raw(room[head..<end])
        }
        return writer.bytes
    }

    /// All that is no text: what comes before a rule, and after it.
    private static let fixedSize = 2 + 8 + 4 + 16 + 8 + 4 * TreeHash.size + 1 + 2 + TreeHash.size

    /// Writes the fields that are no texts; says where a rule would stand between them, and where they end.
    private func fill(_ room: UnsafeMutableRawBufferPointer) -> (head: Int, end: Int) {
        room[0] = 1
        room[1] = event.rawValue
        room.storeBytes(of: sequence.littleEndian, toByteOffset: 2, as: UInt64.self)
        room.storeBytes(of: slot.littleEndian, toByteOffset: 10, as: UInt32.self)
        room.storeBytes(of: id.0, toByteOffset: 14, as: UInt64.self)
        room.storeBytes(of: id.1, toByteOffset: 22, as: UInt64.self)
        room.storeBytes(of: admission.littleEndian, toByteOffset: 30, as: UInt64.self)
        releases.constitution.store(to: room, at: 38)
        releases.classifier.store(to: room, at: 70)
        releases.scalingPolicy.store(to: room, at: 102)
        releases.model.store(to: room, at: 134)
        room[166] = rule == nil ? 0 : 1
        room[167] = hasUnjudgedParts ? 1 : 0
        room[168] = commitment == nil ? 0 : 1
        commitment?.store(to: room, at: 169)
        return (167, commitment == nil ? 169 : 169 + TreeHash.size)
    }

    /// Reads canonical bytes.
    ///
    /// - Throws: `LeafError` naming the field.
    public init(_ bytes: ArraySlice<UInt8>) throws(LeafError) {
        var reader = LeafReader(bytes)
        if reader.integer("version", UInt8.self) != 1 { reader.fail("version") }
        let event = DecisionEvent(rawValue: reader.integer("event"))
        if event == nil { reader.fail("event") }
        self.init(
            sequence: reader.integer("sequence"), event: event ?? .admitted, slot: reader.integer("slot"),
            decision: Array(reader.raw(16, "decision id")), admission: reader.integer("admission"),
            releases: ReleaseHashes(&reader))
        if reader.flag("rule flag") { rule = AppliedRule(&reader) }
        hasUnjudgedParts = reader.flag("unjudged flag")
        if reader.flag("commitment flag") { commitment = reader.hash("commitment") }
        if let problem = reader.finish() { throw LeafError("the item's field '\(problem)' is not well formed") }
    }

    /// The hash that stands for the item in its batch.
    public var hash: TreeHash {
        guard rule == nil else { return .leaf(bytes) }
        return withUnsafeTemporaryAllocation(byteCount: 1 + Self.fixedSize, alignment: 8) { room in
            // The byte that says leaf comes first.
            room[0] = 0
            let end = fill(UnsafeMutableRawBufferPointer(rebasing: room[1...])).end
            return TreeHash(hashing: UnsafeRawBufferPointer(rebasing: room[...end]))
        }
    }
}

extension LeafReader {
    mutating func flag(_ field: String) -> Bool {
        let value = integer(field, UInt8.self)
        if value > 1 { fail(field) }
        return value == 1
    }
}
