import Encoder

/// What the second encoder reads of a text, and whether the first one could read it at all.
enum SecondReading {
    /// Where both encoders are good, they cut a text into about as many pieces; this many times as many mean that the first does
    /// not know the language.
    static let foreign: Float = 1.2
    /// Texts of fewer pieces say too little about their language.
    static let least = 8
    /// No more of a text is read: the first and the last half of it.
    static let mostBytes = 8192

    /// Whether the first encoder can't read a text; Han characters are cut differently, and it knows them.
    ///
    /// - Parameter reading: The text, deciphered.
    static func isForeign(_ reading: [UInt8], firstPieces: Int, secondPieces: Int) -> Bool {
        guard firstPieces >= least, Float(firstPieces) > foreign * Float(secondPieces) else { return false }
        return reading.withUnsafeBufferPointer { ScriptGroup($0) != .han }
    }

    /// The bytes of a text that are read; all of a shorter one.
    static func bytes(of text: UnsafeBufferPointer<UInt8>) -> (bytes: [UInt8], isCut: Bool) {
        guard text.count > mostBytes else { return (Array(text), false) }
        return (Array(text.prefix(mostBytes / 2)) + [0x0A] + Array(text.suffix(mostBytes / 2)), true)
    }
}
