/// What an alignment says for and against two names being one, as numbers in 0…1.
///
/// These are all the features there are: nothing of a person's nationality, ethnicity or script is among them.
public struct NameEvidence: Sendable, Equatable {
    /// The matched share of both names' weight.
    public var shared: Float = 0
    /// The matched share of the less covered name.
    public var leastCovered: Float = 0
    /// The matched share of the more covered name.
    public var mostCovered: Float = 0
    /// The share of letters that stay the same, whatever the words weigh.
    public var letters: Float = 0
    /// Weight that is unmatched on both sides: one word stands where another should.
    public var exchanged: Float = 0
    /// The greatest difference within one matched pair of words, by weight.
    public var worstPair: Float = 0
    /// How few letters carry the match.
    public var thin: Float = 0
    /// The share that only initials carry.
    public var initials: Float = 0
    /// Numbers on both sides that differ.
    public var numbers: Float = 0
    /// Unmatched distinctive weight on one side, in words (1 is one full word).
    public var extra: Float = 0
    /// Either name has words that only organisations bear.
    public var organisational: Float = 0
    /// The share of the match that rests on words that are distinctive.
    public var distinctive: Float = 0
    /// The share of letters that stay when one name is turned into the other, word for word.
    public var spelling: Float = 0
    /// How many letters change, as a share of six.
    public var edits: Float = 0
    /// The least alike of the distinctive pairs, as its difference.
    public var weakest: Float = 0
    /// Nothing but initials carries the match.
    public var onlyInitials: Float = 0

    /// The names of the features, in the order of `values`: what was measured, then products of two.
    public static let names = [
        "shared", "leastCovered", "mostCovered", "letters", "exchanged", "worstPair", "thin", "initials", "numbers",
        "extra",
        "organisational", "distinctive", "spelling", "edits", "weakest", "onlyInitials", "letters*letters",
        "spelling*spelling", "weakest*organisational", "extra*organisational", "exchanged*organisational",
    ]

    /// The features; places behind `names` are 0.
    public var values: SIMD32<Float> {
        var all = SIMD32<Float>(repeating: 0)
        (all[0], all[1], all[2], all[3]) = (shared, leastCovered, mostCovered, letters)
        (all[4], all[5], all[6], all[7]) = (exchanged, worstPair, thin, initials)
        (all[8], all[9], all[10], all[11]) = (numbers, extra, organisational, distinctive)
        (all[12], all[13], all[14], all[15]) = (spelling, edits, weakest, onlyInitials)
        (all[16], all[17]) = (letters * letters, spelling * spelling)
        (all[18], all[19], all[20]) = (weakest * organisational, extra * organisational, exchanged * organisational)
        return all
    }
}

extension NameAligner {
    /// Aligns two names and weighs the alignment.
    mutating func evidence(_ left: borrowing SideBuffer, _ right: borrowing SideBuffer) -> NameEvidence {
        left.withSide { one in
            right.withSide { two in
                align(one, two)
                return evidence(one, two)
            }
        }
    }

    /// Weighs the last alignment.
    private func evidence(_ left: NameSide, _ right: NameSide) -> NameEvidence {
        var out = NameEvidence()
        let leftWeight = left.weights.reduce(0, +)
        let rightWeight = right.weights.reduce(0, +)
        guard leftWeight > 0, rightWeight > 0 else { return out }
        var leftMass: Float = 0, rightMass: Float = 0, edits: Float = 0, matched: Float = 0, distinct: Float = 0
        for match in matches {
            let one = match.left.reduce(0) { $0 + left.weights[$1] }
            let two = match.right.reduce(0) { $0 + right.weights[$1] }
            let worth = match.likeness * match.likeness
            leftMass += one * worth
            rightMass += two * worth
            out.worstPair = max(out.worstPair, max(one, two) * (1 - match.likeness))
            let letters = Float(max(length(left, match.left), length(right, match.right)))
            if max(one, two) >= 0.2 {
                edits += (1 - match.likeness) * letters
                if max(one, two) >= 0.4 * Float(match.left.count) { out.weakest = max(out.weakest, 1 - match.likeness) }
            }
            matched += match.likeness * letters * min(1, max(one, two) * 2)
            if match.isInitial { out.initials += (one + two) / (leftWeight + rightWeight) }
            if match.left.contains(where: { left.words[$0].kind == .distinctive }) { distinct += (one + two) * worth }
        }
        let lost = unmatched(left, takenLeft)
        let gained = unmatched(right, takenRight)
        out.shared = (leftMass + rightMass) / (leftWeight + rightWeight)
        out.leastCovered = min(leftMass / leftWeight, rightMass / rightWeight)
        out.mostCovered = max(leftMass / leftWeight, rightMass / rightWeight)
        let total = max(1, max(meaningful(left), meaningful(right)))
        out.letters = max(0, 1 - (edits + max(lost.letters, gained.letters)) / total)
        out.exchanged = min(1, min(lost.weight, gained.weight))
        out.extra = min(2, abs(lost.weight - gained.weight)) / 2
        out.numbers = lost.hasNumber && gained.hasNumber ? 1 : 0
        out.organisational = isOrganisational(left) || isOrganisational(right) ? 1 : 0
        let changed = changedLetters(left, right)
        out.spelling = max(0, 1 - changed / total)
        // A Han character or a Hangul syllable says as much as two or three letters.
        let worth: Float = left.words.first?.isHan == true ? 2.5 : 1
        out.edits = min(1, changed * worth / 6)
        out.thin = 4 / (4 + matched * worth)
        out.onlyInitials = !matches.isEmpty && matches.allSatisfy(\.isInitial) ? 1 : 0
        out.distinctive = leftMass + rightMass > 0 ? distinct / (leftMass + rightMass) : 0
        return out
    }

    /// The letters that change, pair by pair, and from what is left of one name to what is left of the other.
    private func changedLetters(_ left: NameSide, _ right: NameSide) -> Float {
        var changed: Float = 0
        for match in matches where match.likeness < 1 && !match.isInitial {
            let weight = max(
                match.left.map { left.weights[$0] }.max() ?? 0, match.right.map { right.weights[$0] }.max() ?? 0)
            guard weight >= 0.2 else { continue }
            if left.words[match.left.lowerBound].isAbjad != right.words[match.right.lowerBound].isAbjad {
                changed += (1 - match.likeness) * Float(max(length(left, match.left), length(right, match.right)))
                continue
            }
            changed += likeness.edits(
                match.left.flatMap { left.letters($0) }, match.right.flatMap { right.letters($0) })
        }
        let lost = left.words.indices.filter { takenLeft >> UInt64($0) & 1 == 0 && left.weights[$0] >= 0.2 }
        let gained = right.words.indices.filter { takenRight >> UInt64($0) & 1 == 0 && right.weights[$0] >= 0.2 }
        changed += likeness.edits(lost.flatMap { left.letters($0) }, gained.flatMap { right.letters($0) })
        return changed
    }

    private func length(_ side: NameSide, _ run: Range<Int>) -> Int { run.reduce(0) { $0 + Int(side.words[$1].count) } }

    private func meaningful(_ side: NameSide) -> Float {
        side.words.indices.reduce(0) { sum, word in
            side.weights[word] < 0.2 ? sum : sum + Float(side.words[word].count)
        }
    }

    private func isOrganisational(_ side: NameSide) -> Bool {
        side.words.contains { $0.kind == .legalForm || $0.kind == .generic }
    }

    private func unmatched(
        _ side: NameSide, _ taken: UInt64
    ) -> (weight: Float, letters: Float, hasNumber: Bool) {
        var out: (weight: Float, letters: Float, hasNumber: Bool) = (0, 0, false)
        for word in side.words.indices where taken >> UInt64(word) & 1 == 0 {
            out.weight += side.weights[word]
            if side.weights[word] >= 0.2 { out.letters += Float(side.words[word].count) }
            if side.words[word].isNumber { out.hasNumber = true }
        }
        return out
    }
}
