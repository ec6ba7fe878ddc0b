import Crypto

/// Names for what leaves the house: they change with the period, and only who has the key can say whose they were.
///
/// A pseudonym is its kind, the period and a keyed hash of the identifier, under a key that is derived for that period alone. Within a
/// period the same party has the same name; across periods nothing links the two.
public struct Pseudonyms: Sendable {
    /// How long a party keeps a name.
    public enum Period: String, Sendable, CaseIterable {
        case day, month, year
    }

    /// What is named.
    public enum Kind: String, Sendable, CaseIterable {
        case organisation = "org"
        case account = "acc"
        case key = "key"
        case endUser = "usr"
        case permission = "per"
    }

    /// A pseudonym taken apart.
    public struct Parts: Sendable, Equatable {
        /// What it names.
        public let kind: Kind
        /// The period, as `2026-11`.
        public let label: String
        /// The period's length, which the label tells.
        public let period: Period

        /// Reads a pseudonym; nil for what is none.
        public init?(_ text: String) {
            let parts = text.split(separator: "_", omittingEmptySubsequences: false)
            guard parts.count == 3, let kind = Kind(rawValue: String(parts[0])), parts[2].utf8.count == 13,
                parts[2].utf8.allSatisfy({ Pseudonyms.letters.contains($0) }),
                parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2D })
            else { return nil }
            switch parts[1].utf8.count {
            case 4: period = .year
            case 7: period = .month
            case 10: period = .day
            default: return nil
            }
            self.kind = kind
            label = String(parts[1])
        }
    }

    /// The number of bytes of the key.
    public static let keySize = 32

    /// How long a party keeps a name.
    public let period: Period
    private let key: SymmetricKey

    /// Takes the key that all of them are made with.
    ///
    /// - Returns: nil unless the key has 32 bytes.
    public init?(key: [UInt8], period: Period = .month) {
        guard key.count == Self.keySize else { return nil }
        self.key = SymmetricKey(data: key)
        self.period = period
    }

    /// The period in which a moment lies, in UTC; milliseconds since 1970.
    public func label(at time: Int64) -> String {
        let text = formattedTime(min(max(0, time), 253_402_300_799_999))
        return String(text.prefix(period == .year ? 4 : period == .month ? 7 : 10))
    }

    /// The name of a party in the period of a moment; an empty identifier stays empty.
    public func name(_ kind: Kind, _ identifier: String, at time: Int64) -> String {
        identifier.isEmpty ? "" : name(kind, identifier, in: label(at: time))
    }

    /// The name of a party in a period.
    public func name(_ kind: Kind, _ identifier: String, in label: String) -> String {
        let salt = Array("sluice/pseudonyms/v1/\(label)".utf8)
        let ofPeriod = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, salt: salt, info: [UInt8](), outputByteCount: Self.keySize)
        let code = HMAC<SHA256>.authenticationCode(for: Array("\(kind.rawValue)\n\(identifier)".utf8), using: ofPeriod)
        var bits: UInt64 = 0
        for byte in code.prefix(8) { bits = bits << 8 | UInt64(byte) }
        var text = ""
        for _ in 0..<13 {
            text.unicodeScalars.append(Unicode.Scalar(Self.letters[Int(bits & 31)]))
            bits >>= 5
        }
        return "\(kind.rawValue)_\(label)_\(text)"
    }

    fileprivate static let letters = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
}

extension LedgerEntry {
    /// The record as one JSON object for somebody outside: parties by pseudonym, no salts, no chain value to test guesses with.
    ///
    /// - Returns: nil for acts, which are about named parties and people.
    public func json(_ pseudonyms: Pseudonyms) -> String? {
        switch record {
        case .act: return nil
        case .completion(var completion):
            let ids = completion.permission.split(separator: " ")
            completion.permission = ids.map { pseudonyms.name(.permission, String($0), at: completion.time) }
                .joined(separator: " ")
            return replaced(.completion(completion)).outsideJSON
        case .admission(let admission): return replaced(.admission(admission.named(pseudonyms))).outsideJSON
        case .interruption, .growth: return outsideJSON
        }
    }

    /// The identifiers of a kind that the record holds, with the moment they count at.
    public func identifiers(_ kind: Pseudonyms.Kind) -> (identifiers: [String], time: Int64) {
        switch record {
        case .admission(let admission):
            let time = admission.time
            return switch kind {
            case .organisation: ([admission.organisation], time)
            case .account: ([admission.account], time)
            case .key: ([admission.key], time)
            case .endUser: ([admission.endUser], time)
            case .permission: (admission.permission.split(separator: " ").map(String.init), time)
            }
        case .completion(let completion) where kind == .permission:
            return (completion.permission.split(separator: " ").map(String.init), completion.time)
        default: return ([], 0)
        }
    }

    private func replaced(_ record: LedgerRecord) -> LedgerEntry {
        LedgerEntry(sequence: sequence, file: file, offset: offset, chain: chain, record: record)
    }
}

extension Admission {
    fileprivate func named(_ pseudonyms: Pseudonyms) -> Admission {
        var named = self
        named.organisation = pseudonyms.name(.organisation, organisation, at: time)
        named.account = pseudonyms.name(.account, account, at: time)
        named.key = pseudonyms.name(.key, key, at: time)
        named.endUser = pseudonyms.name(.endUser, endUser, at: time)
        named.permission = permission.split(separator: " ").map {
            pseudonyms.name(.permission, String($0), at: time)
        }.joined(separator: " ")
        return named
    }
}
