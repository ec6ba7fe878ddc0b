import Testing

@testable import Distillation

@Suite("Grouping")
struct GroupingTests {
    private func vector(_ random: inout Seeded, buckets: Int) -> Grouping.Vector {
        var used: Set<UInt16> = []
        while used.count < 12 { used.insert(UInt16.random(in: 0..<UInt16(buckets), using: &random)) }
        let values = used.sorted().map { ($0, Float.random(in: 0.1...1, using: &random)) }
        let length = values.reduce(Float(0)) { $0 + $1.1 * $1.1 }.squareRoot()
        return values.map { (bucket: $0.0, value: $0.1 / length) }
    }

    @Test("The nearest centre is the one that plain arithmetic finds", arguments: [1, 15, 16, 17, 48])
    func nearest(_ count: Int) {
        var random = Seeded(UInt64(count))
        let buckets = 90
        var (centres, plain) = (Centres(buckets: buckets), [[Float]]())
        for _ in 0..<count {
            centres.begin(vector(&random, buckets: buckets))
            plain.append([Float](repeating: 0, count: buckets))
        }
        // Begun anew, so that both sides know the vectors.
        centres = Centres(buckets: buckets)
        for place in 0..<count {
            let some = (0..<3).map { _ in vector(&random, buckets: buckets) }
            centres.begin(some)
            for one in some { for (bucket, value) in one { plain[place][Int(bucket)] += value } }
        }
        for _ in 0..<200 {
            let one = vector(&random, buckets: buckets)
            let cosines = plain.map { sums in
                one.reduce(Float(0)) { $0 + $1.value * sums[Int($1.bucket)] }
                    / sums.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
            }
            let best = cosines.max() ?? 0
            let near = centres.nearest(one, above: 0.3)
            #expect((near != nil) == (best > 0.3) || abs(best - 0.3) < 1e-4)
            guard let near else { continue }
            #expect(abs(cosines[near.centre] - best) < 1e-4)
            centres.add(one, to: near.centre, product: near.product)
            for (bucket, value) in one { plain[near.centre][Int(bucket)] += value }
        }
    }

    @Test("Counters that are large enough are those that a plain loop finds", arguments: [1, 2, 31, 128] as [Float])
    func counters(_ least: Float) {
        var random = Seeded(UInt64(least))
        var (words, plain) = (WordCounts(), [Int](repeating: 0, count: WordCounts.buckets))
        #expect(words.counters(atLeast: least) == nil)
        for _ in 0..<60_000 {
            let bucket = Int.random(in: 0..<64, using: &random) * Int.random(in: 0..<64, using: &random)
            words.add(UInt16(bucket))
            plain[bucket] = min(255, plain[bucket] + 1)
        }
        let expected = plain.indices.filter { Float(plain[$0]) >= least }
        let found = words.counters(atLeast: least) ?? []
        #expect(found.map { Int($0.bucket) } == expected)
        #expect(found.allSatisfy { Int($0.seen) == plain[Int($0.bucket)] })
    }
}
