/// A conversation as a number, and the order in which it prefers model servers.
///
/// Requests of one conversation have the same number and so prefer the same server, which still holds their prefix in its
/// cache. A server that comes or goes moves only its own share of the conversations (highest random weight, Thaler and
/// Ravishankar 1998; weighted after Mosko and others 2014).
public struct Affinity: Sendable, Hashable {
    /// The number itself.
    public let value: UInt64

    /// The conversation of an organisation that begins with these texts, or that a header names.
    public init(organisation: String) {
        value = Self.mixed(organisation.utf8, into: 0x9E37_79B9_7F4A_7C15)
    }

    private init(value: UInt64) { self.value = value }

    /// The same, with one text more; the order of texts counts, and so do the places where they end.
    public func adding(_ bytes: some Sequence<UInt8>) -> Affinity {
        Affinity(value: Self.mixed(bytes, into: value))
    }

    /// How much this conversation wants a server: the highest wins.
    ///
    /// - Parameters:
    ///   - server: A number that stays with the server.
    ///   - weight: Its share of the conversations, above 0.
    func preference(for server: UInt64, weight: Double) -> Double {
        // A number in (0, 1), and -w / ln of it.
        let unit = (Double(Self.finished(value ^ server) >> 11) + 0.5) / Double(UInt64(1) << 53)
        return weight / Self.negativeLogarithm(unit)
    }

    /// FNV-1a over the bytes and their count, finished once.
    private static func mixed(_ bytes: some Sequence<UInt8>, into start: UInt64) -> UInt64 {
        var hash = start ^ 0xCBF2_9CE4_8422_2325
        var count: UInt64 = 0
        for byte in bytes {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
            count &+= 1
        }
        return finished(hash ^ count &* 0x9E37_79B9_7F4A_7C15)
    }

    /// The finaliser of SplitMix64: every bit of the input reaches every bit of the output.
    static func finished(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// -ln x for x in (0, 1), without a mathematics library: exponent and a series for the rest.
    private static func negativeLogarithm(_ x: Double) -> Double {
        let exponent = Double(x.exponent)
        let y = (x.significand - 1) / (x.significand + 1)
        let square = y * y
        var term = y
        var sum = 0.0
        for odd in stride(from: 1.0, through: 25, by: 2) {
            sum += term / odd
            term *= square
        }
        return -(exponent * 0.693_147_180_559_945_3 + 2 * sum)
    }
}
