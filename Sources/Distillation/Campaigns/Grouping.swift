import Glibc

/// Groups suspect accounts by the telling words and objects they share.
///
/// One pass over the accounts, the most suspect first: each joins the group whose centre is nearest, or begins one;
/// then two passes that move accounts to the nearest centre. The cost grows with accounts times groups, and there are
/// at most 48 groups.
struct Grouping {
    /// The accounts of each group.
    private(set) var groups: [[Int]] = []

    private static let mostGroups = 48
    private static let nearest: Float = 0.3

    /// An account as numbers: words first, then hashed objects.
    typealias Vector = [(bucket: UInt16, value: Float)]
    private static let size = 2 * WordCounts.buckets

    /// - Parameters:
    ///   - accounts: The suspect accounts, the most suspect first.
    ///   - words: How telling each word is; 0 for those that are not.
    ///   - objects: The same for each object of the population.
    init(_ population: Population, accounts: [Int], words: [Float], objects: [Float]) {
        var vectors = accounts.map { Self.vector(of: $0, population, words, objects) }
        let buckets = Self.renumber(&vectors)
        var centres = Centres(buckets: buckets)
        for round in 0..<3 {
            var members = [[Int]](repeating: [], count: centres.count)
            for (index, vector) in vectors.enumerated() where !vector.isEmpty {
                if let near = centres.nearest(vector, above: Self.nearest) {
                    members[near.centre].append(index)
                    if round == 0 { centres.add(vector, to: near.centre, product: near.product) }
                } else if round == 0, centres.count < Self.mostGroups {
                    centres.begin(vector)
                    members.append([index])
                }
            }
            groups = members.map { $0.map { accounts[$0] } }
            guard round < 2 else { break }
            centres = Centres(buckets: buckets)
            for group in members { centres.begin(group.map { vectors[$0] }) }
        }
        groups.removeAll { $0.count < 3 }
    }

    /// Numbers the buckets that are used, so that centres need not keep the others; how many there are.
    private static func renumber(_ vectors: inout [Vector]) -> Int {
        var numbers = [UInt16](repeating: .max, count: size)
        var count = 0
        for at in vectors.indices {
            for place in vectors[at].indices {
                let bucket = Int(vectors[at][place].bucket)
                if numbers[bucket] == .max {
                    numbers[bucket] = UInt16(truncatingIfNeeded: count)
                    count += 1
                }
                vectors[at][place].bucket = numbers[bucket]
            }
        }
        return count
    }

    /// Words and objects of an account that are telling, as a vector of length 1; empty if none is.
    static func vector(of account: Int, _ population: Population, _ words: [Float], _ objects: [Float]) -> Vector {
        var vector: Vector = []
        var squares: Float = 0
        func take(_ bucket: Int, _ value: Float) {
            vector.append((UInt16(truncatingIfNeeded: bucket), value))
            squares += value * value
        }
        population.eachWord(of: account) { bucket, share in
            if words[bucket] > 0 { take(bucket, share.squareRoot() * words[bucket]) }
        }
        population.eachObject(of: account) { object, share in
            guard objects[object] > 0 else { return }
            let bucket = Int(KeyedHash.mix(UInt64(object)) & UInt64(WordCounts.buckets - 1))
            take(WordCounts.buckets + bucket, share.squareRoot() * objects[object] * 0.3)
        }
        let norm = squares.squareRoot()
        guard norm > 0 else { return [] }
        for index in vector.indices { vector[index].value /= norm }
        return vector
    }
}
