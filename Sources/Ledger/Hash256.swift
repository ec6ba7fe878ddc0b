/// A SHA-256 value: 32 bytes without a heap allocation.
public struct Hash256: Sendable, Hashable, CustomStringConvertible {
    /// The bytes as they lie in memory, eight at a time.
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// The number of bytes.
    static let size = 32

    /// All zero.
    init() {}

    /// Takes exactly 32 bytes; `nil` for any other number.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    /// Takes exactly 32 bytes out of memory; `nil` for any other number.
    init?(copying bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.size, let start = bytes.baseAddress else { return nil }
        words = start.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self)
    }

    /// Takes the 32 bytes at an address; `nil` where there is none.
    init?(at start: UnsafeRawPointer?) {
        guard let start else { return nil }
        words = start.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self)
    }

    /// Reads 64 hexadecimal digits; `nil` for anything else.
    public init?(hexadecimal text: some StringProtocol) {
        guard let bytes = bytesFromHexadecimal(text) else { return nil }
        self.init(bytes)
    }

    /// Calls `body` with the 32 bytes.
    func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        withUnsafeBytes(of: words, body)
    }

    /// Calls `body` with the 32 bytes, to be overwritten.
    mutating func withUnsafeMutableWords(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
        withUnsafeMutableBytes(of: &words, body)
    }

    /// The 32 bytes.
    public var bytes: [UInt8] { withBytes { Array($0) } }

    /// 64 hexadecimal digits.
    public var description: String { withBytes { hexadecimal($0) } }

    /// Whether all 32 bytes are the same.
    public static func == (a: Hash256, b: Hash256) -> Bool { a.words == b.words }

    /// Feeds the bytes to a hasher.
    public func hash(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: $0) }
    }
}

/// Lower-case hexadecimal digits, two for each byte.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits: StaticString = "0123456789abcdef"
    var out: [UInt8] = []
    for byte in bytes {
        out.append(digits.utf8Start[Int(byte >> 4)])
        out.append(digits.utf8Start[Int(byte & 15)])
    }
    return String(decoding: out, as: UTF8.self)
}

/// Reads an even number of hexadecimal digits of either case; `nil` for anything else.
func bytesFromHexadecimal(_ text: some StringProtocol) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count % 2 == 0 else { return nil }
    var out: [UInt8] = []
    out.reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
        guard let high = nibble(digits[index]), let low = nibble(digits[index + 1]) else { return nil }
        out.append(high << 4 | low)
    }
    return out
}

private func nibble(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
}
