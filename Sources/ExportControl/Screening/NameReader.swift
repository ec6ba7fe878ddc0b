/// Reads a name, as people and lists write it, into forms that can be compared.
///
/// Case, accents, width, punctuation and script go; legal forms, places and generic words are told from distinctive ones.
/// Reads at most `limit` scalars and `wordLimit` words: what is longer is no name.
struct NameReader {
    static let limit = 1024
    static let wordLimit = 32

    /// The forms of a name.
    ///
    /// A listed name also yields what stands in brackets, and the parts at a stroke.
    static func read(_ text: String, listed: Bool = false) -> [NameForm] {
        var scanner = NameScanner()
        scanner.scan(text.unicodeScalars)
        var forms: [NameForm] = []
        let whole = latinForm(scanner.pieces)
        if !whole.words.isEmpty { forms.append(whole) }
        if scanner.hanCount >= 2 {
            let han = hanForm(scanner.pieces)
            if !han.words.isEmpty { forms.append(han) }
        }
        let syllables = scanner.pieces.flatMap(\.syllables)
        if syllables.count >= 2, scanner.hanCount == 0 {
            // Korean is compared by syllables too, as Han is by characters.
            forms.append(NameForm(words: [NameWord(syllables, kind: .distinctive, isHan: true)], isHan: true))
        }
        if scanner.hanCount > 0, scanner.hanCount * 4 < scanner.letterCount + scanner.hanCount * 3 {
            appendPart(scanner.pieces.filter { !$0.isHan }, to: &forms)
        }
        if scanner.hasBrackets { appendPart(scanner.pieces.filter { $0.depth == 0 }, to: &forms) }
        if listed { appendListedParts(scanner, whole, to: &forms) }
        return forms
    }

    private static func appendPart(_ pieces: [NameScanner.Piece], to forms: inout [NameForm]) {
        var form = latinForm(pieces)
        form.isWhole = false
        guard form.words.contains(where: { $0.kind == .distinctive || $0.kind == .generic }) else { return }
        guard !forms.contains(where: { !$0.isHan && $0.words == form.words }) else { return }
        forms.append(form)
    }

    private static func appendListedParts(_ scanner: NameScanner, _ whole: NameForm, to forms: inout [NameForm]) {
        if scanner.hasBrackets {
            let inside = scanner.pieces.filter { $0.depth > 0 && !$0.isHan }
            if inside.count == 1, let piece = inside.first, piece.isUpper, piece.letters.count >= 3,
                NameLexicon.wordClass(piece.text) == .distinctive
            {
                appendPart(inside, to: &forms)
            }
        }
        guard let last = scanner.pieces.last?.part, last > 0, last < 4 else { return }
        let parts = Dictionary(grouping: scanner.pieces, by: \.part)
        guard parts.count > 1 else { return }
        for part in parts.keys.sorted() {
            guard let pieces = parts[part], pieces.count > 1 || pieces.contains(where: { $0.letters.count > 5 }) else {
                continue
            }
            appendPart(pieces, to: &forms)
        }
    }

    // MARK: Latin letters

    private static func latinForm(_ pieces: [NameScanner.Piece]) -> NameForm {
        var words: [NameWord] = []
        var texts: [String] = []
        for piece in joiningInitials(pieces) where words.count < wordLimit {
            if piece.isHan {
                for word in hanWords(piece.letters) where words.count < wordLimit {
                    let read = NameLexicon.hanReadings[word.text] ?? piece.reading(word.range)
                    var reading = NameWord(Array(read.utf16), kind: word.kind)
                    reading.canonical = NameLexicon.canonical(read).map { Array($0.utf16) }
                    words.append(reading)
                    texts.append(read)
                }
                continue
            }
            var text = piece.text
            if let number = NumberWords.digits(text) { text = number }
            let canonical = NameLexicon.canonical(text)
            var word = NameWord(Array(text.utf16.prefix(64)), kind: NameLexicon.wordClass(canonical ?? text))
            word.canonical = canonical.map { Array($0.utf16) }
            word.isAbjad = piece.isAbjad
            words.append(word)
            texts.append(text)
        }
        NumberWords.joinTens(&words, &texts)
        markPhrases(&words, texts)
        markOffices(&words, texts)
        markAcronyms(&words)
        return NameForm(words: words, isHan: false)
    }

    /// Joins single letters that stand close: those of "L X C" with full stops between are one word.
    private static func joiningInitials(_ pieces: [NameScanner.Piece]) -> [NameScanner.Piece] {
        var out: [NameScanner.Piece] = []
        var open = false
        for piece in pieces {
            let isInitial = !piece.isHan && piece.letters.count == 1 && !piece.isNumber
            if isInitial, open, piece.isTight, var last = out.popLast() {
                last.letters += piece.letters
                out.append(last)
            } else {
                out.append(piece)
            }
            open = isInitial
        }
        return out
    }

    private static func markPhrases(_ words: inout [NameWord], _ texts: [String]) {
        var index = 0
        while index < words.count {
            let match = NameLexicon.legalPhrases[texts[index]]?.first { phrase in
                index + phrase.count <= texts.count && texts[index..<index + phrase.count].elementsEqual(phrase)
            }
            guard let match else {
                index += 1
                continue
            }
            for place in index..<index + match.count { words[place].kind = .legalForm }
            index += match.count
        }
        // A name of nothing but legal forms has to be told by them.
        if words.allSatisfy({ $0.kind == .legalForm || $0.kind == .filler || $0.kind == .particle }) {
            for place in words.indices { words[place].kind = .distinctive }
        }
    }

    /// The town of a branch office says nothing of whose office it is.
    private static func markOffices(_ words: inout [NameWord], _ texts: [String]) {
        guard let office = texts.lastIndex(where: { $0 == "office" || $0 == "branch" }), office > 0 else { return }
        var place = office - 1
        while place > 0, words[place].kind == .filler { place -= 1 }
        while place > 0, words[place].kind == .place {
            words[place].share = 0.25
            place -= 1
        }
    }

    /// "Gulf Eagle Contracting (GEC)": the initials repeat what the words say.
    private static func markAcronyms(_ words: inout [NameWord]) {
        let initials = words.map { $0.letters.first ?? 0 }
        for place in words.indices {
            let letters = words[place].letters
            guard letters.count >= 2, letters.count <= 8, words[place].kind == .distinctive, words.count > letters.count
            else { continue }
            for skipping in [false, true] {
                let others = words.indices.filter { $0 != place && !(skipping && words[$0].kind == .particle) }
                let row = others.map { initials[$0] }
                guard row.count >= letters.count else { continue }
                for start in 0...(row.count - letters.count)
                where row[start..<start + letters.count].elementsEqual(letters) {
                    words[place].share = 0.15
                }
            }
        }
    }

    // MARK: Han characters

    private static func hanForm(_ pieces: [NameScanner.Piece]) -> NameForm {
        var words: [NameWord] = []
        var run: [UInt16] = []
        func close() {
            for word in hanWords(run) where words.count < wordLimit {
                words.append(NameWord(word.letters, kind: word.kind, isHan: true))
            }
            run = []
        }
        for piece in pieces {
            if piece.isHan || piece.isNumber { run += piece.letters } else { close() }
        }
        close()
        if words.allSatisfy({ $0.kind == .legalForm || $0.kind == .filler }) {
            for place in words.indices { words[place].kind = .distinctive }
        }
        return NameForm(words: words, isHan: true)
    }

    private struct HanWord {
        var letters: [UInt16]
        var text: String
        var kind: WordClass
        var range: Range<Int>
    }

    /// Cuts a run of Han characters at the words that the lexicon knows, the longest first.
    private static func hanWords(_ run: [UInt16]) -> [HanWord] {
        var out: [HanWord] = []
        var start = 0
        var index = 0
        func put(_ range: Range<Int>, _ kind: WordClass) {
            guard !range.isEmpty else { return }
            let letters = Array(run[range])
            out.append(
                HanWord(letters: letters, text: String(decoding: letters, as: UTF16.self), kind: kind, range: range))
        }
        while index < run.count {
            var found = 0
            for length in stride(from: min(6, run.count - index), through: 2, by: -1) {
                let text = String(decoding: run[index..<index + length], as: UTF16.self)
                if let kind = NameLexicon.hanWords[text] {
                    put(start..<index, .distinctive)
                    put(index..<index + length, kind)
                    found = length
                    break
                }
            }
            index += max(1, found)
            if found > 0 { start = index }
        }
        put(start..<run.count, .distinctive)
        return out
    }
}
