import Encoder

/// A sentence of the constitution that shows what is meant: like this is forbidden, like that is permitted.
public struct Exemplar: Sendable, Equatable {
    /// The id of the category it belongs to.
    public var category: String
    /// A request as someone might write it.
    public var text: String
    /// Whether texts like it are refused; if not, they are permitted.
    public var isForbidden: Bool

    /// A sentence and its side.
    public init(category: String, text: String, isForbidden: Bool) {
        (self.category, self.text, self.isForbidden) = (category, text, isForbidden)
    }
}

/// Exemplars as embeddings: they act at once, without training, by how near a text is to them.
final class Exemplars: @unchecked Sendable {
    // Safe to share: written in init only.
    /// The most that one constitution may hold.
    static let most = 1024
    /// How near a text must be to a forbidden one, as a cosine, and how much nearer than to any permitted one.
    static let near: Float = 0.66
    static let lead: Float = 0.06
    /// How near a text must be to a permitted one for its raw score to fall, and by how much it may fall.
    static let permitNear: Float = 0.70
    static let permitFall: Float = 4

    private let vectors: UnsafeMutablePointer<Float>
    private let all: [Exemplar]
    /// The longer words of the forbidden ones: a text that has two of them is worth a look.
    let words: ExemplarWords

    var isEmpty: Bool { all.isEmpty }

    init(_ exemplars: [Exemplar], _ encoder: SentenceEncoder) throws(CascadeError) {
        guard exemplars.count <= Self.most else {
            throw .tooManyExemplars(found: exemplars.count, most: Self.most)
        }
        all = exemplars
        words = ExemplarWords(exemplars.filter(\.isForbidden).map(\.text))
        vectors = .allocate(capacity: max(1, exemplars.count) * SentenceEncoder.width)
        guard !exemplars.isEmpty else { return }
        let space = EncoderSpace()
        for (index, exemplar) in exemplars.enumerated() {
            let bytes = Array(exemplar.text.utf8)
            let pieces = bytes.withUnsafeBufferPointer { encoder.tokenize($0, limit: 4096, in: space) }
            guard pieces > 1 else {
                throw .badExemplar(
                    category: exemplar.category, text: exemplar.text, reason: "is too short to be compared")
            }
            let count = min(pieces, WindowPlan.block)
            guard Legibility.unknown([0..<count + 2], of: 0..<count, in: space)[0] <= Legibility.mostCompared else {
                throw .badExemplar(
                    category: exemplar.category, text: exemplar.text,
                    reason:
                        "is in letters that the encoder does not know: say it in one of its languages, or as a phrase")
            }
            let found = encoder.embed(0..<count, [0..<count + 2], in: space)
            for place in 0..<SentenceEncoder.width {
                vectors[index * SentenceEncoder.width + place] = place < found.count ? found[place] : 0
            }
        }
    }

    deinit { vectors.deallocate() }

    /// What the exemplars say of one stretch of text.
    struct Opinion {
        /// The forbidden exemplar that it is like, if any; and how near it is.
        var forbidden: (exemplar: Exemplar, nearness: Float)?
        /// How much its raw score falls, for being like a permitted one.
        var fall: Float = 0
    }

    /// Compares an embedding with all exemplars.
    func opinion(_ embedding: UnsafePointer<Float>) -> Opinion {
        var best: (forbidden: Float, permitted: Float) = (-1, -1)
        var bestIndex = 0
        for index in all.indices {
            let nearness = product(embedding, vectors + index * SentenceEncoder.width)
            if all[index].isForbidden {
                if nearness > best.forbidden { (best.forbidden, bestIndex) = (nearness, index) }
            } else {
                best.permitted = max(best.permitted, nearness)
            }
        }
        var opinion = Opinion()
        if best.forbidden >= Self.near, best.forbidden >= best.permitted + Self.lead {
            opinion.forbidden = (all[bestIndex], best.forbidden)
        } else if best.permitted >= Self.permitNear, best.permitted >= best.forbidden + Self.lead {
            opinion.fall = Self.permitFall * min(1, (best.permitted - Self.permitNear) / (1 - Self.permitNear) * 2)
        }
        return opinion
    }

    /// A sum in one fixed order, eight lanes wide.
    private func product(_ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>) -> Float {
        var sums = Labels.zero
        for start in stride(from: 0, to: SentenceEncoder.width, by: 8) {
            for lane in 0..<8 { sums[lane] += left[start + lane] * right[start + lane] }
        }
        return sums.sum()
    }
}
