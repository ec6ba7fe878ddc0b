/// What accounts can share: an address, a payment instrument, a client, a system prompt.
public enum ObjectKind: UInt8, Sendable, CaseIterable {
    /// A client's address.
    case address
    /// The 256 addresses around it.
    case neighbourhood
    /// The network (AS) of the address.
    case network
    /// A payment instrument.
    case payment
    /// A client fingerprint.
    case client
    /// A system prompt.
    case system
    /// A model.
    case model

    /// How many distinct objects of this kind an account's sketch keeps.
    var capacity: Int {
        switch self {
        case .address, .neighbourhood: 12
        case .model: 8
        default: 6
        }
    }
}

/// The objects that one account used, each with a count; of each kind those with the smallest hashes.
///
/// The kind is in the lowest four bits of the hash. `merge` is exact, associative and commutative, as `BottomSample`'s.
public struct ObjectSample: Sendable, Equatable {
    /// The objects, smallest hash first within a kind, kinds in order.
    public private(set) var items: [BottomSample.Item] = []

    /// No object yet.
    public init() {}

    /// A hash with its kind in the lowest bits.
    @inline(__always)
    public static func tag(_ hash: UInt64, _ kind: ObjectKind) -> UInt64 { hash & ~15 | UInt64(kind.rawValue) }

    /// The kind of a tagged hash; nil if the bits name none.
    public static func kind(of tagged: UInt64) -> ObjectKind? { ObjectKind(rawValue: UInt8(tagged & 15)) }

    /// Takes one more use of an object.
    @inline(__always)
    public mutating func add(_ tagged: UInt64, count: UInt32 = 1) {
        for index in items.indices where items[index].hash == tagged {
            let (sum, overflow) = items[index].count.addingReportingOverflow(count)
            items[index].count = overflow ? .max : sum
            return
        }
        insert(tagged, count)
    }

    private mutating func insert(_ tagged: UInt64, _ count: UInt32) {
        guard let kind = Self.kind(of: tagged) else { return }
        let rank = UInt64(kind.rawValue)
        var at = 0
        while at < items.count, items[at].hash & 15 < rank { at += 1 }
        let start = at
        while at < items.count, items[at].hash & 15 == rank, items[at].hash < tagged { at += 1 }
        var end = at
        while end < items.count, items[end].hash & 15 == rank { end += 1 }
        if end - start == kind.capacity {
            guard at < end else { return }
            items.remove(at: end - 1)
        }
        items.insert(.init(hash: tagged, count: count), at: at)
    }

    /// Joins another sample into this one.
    public mutating func merge(_ other: ObjectSample) {
        for item in other.items { add(item.hash, count: item.count) }
    }

    func write(to out: inout SketchWriter) {
        out.number(items.count)
        for item in items {
            out.fixed(item.hash)
            out.number(UInt64(item.count))
        }
    }

    static func read(from input: inout SketchReader) throws(SketchError) -> ObjectSample {
        var sample = ObjectSample()
        let count = try input.count(atMost: 128, "a number of objects")
        for _ in 0..<count {
            let hash = try input.fixed()
            let seen = try input.count(atMost: Int(UInt32.max), "a count")
            guard kind(of: hash) != nil else { throw .outOfRange("a kind of object", offset: input.offset) }
            sample.add(hash, count: UInt32(seen))
        }
        return sample
    }
}
