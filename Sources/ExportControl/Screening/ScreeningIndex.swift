/// Listed names, ready to be searched: words with their rarity, and which names hold which groups of letters.
///
/// Immutable; share it between threads and give each a `Screener`.
public final class ScreeningIndex: Sendable {
    /// One form of one listed name.
    struct Record {
        var entry: UInt32
        /// The place of the name in `ListedParty.names`.
        var name: UInt16
        var isHan: Bool
        var isWhole: Bool
        var words: Range<UInt32>
    }

    /// The entries, in the order given.
    public let parties: [ListedParty]
    let store: WordStore
    let wordIDs: [UInt32]
    let weights: [Float]
    let records: [Record]
    let grams: GramIndex
    /// Of each record: the weight of all its letter groups.
    let gramWeights: [Float]
    let rarity: WordRarity
    let identifiers: [String: [UInt32]]

    /// How many forms of names are searched.
    public var nameCount: Int { records.count }

    /// Makes the index.
    ///
    /// Takes about 5 µs a name.
    public init(_ parties: [ListedParty]) {
        self.parties = parties
        var builder = IndexBuilder()
        for (entry, party) in parties.enumerated() {
            for (place, name) in party.names.enumerated() {
                for form in NameReader.read(name, listed: true) {
                    builder.add(form, entry: UInt32(entry), name: UInt16(min(place, 65535)))
                }
            }
        }
        rarity = WordRarity(counts: builder.nameCounts, names: builder.records.count, in: builder.store)
        weights = builder.weights(rarity)
        let grams = GramIndex(builder.gramLists)
        gramWeights = builder.gramLists.map { grams.weight(of: $0.keys) }
        self.grams = grams
        records = builder.records
        store = builder.store
        wordIDs = builder.wordIDs
        var identifiers: [String: [UInt32]] = [:]
        for (entry, party) in parties.enumerated() {
            for identifier in party.identifiers {
                let key = Self.identifierKey(identifier.value)
                if key.count >= 5 { identifiers[key, default: []].append(UInt32(entry)) }
            }
        }
        self.identifiers = identifiers
    }

    /// Letters and digits alone, upper case.
    static func identifierKey(_ value: String) -> String {
        String(
            value.uppercased().unicodeScalars.filter { $0.properties.isAlphabetic || $0.properties.numericType != nil }
                .map(Character.init))
    }
}

/// How much a word of a name weighs, from how many listed names have it.
struct WordRarity: Sendable {
    private let counts: [[UInt16]: Int32]
    private let scale: Float

    static let none = WordRarity()

    private init() {
        counts = [:]
        scale = 0
    }

    init(counts all: [Int32], names: Int, in store: WordStore) {
        var counts: [[UInt16]: Int32] = [:]
        for (place, lexeme) in store.lexemes.enumerated() where all[place] > 2 {
            let start = Int(lexeme.start)
            counts[Array(store.codes[start..<start + Int(lexeme.count)])] = all[place]
        }
        self.counts = counts
        scale = names > 1 ? 1 / Float(names).logarithm : 0
    }

    /// The weight of a word that `count` names have.
    func weight(_ kind: WordClass, share: Float, count: Int32?) -> Float {
        var weight = kind.weight * share
        if kind == .distinctive || kind == .generic, scale > 0, let count, count > 2 {
            let rare = max(0, 1 - Float(count).logarithm * scale)
            weight *= kind == .distinctive ? max(0.45, min(1, 0.25 + rare)) : max(0.6, min(1, 0.5 + rare))
        }
        return weight
    }

    func weight(_ word: NameWord) -> Float { weight(word.kind, share: word.share, count: counts[word.letters]) }
}

extension Float {
    /// The natural logarithm, by the standard library alone (4 digits are enough for weights).
    var logarithm: Float {
        guard self > 0, isFinite else { return 0 }
        let fraction = (significand - 1) / (significand + 1)
        let square = fraction * fraction
        let series = 2 * fraction * (1 + square * (1 / 3 + square * (1 / 5 + square * (1 / 7 + square / 9))))
        return Float(exponent) * 0.693_147_2 + series
    }
}
