/// How often each kind of word and pair of words came up, in 4,096 counters that stay at 255.
///
/// Digits are masked before, so this is the shape of an account's wording, not what it asked. Few words are kept as a
/// list and many as a table; `merge` gives the same counts in any order and grouping.
public struct WordCounts: Sendable, Equatable {
    /// How many counters there are.
    public static let buckets = 4096
    private static let longestList = 192

    private var list: [UInt16] = []
    private var table: [UInt8] = []

    /// Nothing counted yet.
    public init() {}

    /// Takes one occurrence.
    @inline(__always)
    public mutating func add(_ bucket: UInt16) {
        let bucket = bucket & UInt16(truncatingIfNeeded: Self.buckets - 1)
        guard table.isEmpty else {
            let index = Int(bucket)
            if table[index] < 255 { table[index] &+= 1 }
            return
        }
        list.append(bucket)
        if list.count > Self.longestList { spread() }
    }

    /// Takes one occurrence of each.
    public mutating func add(_ buckets: UnsafeBufferPointer<UInt16>) {
        guard !table.isEmpty else {
            for bucket in buckets { add(bucket) }
            return
        }
        table.withUnsafeMutableBufferPointer { table in
            for bucket in buckets {
                let index = Int(bucket) & (Self.buckets - 1)
                if table[index] < 255 { table[index] &+= 1 }
            }
        }
    }

    private mutating func spread() {
        table = [UInt8](repeating: 0, count: Self.buckets)
        for bucket in list where table[Int(bucket)] < 255 { table[Int(bucket)] += 1 }
        list = []
    }

    /// Joins other counts into these.
    public mutating func merge(_ other: WordCounts) {
        if other.table.isEmpty {
            for bucket in other.list { add(bucket) }
            return
        }
        if table.isEmpty { spread() }
        for index in table.indices { table[index] = UInt8(min(255, Int(table[index]) + Int(other.table[index]))) }
    }

    /// Calls `body` with each counter that is not 0; a counter may be given in several parts.
    @inline(__always)
    public func forEach(_ body: (Int, Float) -> Void) {
        guard table.isEmpty else {
            table.withUnsafeBufferPointer { table in
                for index in 0..<table.count where table[index] != 0 { body(index, Float(table[index])) }
            }
            return
        }
        for bucket in list { body(Int(bucket), 1) }
    }

    /// The counters that stand at `least` or more, in order; nil while words are kept as a list.
    func counters(atLeast least: Float) -> [(bucket: UInt16, seen: UInt8)]? {
        guard !table.isEmpty else { return nil }
        let least = UInt64(max(1, min(128, least.rounded(.up))))
        let (ones, high) = (0x0101_0101_0101_0101 as UInt64, 0x8080_8080_8080_8080 as UInt64)
        var found: [(bucket: UInt16, seen: UInt8)] = []
        table.withUnsafeBytes { table in
            for start in stride(from: 0, to: table.count & ~7, by: 8) {
                // Eight counters at once: the highest bit of each byte says whether it is large enough.
                let eight = UInt64(littleEndian: table.loadUnaligned(fromByteOffset: start, as: UInt64.self))
                var enough = ((eight | high) &- least &* ones | eight) & high
                while enough != 0 {
                    let at = start + enough.trailingZeroBitCount / 8
                    found.append((UInt16(truncatingIfNeeded: at), table[at]))
                    enough &= enough - 1
                }
            }
        }
        return found
    }

    /// Whether two counts are the same, whatever the order they were made in.
    public static func == (first: WordCounts, second: WordCounts) -> Bool {
        first.table == second.table && first.list.sorted() == second.list.sorted()
    }

    func write(to out: inout SketchWriter) {
        out.number(table.isEmpty ? list.count : Self.buckets)
        if table.isEmpty {
            for bucket in list.sorted() { out.number(Int(bucket)) }
            return
        }
        // Runs of zeros are written as 0 and their length.
        var zeros = 0
        for count in table {
            if count == 0 {
                zeros += 1
                continue
            }
            if zeros > 0 {
                out.byte(0)
                out.number(zeros)
                zeros = 0
            }
            out.byte(count)
        }
        if zeros > 0 {
            out.byte(0)
            out.number(zeros)
        }
    }

    static func read(from input: inout SketchReader) throws(SketchError) -> WordCounts {
        var counts = WordCounts()
        let size = try input.count(atMost: buckets, "a list of words")
        guard size == buckets else {
            guard size <= longestList else { throw .outOfRange("a list of words", offset: input.offset) }
            for _ in 0..<size {
                counts.list.append(UInt16(try input.count(atMost: buckets - 1, "a word")))
            }
            return counts
        }
        counts.table.reserveCapacity(buckets)
        while counts.table.count < buckets {
            let count = try input.byte()
            guard count == 0 else {
                counts.table.append(count)
                continue
            }
            let zeros = try input.count(atMost: buckets - counts.table.count, "a run of zeros")
            guard zeros > 0 else { throw .outOfRange("a run of zeros", offset: input.offset) }
            counts.table.append(contentsOf: repeatElement(0, count: zeros))
        }
        return counts
    }
}
