/// A document as a flat list of tokens, made in one pass over its bytes.
///
/// No tree, no recursion, no copy of a string: what a token covers is cut out of the bytes when somebody asks. The
/// tape can be used again for the next document and then allocates nothing.
struct JSONTape: Sendable {
    static let maximumDepth = 128
    static let maximumTokens = 1 << 18

    private(set) var tokens: ContiguousArray<JSONToken> = []
    /// How many tokens a document may have.
    private let most: Int

    init(most: Int = maximumTokens) { self.most = min(most, Self.maximumTokens) }

    /// What the scanner waits for.
    private enum State { case value, firstElement, firstKey, key, separator, done }

    /// Scans one whole document.
    ///
    /// - Parameters:
    ///   - acceptsLoneSurrogates: Whether half of a surrogate pair is let through (it is read as U+FFFD).
    ///   - beginning: What another document came to whose first bytes are these; they are not read again.
    mutating func scan(
        _ bytes: UnsafeRawBufferPointer, acceptsLoneSurrogates: Bool, from beginning: JSONBeginning? = nil
    ) throws(JSONFault) {
        guard bytes.count < Int(Int32.max) else { throw JSONFault(kind: .tooLong, offset: 0) }
        var scanner = JSONScanner(bytes: bytes, acceptsLoneSurrogates: acceptsLoneSurrogates)
        var (state, open, depth) = (State.value, UInt32.max, 0)
        tokens.removeAll(keepingCapacity: true)
        if let beginning, beginning.end <= bytes.count {
            tokens.reserveCapacity(beginning.count + 64)
            tokens.append(contentsOf: beginning.tokens[..<beginning.count])
            for container in beginning.open {
                (tokens[Int(container)].link, tokens[Int(container)].end) = (open, tokens[Int(container)].start)
                open = container
            }
            (state, depth) = (.separator, beginning.open.count)
            scanner.offset = beginning.end
        } else {
            tokens.reserveCapacity(min(bytes.count / 8 + 8, 1_024))
        }
        try scan(&scanner, state, open, depth)
    }

    private mutating func scan(
        _ scanner: inout JSONScanner, _ state: State, _ open: UInt32, _ depth: Int
    ) throws(JSONFault) {
        var (state, open, depth) = (state, open, depth)
        while true {
            scanner.skipSpace()
            guard let byte = scanner.peek else {
                guard state == .done else { throw scanner.fault(.unexpectedEnd) }
                return
            }
            switch state {
            case .value, .firstElement:
                if byte == UInt8(ascii: "]"), state == .firstElement {
                    state = try close(&open, &depth, &scanner)
                } else {
                    state = try value(byte, &open, &depth, &scanner)
                }
            case .firstKey, .key:
                if byte == UInt8(ascii: "}"), state == .firstKey {
                    state = try close(&open, &depth, &scanner)
                } else {
                    try key(byte, &scanner)
                    state = .value
                }
            case .separator:
                let inObject = tokens[Int(open)].kind == .object
                if byte == UInt8(ascii: ",") {
                    scanner.offset += 1
                    state = inObject ? .key : .value
                } else if byte == (inObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    state = try close(&open, &depth, &scanner)
                } else {
                    throw scanner.fault(.unexpectedByte)
                }
            case .done:
                throw scanner.fault(.trailingBytes)
            }
        }
    }

    /// Reads a scalar, or opens a container; says what may follow.
    private mutating func value(
        _ byte: UInt8, _ open: inout UInt32, _ depth: inout Int, _ scanner: inout JSONScanner
    ) throws(JSONFault) -> State {
        guard tokens.count < most else { throw scanner.fault(.tooManyValues) }
        let start = UInt32(truncatingIfNeeded: scanner.offset)
        let index = UInt32(truncatingIfNeeded: tokens.count)
        var token = JSONToken(kind: .null, start: start, end: start, link: index &+ 1)
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard depth < Self.maximumDepth else { throw scanner.fault(.tooDeep) }
            token.kind = byte == UInt8(ascii: "{") ? .object : .array
            token.link = open
            tokens.append(token)
            open = index
            depth += 1
            scanner.offset += 1
            return token.kind == .object ? .firstKey : .firstElement
        case UInt8(ascii: "\""):
            token.kind = .string
            token.isEscaped = try scanner.string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            token.kind = .number
            try scanner.number()
        case UInt8(ascii: "t"):
            token.kind = .yes
            try scanner.literal("true")
        case UInt8(ascii: "f"):
            token.kind = .no
            try scanner.literal("false")
        case UInt8(ascii: "n"):
            try scanner.literal("null")
        default:
            throw scanner.fault(.unexpectedByte)
        }
        token.end = UInt32(truncatingIfNeeded: scanner.offset)
        tokens.append(token)
        return depth == 0 ? .done : .separator
    }

    /// Reads a key and its colon.
    private mutating func key(_ byte: UInt8, _ scanner: inout JSONScanner) throws(JSONFault) {
        guard byte == UInt8(ascii: "\"") else { throw scanner.fault(.unexpectedByte) }
        guard tokens.count < most else { throw scanner.fault(.tooManyValues) }
        let start = scanner.offset
        let isEscaped = try scanner.string()
        tokens.append(
            JSONToken(
                kind: .key, isEscaped: isEscaped, start: UInt32(truncatingIfNeeded: start),
                end: UInt32(truncatingIfNeeded: scanner.offset),
                link: scanner.hash(start + 1..<scanner.offset - 1, isEscaped: isEscaped)))
        scanner.skipSpace()
        guard let colon = scanner.peek else { throw scanner.fault(.unexpectedEnd) }
        guard colon == UInt8(ascii: ":") else { throw scanner.fault(.unexpectedByte) }
        scanner.offset += 1
    }

    /// Closes the innermost container; says what may follow.
    private mutating func close(
        _ open: inout UInt32, _ depth: inout Int, _ scanner: inout JSONScanner
    ) throws(JSONFault) -> State {
        let index = Int(open)
        let parent = tokens[index].link
        scanner.offset += 1
        tokens[index].end = UInt32(truncatingIfNeeded: scanner.offset)
        tokens[index].link = UInt32(truncatingIfNeeded: tokens.count)
        depth -= 1
        open = parent
        if tokens[index].kind == .object, let twice = duplicateKey(in: index, scanner) {
            let name = JSONText.string(scanner.bytes, tokens[twice])
            throw JSONFault(kind: .duplicateKey(name), offset: Int(tokens[twice].start))
        }
        return depth == 0 ? .done : .separator
    }

    /// The second of two equal keys of one object.
    private func duplicateKey(in object: Int, _ scanner: JSONScanner) -> Int? {
        let end = Int(tokens[object].link)
        var seen: UInt64 = 0
        var suspect = false
        var count = 0
        var key = object + 1
        while key < end {
            let bit: UInt64 = 1 << UInt64(tokens[key].link & 63)
            suspect = suspect || seen & bit != 0
            seen |= bit
            count += 1
            key = Int(tokens[key + 1].link)
        }
        guard suspect else { return nil }
        return count <= 16
            ? firstPair(from: object + 1, to: end, scanner) : sortedPair(from: object + 1, to: end, scanner)
    }

    private func firstPair(from first: Int, to end: Int, _ scanner: JSONScanner) -> Int? {
        var left = first
        while left < end {
            var right = Int(tokens[left + 1].link)
            while right < end {
                if tokens[left].link == tokens[right].link, JSONText.equal(scanner.bytes, tokens[left], tokens[right]) {
                    return right
                }
                right = Int(tokens[right + 1].link)
            }
            left = Int(tokens[left + 1].link)
        }
        return nil
    }

    /// The same for large objects in n log n, whatever the hashes are.
    private func sortedPair(from first: Int, to end: Int, _ scanner: JSONScanner) -> Int? {
        var keys: [Int] = []
        var key = first
        while key < end {
            keys.append(key)
            key = Int(tokens[key + 1].link)
        }
        keys.sort { left, right in
            let (a, b) = (tokens[left], tokens[right])
            guard a.link == b.link else { return a.link < b.link }
            let order = JSONText.compare(scanner.bytes, a, b)
            return order == 0 ? left < right : order < 0
        }
        for (left, right) in zip(keys, keys.dropFirst())
        where tokens[left].link == tokens[right].link && JSONText.equal(scanner.bytes, tokens[left], tokens[right]) {
            return right
        }
        return nil
    }
}
