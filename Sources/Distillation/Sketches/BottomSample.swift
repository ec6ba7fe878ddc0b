/// The distinct items with the smallest hashes, each with its exact count (a bottom-k sketch).
///
/// It is a uniform sample of the distinct items, the same whatever the order: two samples show what two accounts share
/// (it is a MinHash), and its commonest items are the top of that sample. An item among the k smallest of a union is
/// among the k smallest of every part that has it, so `merge` is exact, associative and commutative.
/// - SeeAlso: Cohen and Kaplan, Summarizing data using bottom-k sketches (PODC 2007).
public struct BottomSample: Sendable, Equatable {
    /// One item: its hash and how often it was seen.
    public struct Item: Sendable, Equatable {
        /// The keyed hash of the item.
        public var hash: UInt64
        /// How often it was seen; stays at its largest value.
        public var count: UInt32
    }

    /// How many distinct items are kept.
    public let capacity: Int
    /// The items kept, smallest hash first.
    public private(set) var items: [Item] = []

    /// An empty sample of at most `capacity` items (1...65,535).
    public init(capacity: Int) {
        self.capacity = min(max(capacity, 1), 65_535)
    }

    /// Whether distinct items may have been left out.
    public var isFull: Bool { items.count == capacity }

    /// Takes one more occurrence of an item.
    @inline(__always)
    public mutating func add(_ hash: UInt64, count: UInt32 = 1) {
        if items.count == capacity, let last = items.last, hash > last.hash { return }
        insert(hash, count)
    }

    private mutating func insert(_ hash: UInt64, _ count: UInt32) {
        var low = 0
        var high = items.count
        while low < high {
            let middle = (low &+ high) / 2
            if items[middle].hash < hash { low = middle &+ 1 } else { high = middle }
        }
        if low < items.count, items[low].hash == hash {
            let (sum, overflow) = items[low].count.addingReportingOverflow(count)
            items[low].count = overflow ? .max : sum
            return
        }
        if items.count == capacity { items.removeLast() }
        items.insert(Item(hash: hash, count: count), at: low)
    }

    /// Joins another sample of the same capacity into this one.
    public mutating func merge(_ other: BottomSample) {
        for item in other.items { add(item.hash, count: item.count) }
    }

    /// Whether an item is in the sample.
    public func contains(_ hash: UInt64) -> Bool { items.contains { $0.hash == hash } }

    /// The estimated number of distinct items.
    public var distinct: Double {
        guard isFull, let last = items.last, last.hash > 0 else { return Double(items.count) }
        return Double(capacity - 1) / (Double(last.hash) / 0x1p64)
    }

    /// The estimated Jaccard similarity of two sets, in 0...1; 0 if both are empty.
    public func similarity(to other: BottomSample) -> Double {
        var union = self
        union.merge(other)
        let shared = union.items.count { contains($0.hash) && other.contains($0.hash) }
        return union.items.isEmpty ? 0 : Double(shared) / Double(union.items.count)
    }

    /// The items seen most often in the sample, commonest first; equal counts by hash.
    public func top(_ count: Int) -> [Item] {
        Array(items.sorted { ($0.count, $1.hash) > ($1.count, $0.hash) }.prefix(max(0, count)))
    }

    func write(to out: inout SketchWriter) {
        out.number(items.count)
        for item in items {
            out.fixed(item.hash)
            out.number(UInt64(item.count))
        }
    }

    static func read(from input: inout SketchReader, capacity: Int) throws(SketchError) -> BottomSample {
        var sample = BottomSample(capacity: capacity)
        let count = try input.count(atMost: sample.capacity, "a sample's size")
        var previous: UInt64?
        for _ in 0..<count {
            let hash = try input.fixed()
            let seen = try input.count(atMost: Int(UInt32.max), "a count")
            if let previous, previous >= hash { throw .outOfRange("the order of a sample", offset: input.offset) }
            sample.items.append(Item(hash: hash, count: UInt32(seen)))
            previous = hash
        }
        return sample
    }
}
