/// Campaign signatures as a STIX 2.1 bundle: hashes only, no text, account, organisation or address.
///
/// Each campaign becomes a `campaign` and an `indicator` of pattern type `sluice-signature`, whose pattern is the
/// signature's bytes in hexadecimal, and a `relationship` between them. Whoever has the same key can look for it.
/// - SeeAlso: OASIS, STIX Version 2.1, sections 4.3, 4.7 and 5.1.
public enum Indicators {
    /// The type of the patterns.
    public static let patternType = "sluice-signature"

    /// The bundle as JSON.
    ///
    /// - Parameter now: The moment of the export, in milliseconds since 1970.
    public static func bundle(_ campaigns: [(name: String, signature: CampaignSignature)], now: Int64) -> String {
        var objects: [String] = []
        let moment = stamp(now)
        for (name, signature) in campaigns {
            let bytes = signature.bytes()
            let campaign = identifier("campaign", bytes)
            let indicator = identifier("indicator", bytes)
            let common = "\"spec_version\":\"2.1\",\"created\":\"\(moment)\",\"modified\":\"\(moment)\""
            objects.append(
                "{\"type\":\"campaign\",\"id\":\"\(campaign)\",\(common),\"name\":\(Verdict.quoted(name)),"
                    + "\"first_seen\":\"\(stamp(signature.first))\",\"last_seen\":\"\(stamp(signature.last))\"}")
            objects.append(
                "{\"type\":\"indicator\",\"id\":\"\(indicator)\",\(common),\"name\":\(Verdict.quoted(name + " signature")),"
                    + "\"indicator_types\":[\"malicious-activity\"],\"pattern_type\":\"\(patternType)\","
                    + "\"pattern_version\":\"1\",\"pattern\":\"\(hexadecimal(bytes))\",\"valid_from\":\"\(stamp(signature.first))\"}"
            )
            objects.append(
                "{\"type\":\"relationship\",\"id\":\"\(identifier("relationship", bytes))\",\(common),"
                    + "\"relationship_type\":\"indicates\",\"source_ref\":\"\(indicator)\",\"target_ref\":\"\(campaign)\"}"
            )
        }
        let all = campaigns.flatMap { $0.signature.bytes() } + Array("\(now)".utf8)
        return
            "{\"type\":\"bundle\",\"id\":\"\(identifier("bundle", all))\",\"objects\":[\(objects.joined(separator: ","))]}\n"
    }

    /// The signature in an indicator's pattern.
    public static func signature(pattern: String) throws(SketchError) -> CampaignSignature {
        let digits = Array(pattern.utf8)
        guard digits.count % 2 == 0 else { throw .notASketch }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]) else { throw .notASketch }
            bytes.append(high << 4 | low)
        }
        return try CampaignSignature(bytes: bytes)
    }

    /// An identifier that is the same for the same content: a UUID of version 8.
    private static func identifier(_ type: String, _ bytes: [UInt8]) -> String {
        let one = KeyedHash(key: (1, 1)).hash(Array(type.utf8) + bytes)
        let two = KeyedHash(key: (2, 2)).hash(Array(type.utf8) + bytes)
        let high = one & ~0xF000 | 0x8000
        let low = two & ~(3 << 62) | 2 << 62
        let digits = hexadecimal(
            [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } })
        var parts: [String] = []
        var rest = Substring(digits)
        for length in [8, 4, 4, 4, 12] {
            parts.append(String(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return "\(type)--\(parts.joined(separator: "-"))"
    }

    private static func stamp(_ time: Int64) -> String {
        let date = Explanation.date(max(0, time)).split(separator: " ")
        let rest = max(0, time) % 60_000
        let seconds = rest / 1000
        let thousandths = String(rest % 1000)
        return "\(date[0])T\(date[1]):\(seconds < 10 ? "0" : "")\(seconds)."
            + String(repeating: "0", count: 3 - thousandths.count) + thousandths + "Z"
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        let digits = Array("0123456789abcdef".utf8)
        for byte in bytes { out += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: out, as: UTF8.self)
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x57
        case 0x41...0x46: digit - 0x37
        default: nil
        }
    }
}
