/// Words of one name that were set against words of another.
struct WordMatch {
    var left: Range<Int>
    var right: Range<Int>
    /// How alike they are, in 0…1.
    var likeness: Float
    /// An initial stood for a word, or initials for several.
    var isInitial = false
}

/// Sets the words of two names against each other, each at most once, in any order.
///
/// First words that are the same, then runs of words written together on the other side, then words that are alike, the
/// weightiest first, then initials. Keeps its working memory; one instance serves one thread.
struct NameAligner: ~Copyable {
    let likeness = WordLikeness()
    private(set) var matches: [WordMatch] = []
    private(set) var takenLeft: UInt64 = 0
    private(set) var takenRight: UInt64 = 0
    private var joined: [UInt16] = []
    private var joinedSound: [UInt16] = []

    init() {}

    mutating func align(_ left: NameSide, _ right: NameSide) {
        matches.removeAll(keepingCapacity: true)
        takenLeft = 0
        takenRight = 0
        takeSame(left, right)
        takeJoined(left, right, swapped: false)
        takeJoined(right, left, swapped: true)
        takeAlike(left, right)
        takeInitials(left, right, swapped: false)
        takeInitials(right, left, swapped: true)
    }

    func isTakenLeft(_ word: Int) -> Bool { takenLeft >> UInt64(word) & 1 != 0 }
    func isTakenRight(_ word: Int) -> Bool { takenRight >> UInt64(word) & 1 != 0 }

    private mutating func take(_ left: Range<Int>, _ right: Range<Int>, _ likeness: Float, isInitial: Bool = false) {
        matches.append(WordMatch(left: left, right: right, likeness: likeness, isInitial: isInitial))
        for word in left { takenLeft |= 1 << UInt64(word) }
        for word in right { takenRight |= 1 << UInt64(word) }
    }

    private mutating func takeSame(_ left: NameSide, _ right: NameSide) {
        for one in left.words.indices {
            for two in right.words.indices where !isTakenRight(two) {
                guard left.words[one].hash == right.words[two].hash else { continue }
                take(one..<one + 1, two..<two + 1, 1)
                break
            }
        }
    }

    /// Runs of `many` against single words of `few`.
    private mutating func takeJoined(_ many: NameSide, _ few: NameSide, swapped: Bool) {
        guard many.words.count > 1 else { return }
        for single in few.words.indices where few.words[single].count > 3 {
            guard !(swapped ? isTakenLeft(single) : isTakenRight(single)) else { continue }
            guard let (run, alike) = bestRun(many, few, single, swapped) else { continue }
            let word = single..<single + 1
            if swapped { take(word, run, alike) } else { take(run, word, alike) }
        }
    }

    private mutating func bestRun(
        _ many: NameSide, _ few: NameSide, _ single: Int, _ swapped: Bool
    ) -> (Range<Int>, Float)? {
        let wanted = Int(few.words[single].count)
        let isAbjad = few.words[single].isAbjad
        let slack = wanted > 5 ? max(2, wanted / 5) : 1
        var best: (Range<Int>, Float)?
        for start in many.words.indices.dropLast() {
            let isMixed = many.words[start].isAbjad != isAbjad
            guard wanted > 8 || isMixed || many.sound(start).first == few.sound(single).first else { continue }
            let slack = isMixed ? slack + 3 : slack
            var length = 0
            for end in start..<min(many.words.count, start + 10) {
                let isTaken = swapped ? isTakenRight(end) : isTakenLeft(end)
                length += Int(many.words[end].count)
                if isTaken || length > wanted + slack { break }
                guard end > start, length + slack >= wanted else { continue }
                join(many, start...end)
                let alike = joined.withUnsafeBufferPointer { letters in
                    joinedSound.withUnsafeBufferPointer { sound in
                        isMixed
                            ? likeness.consonants(sound, few.sound(single))
                            : likeness.likeness(
                                letters, sound, few.letters(single), few.sound(single), isHan: few.words[single].isHan)
                    }
                }
                if alike >= 0.8, alike > best?.1 ?? 0 { best = (start..<end + 1, alike) }
            }
        }
        return best
    }

    private mutating func join(_ side: NameSide, _ run: ClosedRange<Int>) {
        joined.removeAll(keepingCapacity: true)
        joinedSound.removeAll(keepingCapacity: true)
        for word in run {
            joined.append(contentsOf: side.letters(word))
            for code in side.sound(word) where joinedSound.last != code { joinedSound.append(code) }
        }
    }

    private mutating func takeAlike(_ left: NameSide, _ right: NameSide) {
        var found: [(value: Float, left: Int, right: Int, likeness: Float)] = []
        for one in left.words.indices where !isTakenLeft(one) {
            for two in right.words.indices where !isTakenRight(two) {
                let alike = likeness.likeness(left, one, right, two)
                guard alike >= 0.5 else { continue }
                found.append((alike * min(left.weights[one], right.weights[two]), one, two, alike))
            }
        }
        found.sort { ($0.value, $1.left, $1.right) > ($1.value, $0.left, $0.right) }
        for pair in found where !isTakenLeft(pair.left) && !isTakenRight(pair.right) {
            take(pair.left..<pair.left + 1, pair.right..<pair.right + 1, pair.likeness)
        }
    }

    /// "J." for "Jean", "JC" for "Jean Claude".
    private mutating func takeInitials(_ short: NameSide, _ long: NameSide, swapped: Bool) {
        for word in short.words.indices where short.words[word].count <= 3 && !short.words[word].isHan {
            guard !(swapped ? isTakenRight(word) : isTakenLeft(word)), !short.words[word].isNumber else { continue }
            let letters = short.letters(word)
            guard long.words.count >= letters.count, !letters.isEmpty else { continue }
            for start in 0...(long.words.count - letters.count) {
                let run = start..<start + letters.count
                let fits = run.allSatisfy { place in
                    !(swapped ? isTakenLeft(place) : isTakenRight(place))
                        && long.letters(place).first == letters[place - start]
                        && (letters.count > 1 || long.words[place].count > 1) && !long.words[place].isNumber
                }
                guard fits else { continue }
                let one = word..<word + 1
                if swapped { take(run, one, 0.6, isInitial: true) } else { take(one, run, 0.6, isInitial: true) }
                break
            }
        }
    }
}
