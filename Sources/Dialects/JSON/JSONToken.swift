/// One value, or one key, of a scanned document: sixteen bytes in a flat tape.
///
/// Positions are byte offsets from the start of the document. A string's range includes its quotes.
struct JSONToken: Sendable {
    enum Kind: UInt8 { case object, array, string, number, yes, no, null, key }

    var kind: Kind
    /// Whether a string holds a backslash.
    var isEscaped = false
    /// The offset of the first byte.
    var start: UInt32
    /// The offset past the last byte.
    var end: UInt32
    /// The index of the token after this value and all within it; of a key, the hash of its text.
    var link: UInt32
}

/// Why some bytes are not the JSON that we take (RFC 8259, with bounds).
struct JSONFault: Error, Equatable {
    enum Kind: Equatable {
        case unexpectedByte, unexpectedEnd, trailingBytes
        case badNumber, badEscape, loneSurrogate, badUTF8, controlCharacter
        case tooDeep, tooManyValues, tooLong, duplicateKey(String)
    }

    var kind: Kind
    /// The offset of the byte at which it was seen.
    var offset: Int

    /// The fault in words, without its offset.
    var words: String {
        switch kind {
        case .unexpectedByte: "unexpected character in JSON"
        case .unexpectedEnd: "the JSON ends too early"
        case .trailingBytes: "something follows the JSON value"
        case .badNumber: "malformed number in JSON"
        case .badEscape: "malformed escape in a JSON string"
        case .loneSurrogate: "half of a surrogate pair in a JSON string"
        case .badUTF8: "a JSON string is not valid UTF-8"
        case .controlCharacter: "unescaped control character in a JSON string"
        case .tooDeep: "the JSON is nested deeper than \(JSONTape.maximumDepth) levels"
        case .tooManyValues: "the JSON holds more than \(JSONTape.maximumTokens) values"
        case .tooLong: "the JSON is too long"
        case .duplicateKey(let key): "the key \"\(key)\" occurs twice in one object"
        }
    }
}
