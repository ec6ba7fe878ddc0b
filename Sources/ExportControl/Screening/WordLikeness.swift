/// How alike two words are, in 0…1: by letters, by sound, and by consonants where a script leaves vowels out.
struct WordLikeness: ~Copyable {
    private let edits = EditDistance()

    init() {}

    /// Of two words of two names.
    func likeness(_ left: NameSide, _ one: Int, _ right: NameSide, _ two: Int) -> Float {
        let a = left.words[one]
        let b = right.words[two]
        if a.isNumber || b.isNumber {
            return a.isNumber && b.isNumber && left.letters(one).elementsEqual(right.letters(two)) ? 1 : 0
        }
        if a.isHan != b.isHan { return 0 }
        let length = max(a.count, b.count)
        let difference = a.count > b.count ? a.count - b.count : b.count - a.count
        if a.isAbjad != b.isAbjad { return consonants(left.sound(one), right.sound(two)) }
        let allowed = Self.allowed(Int(length))
        guard Int(difference) <= allowed + 2, (a.mask ^ b.mask).nonzeroBitCount <= 2 * allowed + 3 else { return 0 }
        return likeness(left.letters(one), left.sound(one), right.letters(two), right.sound(two), isHan: a.isHan)
    }

    /// Of letters and sounds.
    func likeness(
        _ letters: UnsafeBufferPointer<UInt16>, _ sound: UnsafeBufferPointer<UInt16>,
        _ others: UnsafeBufferPointer<UInt16>, _ otherSound: UnsafeBufferPointer<UInt16>, isHan: Bool
    ) -> Float {
        let length = max(letters.count, others.count)
        if letters.count == others.count, letters.elementsEqual(others) { return 1 }
        let allowed = Float(Self.allowed(length))
        let distance = edits.distance(letters, others, vowelCost: 1, limit: allowed)
        guard !isHan else {
            return distance <= allowed ? max(0, 1 - (length < 5 ? 2 : 1.5) * distance / Float(length)) : 0
        }
        var best = distance <= allowed ? 1 - distance / Float(length) : 0
        guard length > 2 else { return best }
        let soundLength = max(sound.count, otherSound.count)
        let limit = Float(Self.allowed(soundLength))
        let heard = edits.distance(sound, otherSound, vowelCost: 0.5, limit: limit)
        if heard <= limit { best = max(best, 1 - heard / Float(max(3, soundLength)) - 0.04) }
        return best
    }

    /// How many letters have to change.
    func edits(_ one: [UInt16], _ two: [UInt16]) -> Float {
        one.withUnsafeBufferPointer { one in
            two.withUnsafeBufferPointer { two in
                let most = Float(max(one.count, two.count))
                return min(most, edits.distance(one, two, vowelCost: 1, limit: most))
            }
        }
    }

    private static func allowed(_ length: Int) -> Int {
        length <= 1 ? 0 : length <= 4 ? 1 : length <= 7 ? 2 : length * 2 / 5
    }

    /// Of consonants alone, where one side leaves vowels out.
    func consonants(_ one: UnsafeBufferPointer<UInt16>, _ two: UnsafeBufferPointer<UInt16>) -> Float {
        let left = SoundFold.skeleton(Array(one))
        let right = SoundFold.skeleton(Array(two))
        guard !left.isEmpty, !right.isEmpty else { return 0 }
        let length = max(left.count, right.count)
        return left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                let distance = edits.distance(left, right, vowelCost: 1, limit: Float(length / 3))
                guard distance.isFinite else { return 0 }
                return (length < 2 ? 0.7 : 0.95) - distance / Float(length)
            }
        }
    }
}
