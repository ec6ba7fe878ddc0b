/// Reads one exchange from a line of JSON.
///
/// Unknown keys are skipped, whatever their value; keys may come in any order. A line is refused when it is no JSON
/// object or lacks `ts_ms` or `account_id`. Texts are used where they lie; only texts with escapes are copied.
public struct ExchangeParser: ~Copyable {
    private var scratch: [[UInt8]] = []
    private var used = 0

    /// A parser; it keeps its scratch memory between lines.
    public init() {}

    /// Why a line was refused.
    enum Refusal: Error {
        case syntax(byte: Int)
        case field(String)
    }

    /// Calls `body` with the exchange on a line; the exchange is valid during the call only.
    ///
    /// - Throws: `ReadingError.notJSON` or `.field`, with the line's number.
    public mutating func read(
        _ bytes: UnsafeRawBufferPointer, line: Int, _ body: (borrowing Exchange) -> Void
    ) throws(ReadingError) {
        used = 0
        do throws(Refusal) {
            let exchange = try parse(bytes)
            body(exchange)
        } catch {
            switch error {
            case .syntax(let byte): throw .notJSON(line: line, byte: byte)
            case .field(let name): throw .field(name, line: line)
            }
        }
    }

    private mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(Refusal) -> Exchange {
        var scanner = LineScanner(bytes)
        var exchange = Exchange()
        var hasTime = false
        try scanner.expect(0x7B)
        if !scanner.skip(0x7D) {
            repeat {
                let (key, _) = try scanner.text()
                try scanner.expect(0x3A)
                try value(of: key, from: &scanner, into: &exchange, &hasTime)
            } while scanner.skip(0x2C)
            try scanner.expect(0x7D)
        }
        guard scanner.isAtEnd else { throw .syntax(byte: scanner.at) }
        guard hasTime else { throw .field("ts_ms") }
        guard !exchange.account.isEmpty else { throw .field("account_id") }
        return exchange
    }

    private mutating func value(
        of key: UnsafeRawBufferPointer, from scanner: inout LineScanner, into exchange: inout Exchange,
        _ hasTime: inout Bool
    ) throws(Refusal) {
        switch key.count {
        case 2 where key.says("ip"): exchange.address = try text(&scanner)
        case 3 where key.says("asn"): exchange.network = try scanner.whole("asn")
        case 5 where key.says("ts_ms"):
            exchange.time = try scanner.whole("ts_ms")
            hasTime = (0..<(1 << 50)).contains(exchange.time)
        case 5 where key.says("model"): exchange.model = try text(&scanner)
        case 6 where key.says("org_id"): exchange.organisation = try text(&scanner)
        case 6 where key.says("status"): exchange.status = try scanner.whole("status")
        case 6 where key.says("stream"): exchange.isStreamed = try scanner.truth("stream")
        case 9 where key.says("has_tools"): exchange.hasTools = try scanner.truth("has_tools")
        case 10 where key.says("account_id"): exchange.account = try text(&scanner)
        case 10 where key.says("max_tokens"): exchange.maxTokens = try scanner.whole("max_tokens")
        case 11 where key.says("prompt_text"): exchange.prompt = try text(&scanner)
        case 11 where key.says("system_hash"): exchange.system = try text(&scanner)
        case 11 where key.says("temperature"): exchange.temperature = try scanner.thousandths("temperature")
        case 12 where key.says("payment_hash"): exchange.payment = try text(&scanner)
        case 13 where key.says("prompt_tokens"): exchange.promptTokens = try scanner.whole("prompt_tokens")
        case 17 where key.says("completion_tokens"):
            exchange.completionTokens = try scanner.whole("completion_tokens")
        case 18 where key.says("client_fingerprint"): exchange.client = try text(&scanner)
        default: try scanner.skipValue()
        }
    }

    /// A text or null (empty); unescaped into scratch memory where it has escapes.
    private mutating func text(_ scanner: inout LineScanner) throws(Refusal) -> UnsafeRawBufferPointer {
        if scanner.skipNull() { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let (raw, hasEscapes) = try scanner.text()
        guard hasEscapes else { return raw }
        if used == scratch.count { scratch.append([]) }
        scratch[used].removeAll(keepingCapacity: true)
        unescape(raw, into: &scratch[used])
        defer { used += 1 }
        // The array is not touched again before the next line, so its storage stays where it is.
        return scratch[used].withUnsafeBytes { $0 }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes are these.
    @inline(__always)
    fileprivate func says(_ text: StaticString) -> Bool {
        guard let base = baseAddress, count == text.utf8CodeUnitCount else { return false }
        let other = text.utf8Start
        for index in 0..<count where base.load(fromByteOffset: index, as: UInt8.self) != other[index] { return false }
        return true
    }
}

/// Resolves JSON's escapes; a broken one becomes U+FFFD.
private func unescape(_ raw: UnsafeRawBufferPointer, into out: inout [UInt8]) {
    var at = 0
    func unit(_ from: Int) -> UInt32? {
        guard from + 4 <= raw.count else { return nil }
        var value: UInt32 = 0
        for byte in raw[from..<from + 4] {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x61...0x66: value = value << 4 | UInt32(byte - 0x57)
            case 0x41...0x46: value = value << 4 | UInt32(byte - 0x37)
            default: return nil
            }
        }
        return value
    }
    while at < raw.count {
        let byte = raw[at]
        guard byte == 0x5C, at + 1 < raw.count else {
            out.append(byte)
            at += 1
            continue
        }
        let kind = raw[at + 1]
        at += 2
        switch kind {
        case 0x6E, 0x72, 0x74, 0x62, 0x66: out.append(0x20)
        case 0x75:
            var scalar = unit(at) ?? 0xFFFD
            at = min(raw.count, at + 4)
            if (0xD800...0xDBFF).contains(scalar), at + 6 <= raw.count, raw[at] == 0x5C, raw[at + 1] == 0x75,
                let low = unit(at + 2), (0xDC00...0xDFFF).contains(low)
            {
                scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
                at += 6
            }
            out.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
        default: out.append(kind)
        }
    }
}
