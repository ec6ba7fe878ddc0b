/// Scripts that the first stage knows about equally well.
///
/// It decides which texts are worth the second stage's time, and what is added to the sum of both stages (`Heads.Fusion.lift`).
enum ScriptGroup: Int, CaseIterable, Sendable {
    case latin = 0
    /// Han characters, with or without kana.
    case han
    case other

    /// The group of most letters of a text; Latin for none.
    init(_ text: UnsafeBufferPointer<UInt8>) {
        var (latin, han, other) = (0, 0, 0)
        for byte in text {
            switch byte {
            case 0x41...0x5A, 0x61...0x7A, 0xC3...0xC9: latin += 1
            case 0xE3...0xE9: han += 1
            case 0xCD...0xDF, 0xE0, 0xEA...0xED: other += 1
            // Vietnamese letters and many Asian scripts begin with the same byte: neither.
            default: break
            }
        }
        self = han > latin / 3 && han >= other ? .han : other > latin / 2 ? .other : .latin
    }
}
