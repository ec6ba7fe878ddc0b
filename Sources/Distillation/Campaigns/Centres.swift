/// The centres of groups: sums of vectors, kept bucket by bucket, so that a vector is compared with sixteen at a time.
struct Centres {
    /// How many there are.
    private(set) var count = 0
    private var sums: [SIMD16<Float>] = []
    private var squares: [Float] = []

    private let buckets: Int
    /// How many blocks of sixteen there are; those of one bucket beside each other.
    private var blocks = 0

    /// No centre yet, of vectors whose buckets are less than `buckets`.
    init(buckets: Int) { self.buckets = buckets }

    /// Begins a centre with one vector.
    mutating func begin(_ vector: Grouping.Vector) { begin([vector]) }

    /// Begins a centre that is the sum of some vectors.
    mutating func begin(_ vectors: [Grouping.Vector]) {
        if count == blocks * 16 { grow() }
        count += 1
        squares.append(0)
        for vector in vectors { add(vector, to: count - 1, product: product(vector, count - 1)) }
    }

    /// Adds a vector of length 1 to a centre.
    ///
    /// - Parameter product: What the vector and the centre's sum give multiplied, before.
    mutating func add(_ vector: Grouping.Vector, to centre: Int, product: Float) {
        squares[centre] += 2 * product + 1
        for (bucket, value) in vector { sums[Int(bucket) * blocks + centre / 16][centre % 16] += value }
    }

    /// The centre with the largest cosine, if that is above `least`.
    func nearest(_ vector: Grouping.Vector, above least: Float) -> (centre: Int, product: Float)? {
        var (best, value, found) = (-1, least, Float(0))
        sums.withUnsafeBufferPointer { sums in
            for block in 0..<blocks {
                var products = SIMD16<Float>()
                for (bucket, share) in vector { products += share * sums[Int(bucket) &* blocks &+ block] }
                for place in 0..<min(16, count - block * 16) {
                    let centre = block * 16 + place
                    let cosine = squares[centre] > 0 ? products[place] / squares[centre].squareRoot() : 0
                    if cosine > value { (best, value, found) = (centre, cosine, products[place]) }
                }
            }
        }
        return best < 0 ? nil : (best, found)
    }

    private func product(_ vector: Grouping.Vector, _ centre: Int) -> Float {
        vector.reduce(0) { $0 + $1.value * sums[Int($1.bucket) * blocks + centre / 16][centre % 16] }
    }

    private mutating func grow() {
        let old = (sums, blocks)
        blocks += 1
        sums = [SIMD16<Float>](repeating: .zero, count: buckets * blocks)
        for bucket in 0..<buckets {
            for block in 0..<old.1 { sums[bucket * blocks + block] = old.0[bucket * old.1 + block] }
        }
    }
}
