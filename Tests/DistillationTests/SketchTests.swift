import Testing

@testable import Distillation

@Suite("Sketches")
struct SketchTests {
    @Test("A bottom sample is the same whatever the order and grouping", arguments: 1...20 as ClosedRange<UInt64>)
    func bottomSampleMerges(_ seed: UInt64) {
        var random = Seeded(seed)
        let items = (0..<400).map { _ in UInt64.random(in: 0..<150, using: &random) &* 0x9E37_79B9_7F4A_7C15 }
        func sample(_ items: some Sequence<UInt64>) -> BottomSample {
            var sample = BottomSample(capacity: 32)
            for item in items { sample.add(item) }
            return sample
        }
        let whole = sample(items)
        let (a, b, c) = (sample(items[..<100]), sample(items[100..<250]), sample(items[250...]))
        var left = a
        left.merge(b)
        left.merge(c)
        var right = c
        var middle = b
        middle.merge(a)
        right.merge(middle)
        #expect(left == whole)
        #expect(right == whole)
        for item in whole.items { #expect(Int(item.count) == items.count { $0 == item.hash }) }
        #expect(whole.similarity(to: whole) == 1)
    }

    @Test("A bottom sample estimates how many distinct items there were", arguments: [100, 1000, 20_000])
    func bottomSampleCounts(_ count: Int) {
        var sample = BottomSample(capacity: 64)
        let hash = KeyedHash(secret: "counting is not secret")
        for number in 0..<count { sample.add(hash.hash("item \(number)")) }
        #expect(abs(sample.distinct / Double(count) - 1) < 0.4)
    }

    @Test("The hash of a piece of memory is SipHash-1-3 of its bytes, whatever their number and place")
    func sipHash() {
        func rounds(_ v: inout [UInt64], _ count: Int) {
            func turn(_ x: UInt64, _ by: UInt64) -> UInt64 { x << by | x >> (64 - by) }
            for _ in 0..<count {
                for (a, b, by) in [(0, 1, 13), (2, 3, 16)] {
                    v[a] &+= v[b]
                    v[b] = turn(v[b], UInt64(by)) ^ v[a]
                }
                v[0] = turn(v[0], 32)
                for (a, b, by) in [(0, 3, 21), (2, 1, 17)] {
                    v[a] &+= v[b]
                    v[b] = turn(v[b], UInt64(by)) ^ v[a]
                }
                v[2] = turn(v[2], 32)
            }
        }
        let (k0, k1): (UInt64, UInt64) = (0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)
        let bytes = (0..<64).map { UInt8($0 * 7 & 255) }
        for count in 0..<50 {
            for start in 0..<8 {
                let piece = bytes[start..<start + count]
                var v = [
                    k0 ^ 0x736f_6d65_7073_6575, k1 ^ 0x646f_7261_6e64_6f6d, k0 ^ 0x6c79_6765_6e65_7261,
                    k1 ^ 0x7465_6462_7974_6573,
                ]
                var words = [UInt64](repeating: 0, count: count / 8 + 1)
                for (place, byte) in piece.enumerated() { words[place / 8] |= UInt64(byte) << UInt64(place % 8 * 8) }
                words[count / 8] |= UInt64(count) << 56
                for word in words {
                    v[3] ^= word
                    rounds(&v, 1)
                    v[0] ^= word
                }
                v[2] ^= 0xff
                rounds(&v, 3)
                let found = bytes.withUnsafeBytes {
                    KeyedHash(key: (k0, k1)).hash(UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
                }
                #expect(found == v[0] ^ v[1] ^ v[2] ^ v[3])
            }
        }
    }

    @Test("HyperLogLog counts within its error and merges as a maximum", arguments: [20, 500, 30_000])
    func hyperLogLog(_ count: Int) throws {
        let hash = KeyedHash(secret: "counting is not secret")
        var (whole, first, second) = (HyperLogLog(), HyperLogLog(), HyperLogLog())
        for number in 0..<count {
            whole.add(hash.hash("item \(number)"))
            if number % 3 != 0 {
                first.add(hash.hash("item \(number)"))
            } else {
                second.add(hash.hash("item \(number)"))
            }
            if number % 5 == 0 { second.add(hash.hash("item \(number)")) }
        }
        first.merge(second)
        #expect(first == whole)
        #expect(abs(whole.estimate / Double(count) - 1) < 0.4)
        var out = SketchWriter()
        whole.write(to: &out)
        var input = SketchReader(out.bytes[...])
        #expect(try HyperLogLog.read(from: &input) == whole)
    }

    @Test("Count-Min is never too low, and adds up when merged")
    func countMin() throws {
        var random = Seeded(7)
        var (one, other) = (CountMin(width: 512), CountMin(width: 512))
        var truth: [UInt64: UInt32] = [:]
        for step in 0..<20_000 {
            let item = KeyedHash.mix(UInt64(sqrtLike(Int.random(in: 0..<1_000_000, using: &random))))
            truth[item, default: 0] += 1
            if step % 2 == 0 { one.add(item) } else { other.add(item) }
        }
        var reversed = other
        try one.merge(other)
        #expect(throws: SketchError.keysDiffer) { try reversed.merge(CountMin(width: 1024)) }
        for (item, count) in truth { #expect(one.count(item) >= count) }
        let excess = truth.map { Double(one.count($0.key) - $0.value) }.reduce(0, +) / Double(truth.count)
        #expect(excess < 20_000 * 2 / 512)
        var out = SketchWriter()
        one.write(to: &out)
        var input = SketchReader(out.bytes[...])
        #expect(try CountMin.read(from: &input) == one)
    }

    private func sqrtLike(_ value: Int) -> Int { Int(Double(value).squareRoot()) }

    @Test("SimHash is near for like bags and far for unlike ones, and merges by adding")
    func simHash() {
        let hash = KeyedHash(secret: "near and far")
        func bag(_ range: Range<Int>) -> SimHash {
            var bag = SimHash()
            for number in range { bag.add(hash.hash("word \(number)")) }
            return bag
        }
        #expect(bag(0..<200).similarity(to: bag(10..<210)) > 0.75)
        #expect(abs(bag(0..<200).similarity(to: bag(1000..<1200)) - 0.5) < 0.25)
        var joined = bag(0..<50)
        joined.merge(bag(50..<200))
        #expect(joined == bag(0..<200))
    }

    @Test("Moments do not depend on the order of merging")
    func moments() {
        var (all, one, other) = (Moments(), Moments(), Moments())
        for value in 0..<1000 as Range<Int64> {
            all.add(value * value)
            if value % 3 == 0 { one.add(value * value) } else { other.add(value * value) }
        }
        other.merge(one)
        #expect(other == all)
        #expect(abs(Double(Moments.scaledLogarithm(1023)) / 64 - 10) < 0.05)
        var equal = Moments()
        for _ in 0..<5 { equal.add(7) }
        #expect(equal.mean == 3)
        #expect(equal.deviation == 0)
    }

    @Test("Word counts are the same as a list and as a table, in any grouping", arguments: [10, 150, 192, 193, 4000])
    func wordCounts(_ size: Int) throws {
        var random = Seeded(UInt64(size))
        let words = (0..<size).map { _ in UInt16.random(in: 0..<5000, using: &random) }
        func counts(_ words: some Sequence<UInt16>) -> WordCounts {
            var counts = WordCounts()
            for word in words { counts.add(word) }
            return counts
        }
        let whole = counts(words)
        var joined = counts(words[(size / 3)...])
        joined.merge(counts(words[..<(size / 3)]))
        #expect(joined == whole)
        var out = SketchWriter()
        whole.write(to: &out)
        var input = SketchReader(out.bytes[...])
        #expect(try WordCounts.read(from: &input) == whole)
    }

    @Test("The keyed hash is SipHash-1-3: it depends on the key and on every byte")
    func keyedHash() {
        let one = KeyedHash(secret: "one key of many bytes")
        let other = KeyedHash(secret: "other key of many bytes")
        #expect(one.hash("a text") != other.hash("a text"))
        #expect(one.fingerprint != other.fingerprint)
        let text = Array("a text longer than eight bytes".utf8)
        for index in text.indices {
            var changed = text
            changed[index] ^= 1
            #expect(one.hash(text) != one.hash(changed))
        }
    }
}
