import Crypto
import CryptoExtras

/// A password as it is kept: scrypt (RFC 7914) with a salt of its own.
///
/// The text is the form that other programs use as well: `$scrypt$ln=15,r=8,p=3$SALT$KEY`.
public struct PasswordHash: Sendable, Equatable {
    /// What computing one hash costs.
    public struct Cost: Sendable, Equatable {
        /// The power of two of the memory cost; 15 with `blockSize` 8 is 32 MiB.
        public var logRounds: Int
        /// The size of a block, in 128 bytes.
        public var blockSize: Int
        /// How often it is done.
        public var parallelism: Int

        /// The cost that the deployment's passwords have: 32 MiB, three times.
        public static let standard = Cost(logRounds: 15, blockSize: 8, parallelism: 3)

        /// Takes the three as they are.
        public init(logRounds: Int, blockSize: Int, parallelism: Int) {
            self.logRounds = logRounds
            self.blockSize = blockSize
            self.parallelism = parallelism
        }

        var isSensible: Bool {
            (1...20).contains(logRounds) && (1...32).contains(blockSize) && (1...16).contains(parallelism)
        }
    }

    let cost: Cost
    let salt: [UInt8]
    let key: [UInt8]

    /// Hashes a password; this takes a good part of a second and the cost's memory.
    init(_ password: String, cost: Cost = .standard) {
        salt = randomBytes(16)
        self.cost = cost
        key = Self.derive(password, salt, cost) ?? []
    }

    /// A hash that no password has: comparing with it takes as long as with any other, making it no time.
    init(ofNobodyAt cost: Cost) {
        (self.cost, salt, key) = (cost, randomBytes(16), randomBytes(32))
    }

    /// A hash as it was stored; nil if the text is none.
    init?(stored text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt" else { return nil }
        let numbers = parts[2].split(separator: ",").map { $0.split(separator: "=") }
        guard numbers.count == 3, numbers.map({ $0.first ?? "" }) == ["ln", "r", "p"],
            let ln = Int(numbers[0].last ?? ""), let r = Int(numbers[1].last ?? ""), let p = Int(numbers[2].last ?? "")
        else { return nil }
        let cost = Cost(logRounds: ln, blockSize: r, parallelism: p)
        guard cost.isSensible, let salt = Base64URL.decode(parts[3]), let key = Base64URL.decode(parts[4]),
            salt.count == 16, key.count == 32
        else { return nil }
        (self.cost, self.salt, self.key) = (cost, salt, key)
    }

    /// The text that is stored.
    var text: String {
        "$scrypt$ln=\(cost.logRounds),r=\(cost.blockSize),p=\(cost.parallelism)"
            + "$\(Base64URL.encode(salt))$\(Base64URL.encode(key))"
    }

    /// Whether this is the password, in a time that does not depend on it.
    func matches(_ password: String) -> Bool {
        guard key.count == 32, let derived = Self.derive(password, salt, cost) else { return false }
        return isEqual(derived, key)
    }

    /// RFC 7914's function; nil for an empty password, or where memory is short.
    static func derive(_ password: String, _ salt: [UInt8], _ cost: Cost, bytes: Int = 32) -> [UInt8]? {
        guard cost.isSensible, !password.isEmpty, !salt.isEmpty else { return nil }
        let key = try? KDF.Scrypt.deriveKey(
            from: Array(password.utf8), salt: salt, outputByteCount: bytes, rounds: 1 << cost.logRounds,
            blockSize: cost.blockSize, parallelism: cost.parallelism)
        return key.map { $0.withUnsafeBytes { Array($0) } }
    }
}

/// What a password must be: long, not a run, not the name; no rules about kinds of characters (NIST SP 800-63B §5.1.1.2).
enum PasswordRule {
    static let length = 12...1024

    private static let common = [
        "password", "passwort", "qwerty", "asdfgh", "letmein", "welcome", "administrator", "sluice", "123456", "abcdef",
        "woaini", "iloveyou",
    ]

    /// - Throws: `PeopleError.invalid` with the way out.
    static func check(_ password: String, of name: String) throws(PeopleError) {
        guard length.contains(password.utf8.count) else {
            throw .invalid(field: "password", message: "must have \(length.lowerBound) to \(length.upperBound) bytes")
        }
        let lower = password.lowercased()
        var rest = lower
        for word in common + [name] where !word.isEmpty { rest = rest.replacing(word, with: "") }
        guard Set(lower).count >= 5, rest.count >= 6 else {
            throw .invalid(
                field: "password", message: "is easy to guess; several words that do not belong together are good")
        }
    }
}
