/// SentencePiece's unigram model: normalises a text, and cuts it into the pieces that are likeliest together.
///
/// - SeeAlso: Kudo and Richardson, SentencePiece (2018); Kudo, Subword Regularization (2018).
struct Tokenizer {
    /// In a file that doesn't say otherwise: the unknown, what begins a sequence, what ends it.
    static let unknown: UInt32 = 0
    static let begin: UInt32 = 1
    static let end: UInt32 = 2

    /// What stands for characters that no piece has.
    let unknown: UInt32
    /// What begins a sequence.
    let begin: UInt32
    /// What ends one.
    let end: UInt32

    /// A node of the trie of pieces: its child for a byte is at `base + byte`, if that one's `parent` says so.
    struct Node: BitwiseCopyable {
        var base: Int32
        var parent: Int32
        /// The piece that ends here, or -1.
        var piece: Int32
        var score: Float
    }

    private let nodes: UnsafeBufferPointer<Node>
    private let unknownScore: Double
    private let replacements: Replacements

    /// A space, as pieces write it: U+2581.
    private static let space: [UInt8] = [0xE2, 0x96, 0x81]

    init(_ file: EncoderFile) throws(EncoderError) {
        nodes = try file.section("pieces", Node.self)
        unknownScore = Double(try file.section("unknown", Float.self, count: 1)[0])
        replacements = Replacements(
            units: try file.section("replaced", UInt32.self), text: try file.section("replaced.text", UInt8.self))
        if file.has("special") {
            let special = try file.section("special", UInt32.self, count: 3)
            (unknown, begin, end) = (special[0], special[1], special[2])
        } else {
            (unknown, begin, end) = (Self.unknown, Self.begin, Self.end)
        }
    }

    /// Fills `space.tokens` and `space.ends`.
    func run(_ text: UnsafeBufferPointer<UInt8>, _ space: EncoderSpace) {
        let length = normalise(text, space)
        guard length > 0 else {
            space.tokens[0] = unknown
            space.ends[0] = UInt32(truncatingIfNeeded: text.count)
            space.count = 1
            return
        }
        cut(length, space)
    }

    // MARK: normalising

    /// Writes the normalised text: replaced characters, one sign for a run of spaces, none at the ends but one before.
    private func normalise(_ text: UnsafeBufferPointer<UInt8>, _ space: EncoderSpace) -> Int {
        space.reserve(text.count * 3 + 64)
        var length = 0
        var at = 0
        var afterSpace = true
        func put(_ byte: UInt8) {
            if length >= space.room { space.reserve(length + 1) }
            space.normal[length] = byte
            space.origins[length] = UInt32(truncatingIfNeeded: at)
            length += 1
        }
        while at < text.count {
            let (bytes, read) = replacements.prefix(text, at)
            at += read
            let kept = afterSpace ? bytes.drop { $0 == 0x20 } : bytes[...]
            guard let last = kept.last else { continue }
            if length == 0 { Self.space.forEach(put) }
            for byte in kept {
                if byte == 0x20 { Self.space.forEach(put) } else { put(byte) }
            }
            afterSpace = last == 0x20
        }
        while length >= 3, (0..<3).allSatisfy({ space.normal[length - 3 + $0] == Self.space[$0] }) { length -= 3 }
        return length
    }

    // MARK: cutting

    /// The likeliest pieces: for every place the best way there, then back from the end.
    private func cut(_ length: Int, _ space: EncoderSpace) {
        let (text, best) = (space.normal, space.best)
        for place in 0...length { best[place] = .init(score: -1e38, start: 0, piece: 0) }
        best[0].score = 0
        var place = 0
        while place < length {
            let next = min(length, place + Self.scalarLength(text[place]))
            let base = best[place].score
            var hasSingle = false
            var node = 0
            var end = place
            while end < length {
                let child = Int(nodes[node].base) + Int(text[end])
                guard child > 0, child < nodes.count, nodes[child].parent == Int32(truncatingIfNeeded: node) else {
                    break
                }
                (node, end) = (child, end + 1)
                guard nodes[node].piece >= 0 else { continue }
                let score = base + Double(nodes[node].score)
                if score > best[end].score {
                    best[end] = .init(
                        score: score, start: Int32(truncatingIfNeeded: place), piece: UInt32(nodes[node].piece))
                }
                if end == next { hasSingle = true }
            }
            if !hasSingle, base + unknownScore > best[next].score {
                best[next] = .init(
                    score: base + unknownScore, start: Int32(truncatingIfNeeded: place), piece: unknown)
            }
            place = next
        }
        collect(length, space)
    }

    private func collect(_ length: Int, _ space: EncoderSpace) {
        var count = 0
        var place = length
        while place > 0 {
            space.tokens[count] = space.best[place].piece
            space.ends[count] = space.origins[place - 1]
            count += 1
            place = Int(space.best[place].start)
        }
        var (tokens, ends) = (
            UnsafeMutableBufferPointer(start: space.tokens, count: count),
            UnsafeMutableBufferPointer(start: space.ends, count: count)
        )
        tokens.reverse()
        ends.reverse()
        space.count = count
    }

    /// Bytes of the scalar that begins with this byte, in well-formed UTF-8.
    @inline(__always)
    static func scalarLength(_ first: UInt8) -> Int { first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4 }
}

/// What single characters are replaced by: compatibility forms, case-preserving, as a double-array trie.
///
/// - SeeAlso: darts-clone's unit: label in bits 0–7, leaf in bit 8, offset in bits 10–30, shifted by 8 if bit 9 is set.
struct Replacements {
    let units: UnsafeBufferPointer<UInt32>
    /// The replacements, each ended by a 0.
    let text: UnsafeBufferPointer<UInt8>

    private static let replacementCharacter: StaticString = "\u{FFFD}"

    /// What stands for the characters at `start`, and how many bytes of the text it stands for; at least one.
    func prefix(_ all: UnsafeBufferPointer<UInt8>, _ start: Int) -> (bytes: UnsafeBufferPointer<UInt8>, read: Int) {
        var length = 0
        var value = 0
        var place = offset(units[0])
        var at = start
        while at < all.count {
            place ^= Int(all[at])
            guard place < units.count, units[place] & 0x8000_00FF == UInt32(all[at]) else { break }
            let unit = units[place]
            place ^= offset(unit)
            at += 1
            guard unit & 0x100 != 0, place < units.count else { continue }
            (length, value) = (at - start, Int(units[place] & 0x7FFF_FFFF))
        }
        guard length > 0, value < text.count else { return itself(all, start) }
        var end = value
        while end < text.count, text[end] != 0 { end += 1 }
        return (UnsafeBufferPointer(rebasing: text[value..<end]), length)
    }

    @inline(__always)
    private func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 0x200) >> 6) }

    /// One scalar as it is; U+FFFD for a byte that begins none.
    private func itself(_ all: UnsafeBufferPointer<UInt8>, _ start: Int) -> (UnsafeBufferPointer<UInt8>, Int) {
        let length = Self.wellFormed(all, start)
        guard length > 0 else {
            let mark = Self.replacementCharacter
            return (UnsafeBufferPointer(start: mark.utf8Start, count: mark.utf8CodeUnitCount), 1)
        }
        return (UnsafeBufferPointer(rebasing: all[start..<start + length]), length)
    }

    /// Bytes of the scalar at `start`; 0 if there is no well-formed one.
    static func wellFormed(_ all: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        let first = all[start]
        guard first >= 0x80 else { return 1 }
        let length = Tokenizer.scalarLength(first)
        guard 0xC2...0xF4 ~= first, start + length <= all.count else { return 0 }
        for offset in 1..<length where all[start + offset] & 0xC0 != 0x80 { return 0 }
        let second = all[start + 1]
        switch first {
        case 0xE0: return second >= 0xA0 ? 3 : 0
        case 0xED: return second < 0xA0 ? 3 : 0
        case 0xF0: return second >= 0x90 ? 4 : 0
        case 0xF4: return second < 0x90 ? 4 : 0
        default: return length
        }
    }
}
