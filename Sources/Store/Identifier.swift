/// The name of one record: a short prefix that says of what, and eleven random letters and digits.
///
/// Fifteen bytes in all, so that Swift keeps the string inline: copying one costs no reference count.
public struct Identifier<Subject>: Hashable, Sendable, CustomStringConvertible {
    /// The text, for example `org_4fGh82kQzLm`.
    public let text: String

    /// Takes an identifier as it stands in the store.
    public init(_ text: String) {
        self.text = text
    }

    /// The text itself.
    public var description: String { text }

    static func random(prefix: String) -> Self {
        var generator = SystemRandomNumberGenerator()
        var text = prefix
        for _ in 0..<11 {
            let letter = alphabet[
                alphabet.index(alphabet.startIndex, offsetBy: Int.random(in: 0..<62, using: &generator))]
            text.unicodeScalars.append(letter)
        }
        return Self(text)
    }

    private static var alphabet: String.UnicodeScalarView {
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".unicodeScalars
    }
}

/// The identifier of an organisation, `org_…`.
public typealias OrganisationID = Identifier<Organisation>

/// The identifier of an account, `acc_…`.
public typealias AccountID = Identifier<Account>

/// The identifier of a key, `key_…`; it is no secret.
public typealias KeyID = Identifier<KeyRecord>

extension Identifier where Subject == Organisation {
    /// A new, random identifier.
    public static func random() -> Self { random(prefix: "org_") }
}

extension Identifier where Subject == Account {
    /// A new, random identifier.
    public static func random() -> Self { random(prefix: "acc_") }
}

extension Identifier where Subject == KeyRecord {
    /// A new, random identifier.
    public static func random() -> Self { random(prefix: "key_") }
}

/// The identifier of a budget, `bud_…`.
public typealias BudgetID = Identifier<BudgetRecord>

extension Identifier where Subject == BudgetRecord {
    /// A new, random identifier.
    public static func random() -> Self { random(prefix: "bud_") }
}
