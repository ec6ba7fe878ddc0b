/// Reads letters of every script in Latin letters, and Han characters in their simplified form.
///
/// Built once, at the first name that needs it, from `RomanisationData`. Covers the Basic Multilingual Plane and the
/// mathematical alphabets; a Hangul syllable is computed (Revised Romanisation).
final class Romanisation: Sendable {
    /// What one scalar is in a name.
    enum Reading {
        /// A space, a stroke or a full stop.
        case separator
        /// An accent, an apostrophe, a mark of direction.
        case silent
        /// Letters or digits: a range of `letters`.
        case letters(Range<Int>)
        /// A Han character: its simplified form and its reading.
        case han(UInt16, Range<Int>)
        /// A Hangul syllable: a range of `letters`.
        case hangul(Range<Int>)
    }

    /// The table, made when it is first asked for.
    static let shared = Romanisation()

    /// All readings, one after the other, in lower-case ASCII.
    let letters: [UInt8]
    /// Of each scalar below U+10000, and of U+1D400–1D7FF behind them: the start in `letters` << 8 | length << 4 | kind.
    private let entries: [UInt32]
    private let simplified: [UInt16: UInt16]

    private static let kindSeparator: UInt32 = 0
    private static let kindSilent: UInt32 = 1
    private static let kindLetters: UInt32 = 2
    private static let kindHan: UInt32 = 3
    private static let kindHangul: UInt32 = 4

    private init() {
        var letters: [UInt8] = []
        var entries: [UInt32] = Array(repeating: 0, count: 0x1_0400)
        letters.reserveCapacity(1 << 17)
        func entry(_ text: some Collection<UInt8>, _ kind: UInt32) -> UInt32 {
            if text.isEmpty { return Self.kindSilent }
            if text.elementsEqual([0x5F]) { return Self.kindSeparator }
            let start = UInt32(letters.count)
            letters.append(contentsOf: text.prefix(15))
            return start << 8 | UInt32(min(15, text.count)) << 4 | kind
        }
        for scalar in 0..<0x80 {
            switch UInt8(scalar) {
            case 0x30...0x39, 0x61...0x7A: entries[scalar] = entry([UInt8(scalar)], Self.kindLetters)
            case 0x41...0x5A: entries[scalar] = entry([UInt8(scalar | 0x20)], Self.kindLetters)
            case 0x22, 0x27, 0x60: entries[scalar] = Self.kindSilent
            default: break
            }
        }
        Self.readLetters { scalar, text in
            let place = scalar >= 0x1D400 ? scalar - 0x1D400 + 0x1_0000 : scalar
            if place < entries.count { entries[place] = entry(text, Self.kindLetters) }
        }
        let syllables = Self.bytes(RomanisationData.syllables).split(separator: 0x20, omittingEmptySubsequences: false)
            .map { entry($0, Self.kindHan) }
        let digits = Array(Self.bytes(RomanisationData.han))
        for index in 0..<digits.count / 2 {
            let number = Self.digit(digits[2 * index]) << 6 | Self.digit(digits[2 * index + 1])
            let scalar = index < 0x6C00 ? 0x3400 + index : 0xF900 + index - 0x6C00
            if number < syllables.count, scalar < entries.count { entries[scalar] = syllables[number] }
        }
        for (index, text) in Self.hangulReadings().enumerated() {
            entries[0xAC00 + index] = entry(text, Self.kindHangul)
        }
        let forms = Array(String(decoding: Self.bytes(RomanisationData.simplified), as: UTF8.self).utf16)
        var pairs: [UInt16: UInt16] = [:]
        for index in stride(from: 0, to: forms.count - 1, by: 2) { pairs[forms[index]] = forms[index + 1] }
        self.letters = letters
        self.entries = entries
        simplified = pairs
    }

    /// How a scalar reads.
    func reading(_ scalar: UInt32) -> Reading {
        var place = Int(scalar)
        if scalar >= 0x1_0000 {
            guard scalar >= 0x1D400, scalar < 0x1D800 else { return .separator }
            place = Int(scalar) - 0x1D400 + 0x1_0000
        }
        var entry = entries[place]
        let range = { (entry: UInt32) in Int(entry >> 8)..<Int(entry >> 8) + Int(entry >> 4 & 15) }
        switch entry & 15 {
        case Self.kindLetters: return .letters(range(entry))
        case Self.kindHangul: return .hangul(range(entry))
        case Self.kindSilent: return .silent
        case Self.kindHan:
            let form = simplified[UInt16(truncatingIfNeeded: scalar)] ?? UInt16(truncatingIfNeeded: scalar)
            if form != UInt16(truncatingIfNeeded: scalar), entries[Int(form)] & 15 == Self.kindHan {
                entry = entries[Int(form)]
            }
            return .han(form, range(entry))
        default: return .separator
        }
    }

    // MARK: reading the generated text

    private static func bytes(_ text: StaticString) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    private static func digit(_ byte: UInt8) -> Int {
        switch byte {
        case 0x41...0x5A: Int(byte) - 0x41
        case 0x61...0x7A: Int(byte) - 0x61 + 26
        case 0x30...0x39: Int(byte) - 0x30 + 52
        case 0x2B: 62
        default: 63
        }
    }

    private static func readLetters(_ take: (Int, ArraySlice<UInt8>) -> Void) {
        var scalar = 0x80
        for item in Array(bytes(RomanisationData.letters)).split(separator: 0x20) {
            guard let colon = item.firstIndex(of: 0x3A) else { continue }
            scalar += Int(String(decoding: item[..<colon], as: UTF8.self), radix: 16) ?? 1
            take(scalar, item[(colon + 1)...])
        }
    }

    /// The readings of U+AC00–D7A3, in order.
    private static func hangulReadings() -> [[UInt8]] {
        let initials = "g kk n d tt r m b pp s ss _ j jj ch k t p h".split(separator: " ")
        let vowels = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split(separator: " ")
        let finals = "_ k k k n n n t l k m l l l p l m p p t t ng t t k t p t".split(separator: " ")
        return initials.flatMap { initial in
            vowels.flatMap { vowel in
                finals.map { final in [initial, vowel, final].filter { $0 != "_" }.flatMap(\.utf8) }
            }
        }
    }
}
