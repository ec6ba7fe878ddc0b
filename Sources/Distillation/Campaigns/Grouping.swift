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

    private struct Centre {
        var sums = [Float](repeating: 0, count: Grouping.size)
        var norm: Float = 0

        mutating func add(_ vector: Vector) {
            for (bucket, value) in vector { sums[Int(bucket)] += value }
        }

        mutating func settle() {
            var sum: Float = 0
            for value in sums { sum += value * value }
            norm = sum.squareRoot()
        }

        func cosine(_ vector: Vector) -> Float {
            guard norm > 0 else { return 0 }
            var sum: Float = 0
            sums.withUnsafeBufferPointer { sums in
                for (bucket, value) in vector { sum += value * sums[Int(bucket)] }
            }
            return sum / norm
        }
    }

    /// - Parameters:
    ///   - accounts: The suspect accounts, the most suspect first.
    ///   - words: How telling each word is; 0 for those that are not.
    ///   - objects: The same for each object of the population.
    init(_ population: Population, accounts: [Int], words: [Float], objects: [Float]) {
        let vectors = accounts.map { Self.vector(of: $0, population, words, objects) }
        var centres: [Centre] = []
        var home = [Int](repeating: -1, count: accounts.count)
        for round in 0..<3 {
            var members = [[Int]](repeating: [], count: centres.count)
            for (index, vector) in vectors.enumerated() where !vector.isEmpty {
                var best = -1
                var value = Self.nearest
                for (number, centre) in centres.enumerated() {
                    let cosine = centre.cosine(vector)
                    if cosine > value { (best, value) = (number, cosine) }
                }
                if best < 0, round == 0, centres.count < Self.mostGroups {
                    best = centres.count
                    centres.append(Centre())
                    members.append([])
                }
                home[index] = best
                guard best >= 0 else { continue }
                members[best].append(index)
                if round == 0 {
                    centres[best].add(vector)
                    // The centre of a growing group need not be exact; its length is brought up to date by doubling.
                    if members[best].count & (members[best].count - 1) == 0 || members[best].count < 32 {
                        centres[best].settle()
                    }
                }
            }
            centres = members.map { group in
                var centre = Centre()
                for index in group { centre.add(vectors[index]) }
                centre.settle()
                return centre
            }
            groups = members.map { $0.map { accounts[$0] } }
        }
        groups.removeAll { $0.count < 3 }
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
