/// One word as a reader hands it on: folded, deciphered, bounded.
///
/// The pointer is valid during the call only. `codes[-1]` and `codes[count]` are readable and hold `Word.boundary`,
/// and eight more codes after that may be read (their values mean nothing).
public struct Word {
    /// What stands before the first and after the last code of a word.
    public static let boundary: UInt16 = 0x20
    /// The longest word, in codes.
    public static let limit = 64

    /// Folded codes, 1…64 of them; of an ideograph the last one is the word and up to three before it are its context.
    public let codes: UnsafePointer<UInt16>
    /// How many codes.
    public let count: Int
    /// Whether this is an ideograph with its context.
    public let isIdeograph: Bool
    /// Whether this is no word of a language (a key, a digest): only its letters are worth a look.
    public let isOpaque: Bool
    /// A hash of the codes, the same for the same word on every machine.
    public let hash: UInt64
    /// UTF-8 offset up to which everything was handed on before this word's text began.
    public let start: Int
    /// UTF-8 offset of this word's end in the text as it came.
    public let end: Int
}

/// A word of a few ASCII letters, in registers: before anything has been worked out about it.
public struct PlainWord {
    /// The longest one, in letters.
    public static let limit = 11

    /// The letters in lower case, the first in the lowest bits; zero past the last.
    public let letters: (low: UInt64, high: UInt64)
    /// How many: 1…11.
    public let count: Int
    /// UTF-8 offset up to which everything was handed on before it.
    public let start: Int
    /// UTF-8 offset of its end.
    public let end: Int

    /// The same word as a reader hands on others; its codes and their hash are known, and lie as those of a `Word` do.
    public func word(codes: UnsafePointer<UInt16>, hash: UInt64) -> Word {
        Word(codes: codes, count: count, isIdeograph: false, isOpaque: false, hash: hash, start: start, end: end)
    }
}

/// What a lexicon says of a word of letters, and of what it would be deciphered to from rot13.
public enum Standing: UInt8 {
    /// A word, and no cipher of one.
    case plain
    /// Neither.
    case strange
    /// Perhaps the cipher of a word.
    case doubtful
}

/// What takes the words of a text, in order.
public protocol WordSink: ~Copyable {
    /// Takes the next word.
    mutating func take(_ word: borrowing Word)
    /// Takes the next word if it was met before, and tells how it stands with the reader's lexicon; nil leaves it to `take`.
    ///
    /// A way round all that makes a `Word`, for those that come again and again. Nothing may have changed where it is nil, and
    /// a doubtful word of more than one letter is none of them.
    mutating func takeKnown(_ word: PlainWord) -> Standing?
    /// What follows was encoded: it means something with the words before it, and by itself.
    mutating func beginView()
    /// Forgets the words so far: what was read turned out to be a cipher, and its plain form follows.
    mutating func restart()
}

extension WordSink where Self: ~Copyable {
    /// Leaves every word to `take`.
    public mutating func takeKnown(_ word: PlainWord) -> Standing? { nil }
}
