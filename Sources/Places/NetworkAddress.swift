/// An IPv4 or IPv6 address as 128 bits; an IPv4 address is mapped (`::ffff:a.b.c.d`).
public struct NetworkAddress: Sendable, Hashable {
    /// The upper half.
    let high: UInt64
    /// The lower half.
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Four bytes, the first first; nil for another number.
    public init?(v4 bytes: [UInt8]) {
        guard bytes.count == 4 else { return nil }
        self.init(high: 0, low: 0xFFFF_0000_0000 | bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    /// Sixteen bytes, the first first; nil for another number.
    public init?(v6 bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.init(
            high: bytes[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) },
            low: bytes[8...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    /// The same for the same network of a customer: IPv6 addresses count by their first 64 bits.
    public var customer: NetworkAddress { isV4 ? self : NetworkAddress(high: high, low: 0) }

    /// Whether it is an IPv4 address.
    public var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// The network of a customer as text: `192.0.2.7`, or the first 64 bits of IPv6 as `2001:db8:0:7`.
    public var customerText: String {
        guard isV4 else {
            return (0..<4).map { String(high >> UInt64(48 - 16 * $0) & 0xFFFF, radix: 16) }.joined(separator: ":")
        }
        return (0..<4).map { String(low >> UInt64(24 - 8 * $0) & 0xFF) }.joined(separator: ".")
    }

    /// The bit at a place of the 128, from 0, the most significant.
    func bit(_ place: Int) -> Int {
        place < 64 ? Int(high >> UInt64(63 - place) & 1) : Int(low >> UInt64(127 - place) & 1)
    }

    /// Reads `192.0.2.7`, `2001:db8::7`, `[2001:db8::7]:443` or `192.0.2.7:443`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        var bytes = Array(text.utf8.drop { $0 == 0x20 || $0 == 0x09 })
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        guard (2...64).contains(bytes.count) else { return nil }
        if bytes[0] == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            bytes = Array(bytes[1..<end])
        } else if bytes.count(where: { $0 == UInt8(ascii: ":") }) == 1, bytes.contains(UInt8(ascii: ".")) {
            bytes = Array(bytes.prefix { $0 != UInt8(ascii: ":") })
        }
        if bytes.contains(UInt8(ascii: ":")) {
            guard let six = Self.six(bytes) else { return nil }
            self = six
        } else {
            guard let four = Self.four(bytes[...]) else { return nil }
            self.init(v4: four)
        }
    }

    private static func four(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var numbers: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            let number = part.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            guard number < 256, part.count == 1 || part.first != 0x30 else { return nil }
            numbers.append(UInt8(number))
        }
        return numbers
    }

    private static func six(_ bytes: [UInt8]) -> NetworkAddress? {
        var bytes = bytes.prefix { $0 != UInt8(ascii: "%") }
        var tail: [UInt16] = []
        if bytes.contains(UInt8(ascii: ".")) {
            guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")), let four = four(bytes[(colon + 1)...]) else {
                return nil
            }
            tail = [UInt16(four[0]) << 8 | UInt16(four[1]), UInt16(four[2]) << 8 | UInt16(four[3])]
            bytes = bytes[...colon]
            // `::1.2.3.4` keeps both colons; `1:1.2.3.4` loses the one between.
            if bytes.count < 2 || bytes[colon - 1] != UInt8(ascii: ":") { bytes = bytes.dropLast() }
        }
        var halves: [[UInt16]] = [[]]
        var index = bytes.startIndex
        if bytes.starts(with: [UInt8(ascii: ":"), UInt8(ascii: ":")]) {
            halves.append([])
            index += 2
        } else if bytes.first == UInt8(ascii: ":") {
            return nil
        }
        while index < bytes.endIndex {
            var value: UInt32 = 0
            var digits = 0
            while index < bytes.endIndex, let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue {
                value = value << 4 | UInt32(digit)
                digits += 1
                index += 1
                guard digits <= 4 else { return nil }
            }
            guard digits > 0 else { return nil }
            halves[halves.count - 1].append(UInt16(truncatingIfNeeded: value))
            guard index < bytes.endIndex else { break }
            guard bytes[index] == UInt8(ascii: ":") else { return nil }
            index += 1
            guard index < bytes.endIndex else { return nil }
            if bytes[index] == UInt8(ascii: ":") {
                guard halves.count == 1 else { return nil }
                halves.append([])
                index += 1
            }
        }
        halves[halves.count - 1] += tail
        let count = halves.reduce(0) { $0 + $1.count }
        guard halves.count == 1 ? count == 8 : count <= 7 else { return nil }
        let words =
            halves.count == 1 ? halves[0] : halves[0] + Array(repeating: UInt16(0), count: 8 - count) + halves[1]
        func half(_ words: ArraySlice<UInt16>) -> UInt64 { words.reduce(UInt64(0)) { $0 << 16 | UInt64($1) } }
        return NetworkAddress(high: half(words[..<4]), low: half(words[4...]))
    }
}

/// Networks, each an address and how many of its leading bits count.
public struct AddressSet: Sendable, Equatable {
    private var networks: [Network] = []

    private struct Network: Sendable, Equatable {
        let address: NetworkAddress
        let bits: Int
    }

    /// No network.
    public init() {}

    /// Reads networks such as `10.0.0.0/8, 2001:db8::/32, 192.0.2.7`, parted by commas or spaces.
    ///
    /// - Returns: nil, and what cannot be read in `wrong`.
    public init?(_ text: some StringProtocol, wrong: inout String) {
        for word in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            let parts = word.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count <= 2, let address = NetworkAddress(parts[0]) else {
                wrong = String(word)
                return nil
            }
            let most = address.isV4 ? 32 : 128
            let bits = parts.count == 2 ? Int(parts[1]) ?? -1 : most
            guard (0...most).contains(bits) else {
                wrong = String(word)
                return nil
            }
            networks.append(Network(address: address, bits: address.isV4 ? bits + 96 : bits))
        }
    }

    /// Whether an address is in one of them.
    public func contains(_ address: NetworkAddress) -> Bool {
        networks.contains { network in
            func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits)) }
            let (high, low) = (mask(network.bits), mask(network.bits - 64))
            return address.high & high == network.address.high & high
                && address.low & low == network.address.low & low
        }
    }
}

extension NetworkAddress: CustomStringConvertible {
    /// Reads `192.0.2.7` or `2001:db8::7`, without a port; nil for anything else.
    public init?(literal text: some StringProtocol) {
        let colons = text.utf8.count { $0 == UInt8(ascii: ":") }
        // One colon is a port's; brackets and zones are no part of an address.
        guard colons != 1, text.utf8.allSatisfy({ Self.isOfLiteral($0) }) else { return nil }
        self.init(text)
    }

    private static func isOfLiteral(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || (0x30...0x3A).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }

    /// The address as it is written: `192.0.2.7`, `2001:db8::7` (RFC 5952).
    public var description: String {
        if isV4 {
            return stride(from: 24, through: 0, by: -8).map { "\(low >> UInt64($0) & 255)" }.joined(separator: ".")
        }
        let groups = [high, low].flatMap { half in
            stride(from: 48, through: 0, by: -16).map { half >> UInt64($0) & 0xFFFF }
        }
        var (start, length, at) = (0, 0, 0)
        while at < 8 {
            let run = groups[at...].prefix { $0 == 0 }.count
            if run > length { (start, length) = (at, run) }
            at += max(1, run)
        }
        func text(_ part: ArraySlice<UInt64>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
        guard length > 1 else { return text(groups[...]) }
        return text(groups[..<start]) + "::" + text(groups[(start + length)...])
    }
}
