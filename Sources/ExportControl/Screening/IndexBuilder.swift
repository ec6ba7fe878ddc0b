/// Gathers the forms of listed names for a `ScreeningIndex`.
struct IndexBuilder {
    private(set) var store = WordStore()
    private(set) var wordIDs: [UInt32] = []
    private(set) var shares: [Float] = []
    private(set) var records: [ScreeningIndex.Record] = []
    private(set) var gramLists = GramLists()
    /// Of each word: in how many forms it is.
    private(set) var nameCounts: [Int32] = []
    private var known: [WordKey: UInt32] = [:]

    private struct WordKey: Hashable {
        var letters: [UInt16]
        var kind: WordClass
        var isAbjad: Bool
    }

    mutating func add(_ form: NameForm, entry: UInt32, name: UInt16) {
        let start = UInt32(wordIDs.count)
        for word in form.words {
            let key = WordKey(letters: word.letters, kind: word.kind, isAbjad: word.isAbjad)
            let id: UInt32
            if let old = known[key] {
                id = old
            } else {
                id = UInt32(store.append(word))
                known[key] = id
                nameCounts.append(0)
            }
            nameCounts[Int(id)] += 1
            wordIDs.append(id)
            shares.append(word.share)
        }
        records.append(
            ScreeningIndex.Record(
                entry: entry, name: name, isHan: form.isHan, isWhole: form.isWhole, words: start..<UInt32(wordIDs.count)
            ))
        gramLists.append(Grams.keys(of: form, asQuery: false))
    }

    /// The weight of each word of each form.
    func weights(_ rarity: WordRarity) -> [Float] {
        wordIDs.indices.map { place in
            let id = Int(wordIDs[place])
            return rarity.weight(store.lexemes[id].kind, share: shares[place], count: nameCounts[id])
        }
    }
}
