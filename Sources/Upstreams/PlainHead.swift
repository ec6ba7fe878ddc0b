package import NIOHTTP1

/// The head of a message of HTTP/1.1 that is plain: of such a form that all readers of HTTP agree on where it ends and on what follows it.
///
/// Plain is (RFC 9112): lines that end in CR LF, names of letters, digits, `-` and `_`, one space before a value at most and none behind
/// it, values of printable ASCII, and a length and what becomes of the connection told at most once each. A request is a `GET` or a `POST` of a
/// path; an answer tells its end by a length or by chunks, and has a body by its status. All else is not wrong; it is left to NIO's decoder.
package struct PlainHead {
    /// What stands on the first line.
    package enum Start: Equatable {
        case request(HTTPMethod, target: String)
        case answer(HTTPResponseStatus)
    }

    /// How the end of the body shows.
    package enum Framing: Equatable {
        /// After so many bytes.
        case length(Int)
        case chunks
    }

    /// What reading a head came to.
    package enum Outcome {
        /// A head, and its bytes.
        case plain(PlainHead, size: Int)
        /// Plain so far.
        case incomplete
        case foreign
    }

    package let start: Start
    package let headers: HTTPHeaders
    package let framing: Framing
    /// Whether no other message follows on the connection.
    package let isLast: Bool

    /// Reads the head of a request or of an answer at the beginning of `bytes`.
    package static func read(_ bytes: UnsafeRawBufferPointer, isRequest: Bool) -> Outcome {
        var scan = PlainScan(bytes)
        guard let line = isRequest ? scan.requestLine() : scan.statusLine() else { return scan.missing }
        // Where each field's name and value begin and end; strings are made once all of the head is known to be plain.
        return withUnsafeTemporaryAllocation(of: PlainScan.Field.self, capacity: mostFields) { fields in
            var count = 0
            while !scan.isAtEnd {
                guard count < mostFields, let field = scan.field() else {
                    return count < mostFields ? scan.missing : .foreign
                }
                fields[count] = field
                count += 1
            }
            guard scan.endOfHead() else { return scan.missing }
            guard let head = PlainHead(line, bytes, fields[..<count], isRequest) else { return .foreign }
            return .plain(head, size: scan.at)
        }
    }

    /// Fields of one head; one with more is not plain.
    private static let mostFields = 64

    private init?(
        _ line: PlainScan.Line, _ bytes: UnsafeRawBufferPointer,
        _ fields: Slice<UnsafeMutableBufferPointer<PlainScan.Field>>, _ isRequest: Bool
    ) {
        var headers: [(String, String)] = []
        headers.reserveCapacity(fields.count)
        var length: Int?
        var isChunked = false
        var isLast: Bool?
        for field in fields {
            let name = UnsafeRawBufferPointer(rebasing: bytes[field.name])
            let value = UnsafeRawBufferPointer(rebasing: bytes[field.value])
            switch PlainScan.meaning(of: name) {
            case .none: break
            case .length:
                guard length == nil, let told = PlainScan.number(value) else { return nil }
                length = told
            case .coding:
                guard !isRequest, !isChunked, PlainScan.isEqual(value, "chunked") else { return nil }
                isChunked = true
            case .connection:
                let closes = PlainScan.isEqual(value, "close")
                guard isLast == nil, closes || PlainScan.isEqual(value, "keep-alive") else { return nil }
                isLast = closes
            case .foreign: return nil
            }
            headers.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
        guard !isChunked || length == nil, isRequest || isChunked || length != nil else { return nil }
        self.headers = HTTPHeaders(headers)
        self.isLast = isLast ?? false
        framing = isChunked ? .chunks : .length(length ?? 0)
        switch line {
        case .request(let method, let target):
            start = .request(
                method, target: String(decoding: UnsafeRawBufferPointer(rebasing: bytes[target]), as: UTF8.self))
        case .answer(let code): start = .answer(HTTPResponseStatus(statusCode: code))
        }
    }
}

/// Goes over the bytes of a head, line by line.
struct PlainScan {
    enum Line {
        case request(HTTPMethod, target: Range<Int>)
        case answer(Int)
    }

    /// Where a field's name and value begin and end; small, so that those of a head lie on the stack.
    struct Field {
        private let bounds: (UInt16, UInt16, UInt16, UInt16)

        /// Nil beyond what a head may have.
        init?(name: Range<Int>, value: Range<Int>) {
            guard value.upperBound <= UInt16.max else { return nil }
            bounds = (
                UInt16(name.lowerBound), UInt16(name.upperBound), UInt16(value.lowerBound), UInt16(value.upperBound)
            )
        }

        var name: Range<Int> { Int(bounds.0)..<Int(bounds.1) }
        var value: Range<Int> { Int(bounds.2)..<Int(bounds.3) }
    }

    /// What a field says of the message's form.
    enum Meaning { case none, length, coding, connection, foreign }

    private let bytes: UnsafeRawBufferPointer
    private(set) var at = 0
    /// Whether what could not be read may still come.
    private var isCut = false

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// What a head is of which a piece could not be read.
    var missing: PlainHead.Outcome { isCut ? .incomplete : .foreign }

    /// Whether the next line is the empty one.
    var isAtEnd: Bool { at < bytes.count && bytes[at] == UInt8(ascii: "\r") }

    mutating func requestLine() -> Line? {
        let method: HTTPMethod
        if at < bytes.count, bytes[at] == UInt8(ascii: "G") {
            guard word("GET ") else { return nil }
            method = .GET
        } else {
            guard word("POST ") else { return nil }
            method = .POST
        }
        let start = at
        guard at >= bytes.count || bytes[at] == UInt8(ascii: "/") else { return nil }
        while at < bytes.count, Self.isOf(Self.targets, bytes[at]) { at += 1 }
        let target = start..<at
        return word(" HTTP/1.1\r\n") ? .request(method, target: target) : nil
    }

    mutating func statusLine() -> Line? {
        guard word("HTTP/1.1 ") else { return nil }
        guard bytes.count - at > 3 else { return cut() }
        var code = 0
        for _ in 0..<3 {
            let digit = bytes[at] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            code = code * 10 + Int(digit)
            at += 1
        }
        guard word(" "), (200...599).contains(code), code != 204, code != 304 else { return nil }
        _ = text()
        return word("\r\n") ? .answer(code) : nil
    }

    mutating func field() -> Field? {
        let start = at
        while at < bytes.count, Self.isOf(Self.names, bytes[at]) { at += 1 }
        let name = start..<at
        guard at < bytes.count else { return cut() }
        guard !name.isEmpty, bytes[at] == UInt8(ascii: ":") else { return nil }
        at += 1
        if at < bytes.count, bytes[at] == UInt8(ascii: " ") { at += 1 }
        let value = text()
        guard word("\r\n") else { return nil }
        let space = UInt8(ascii: " ")
        guard !value.isEmpty, bytes[value.lowerBound] != space, bytes[value.upperBound - 1] != space else { return nil }
        return Field(name: name, value: value)
    }

    mutating func endOfHead() -> Bool { word("\r\n") }

    /// Printable ASCII.
    private mutating func text() -> Range<Int> {
        let start = at
        while bytes.count - at >= 8, HeadBytes.arePrintable(bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)) {
            at += 8
        }
        while at < bytes.count, bytes[at] >= 0x20, bytes[at] < 0x7F { at += 1 }
        return start..<at
    }

    /// Takes exactly these characters.
    private mutating func word(_ word: StaticString) -> Bool {
        for offset in 0..<word.utf8CodeUnitCount {
            guard at < bytes.count else {
                isCut = true
                return false
            }
            guard bytes[at] == word.utf8Start[offset] else { return false }
            at += 1
        }
        return true
    }

    private mutating func cut<T>() -> T? {
        isCut = true
        return nil
    }
}

// What single names and values say.
extension PlainScan {
    static func meaning(of name: UnsafeRawBufferPointer) -> Meaning {
        switch name.count {
        case 10 where isEqual(name, "connection"): .connection
        case 14 where isEqual(name, "content-length"): .length
        case 17 where isEqual(name, "transfer-encoding"): .coding
        case 7 where isEqual(name, "upgrade") || isEqual(name, "trailer"): .foreign
        case 16 where isEqual(name, "proxy-connection"): .foreign
        default: .none
        }
    }

    /// Whether they are the same but for the case of letters; `word` is lower case.
    static func isEqual(_ bytes: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        for (offset, byte) in bytes.enumerated() {
            let isCapital = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            guard (isCapital ? byte | 0x20 : byte) == word.utf8Start[offset] else { return false }
        }
        return true
    }

    /// A number of up to 15 digits.
    static func number(_ digits: UnsafeRawBufferPointer) -> Int? {
        guard digits.count <= 15 else { return nil }
        var number = 0
        for byte in digits {
            let digit = byte &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            number = number * 10 + Int(digit)
        }
        return number
    }

    /// A set of characters of ASCII as bits.
    typealias Characters = (low: UInt64, high: UInt64)

    static func isOf(_ set: Characters, _ byte: UInt8) -> Bool {
        let bits = byte < 64 ? set.low : byte < 128 ? set.high : 0
        return bits >> UInt64(byte & 63) & 1 != 0
    }

    // Constants, and not made from their characters when they are first used: they are looked at for every byte of a head.
    /// What names of fields are made of here: letters, digits, `-` and `_`.
    static let names: Characters = (0x03FF_2000_0000_0000, 0x07FF_FFFE_87FF_FFFE)
    /// What paths and queries are made of (RFC 3986, without a fragment): the same, and `!$%&'()*+,./:;=?@~`.
    static let targets: Characters = (0xAFFF_FFF2_0000_0000, 0x47FF_FFFE_87FF_FFFF)
}
