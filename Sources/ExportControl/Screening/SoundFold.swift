/// Folds a romanised word to what it sounds like, coarsely, so that transliterations of one name meet.
enum SoundFold {
    /// The folded word; codes above `z` (Han) stay as they are.
    static func fold(_ word: [UInt16]) -> [UInt16] {
        var out: [UInt16] = []
        out.reserveCapacity(word.count)
        let letters = digitsAsLetters(word)
        var index = 0
        func at(_ offset: Int) -> UInt16 { index + offset < letters.count ? letters[index + offset] : 0 }
        while index < letters.count {
            let (sound, length) = sound(at(0), at(1), at(2), at(3), isFirst: index == 0)
            for letter in sound where out.last != letter { out.append(letter) }
            index += length
        }
        if out.count > 2, out.last == h { out.removeLast() }
        return out.isEmpty ? letters : out
    }

    /// The consonants of a folded word, with the pairs joined that abjads do not tell apart.
    static func skeleton(_ sound: [UInt16]) -> [UInt16] {
        var out: [UInt16] = []
        for (index, letter) in sound.enumerated() {
            var code = letter
            switch letter {
            case a, e, i, o, u: continue
            case v where index > 0: continue
            case p: code = b
            case g, j: code = k
            default: break
            }
            if out.last != code { out.append(code) }
        }
        return out
    }

    static func isVowel(_ code: UInt16) -> Bool { code == a || code == e || code == i || code == o || code == u }

    private static let a: UInt16 = 0x61, b: UInt16 = 0x62, c: UInt16 = 0x63, d: UInt16 = 0x64, e: UInt16 = 0x65
    private static let f: UInt16 = 0x66, g: UInt16 = 0x67, h: UInt16 = 0x68, i: UInt16 = 0x69, j: UInt16 = 0x6A
    private static let k: UInt16 = 0x6B, o: UInt16 = 0x6F, p: UInt16 = 0x70, q: UInt16 = 0x71, s: UInt16 = 0x73
    private static let t: UInt16 = 0x74, u: UInt16 = 0x75, v: UInt16 = 0x76, w: UInt16 = 0x77, x: UInt16 = 0x78
    private static let y: UInt16 = 0x79, z: UInt16 = 0x7A

    /// `1gor` for `igor`: digits within a word of letters that pass for letters.
    private static func digitsAsLetters(_ word: [UInt16]) -> [UInt16] {
        let digits = word.count { $0 >= 0x30 && $0 <= 0x39 }
        guard digits > 0, digits * 2 <= word.count, word.count > 2 else { return word }
        return word.map { code in
            switch code {
            case 0x30: o
            case 0x31: i
            case 0x33: e
            case 0x34: a
            case 0x35: s
            case 0x39: g
            default: code
            }
        }
    }

    private static func sound(
        _ one: UInt16, _ two: UInt16, _ three: UInt16, _ four: UInt16, isFirst: Bool
    ) -> ([UInt16], Int) {
        switch (one, two, three) {
        case (s, c, h): return two == c && four == h ? ([s], 4) : ([s], 3)
        case (t, c, h): return ([c], 3)
        case (d, z, h): return ([j], 3)
        case (s, h, c): return four == h ? ([s], 4) : ([s], 2)
        default: break
        }
        switch (one, two) {
        case (s, h), (h, s), (t, s), (t, z), (s, z): return ([s], 2)
        case (z, h), (d, j): return ([j], 2)
        case (c, h), (c, z): return ([c], 2)
        case (k, h): return ([h], 2)
        case (g, h): return ([g], 2)
        case (p, h): return ([f], 2)
        case (t, h): return ([t], 2)
        case (c, k), (c, q): return ([k], 2)
        case (o, u), (o, o): return ([u], 2)
        case (e, e), (i, e), (e, y), (i, y), (y, i), (i, j), (e, i): return ([i], 2)
        case (e, o), (e, u): return ([u], 2)
        case (c, e), (c, i), (c, y): return ([s], 1)
        default: break
        }
        switch one {
        case c, q: return ([k], 1)
        case w: return ([v], 1)
        case x: return isFirst ? ([s], 1) : ([k, s], 1)
        case z: return ([s], 1)
        case y, e: return ([i], 1)
        case o: return ([u], 1)
        default: return ([one], 1)
        }
    }
}
