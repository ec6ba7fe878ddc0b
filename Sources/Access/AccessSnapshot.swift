public import Store

/// Who may ask for what: everything that admission depends on, in one value that is swapped whole.
public struct AccessSnapshot: Sendable, Equatable {
    /// Organisations with their standing, which operators and desks write.
    public var organisations: [OrganisationID: Organisation] = [:]
    /// Accounts.
    public var accounts: [AccountID: Account] = [:]
    /// Keys, by their identifiers; `lastUsed` plays no part here.
    public var keys: [KeyID: KeyRecord] = [:]
    /// Models that are held back from everyone; those not named are active.
    public var models: [String: Standing] = [:]
    /// Limits of accounts, models and organisations' end users, all of them alike.
    public var limits: [LimitHolder: Limits] = [:]
    /// Limits of single end users, by organisation and pseudonym: they hold in the place of those for each of them.
    public var endUserLimits: [OrganisationID: [String: Limits]] = [:]
    /// End users who may not use anything, by organisation and pseudonym.
    public var endUsers: [OrganisationID: [String: Standing]] = [:]
    /// Every price; admission does not look at them.
    public var prices: [PriceRecord] = []
    /// The budgets in force; admission does not look at them.
    public var budgets: [BudgetRecord] = []
    /// The restrictions in force, by identifier.
    public var restrictions: [String: RestrictionRecord] = [:]
    /// The permissions in force, by identifier; admission looks at their times.
    public var permissions: [String: PermissionRecord] = [:]
    /// What desks know of organisations.
    public var facts: [OrganisationID: OrganisationFacts] = [:]
    /// Places under an embargo of the dated rules, by code, with the clause.
    public var embargo: [String: String] = [:]
    /// What groups of accounts may do less of, by identifier; memory only.
    public var curbs: [String: Curb] = [:]
    /// What the pseudonyms of end users are made with; secret.
    public var pseudonymKey: [UInt8] = []

    /// Nobody may do anything.
    public init() {}

    /// Takes the records of a store.
    public init(_ records: AccessRecords) {
        for organisation in records.organisations { organisations[organisation.id] = organisation }
        for account in records.accounts { accounts[account.id] = account }
        for key in records.keys { set(key) }
        models = records.models.filter { $0.value != .active }
        for (holder, limits) in records.limits { set(limits, of: holder) }
        endUsers = records.endUsers
        prices = records.prices
        budgets = records.budgets
        pseudonymKey = records.pseudonymKey
        for record in records.restrictions { restrictions[record.id] = record }
        for record in records.permissions { permissions[record.id] = record }
    }

    /// Adds or replaces a key.
    public mutating func set(_ key: KeyRecord) {
        var key = key
        key.lastUsed = nil
        keys[key.id] = key
    }

    /// Replaces a holder's limits; no limit at all takes them away.
    mutating func set(_ limits: Limits, of holder: LimitHolder) {
        let limits = limits == Limits() ? nil : limits
        guard case .endUser(let organisation, let pseudonym) = holder else {
            self.limits[holder] = limits
            return
        }
        endUserLimits[organisation, default: [:]][pseudonym] = limits
        if endUserLimits[organisation]?.isEmpty == true { endUserLimits[organisation] = nil }
    }
}

/// A set of names, some with a trailing `*` for any ending.
struct Scope: Sendable, Equatable {
    private var exact: Set<String> = []
    private var prefixes: [String] = []

    init(_ names: [String]) {
        for name in names {
            if name.last == "*" {
                prefixes.append(String(name.dropLast()))
            } else {
                exact.insert(name)
            }
        }
    }

    func permits(_ name: String) -> Bool {
        exact.contains(name) || prefixes.contains { name.hasPrefix($0) }
    }
}

/// The SHA-256 hash of a key's secret, as a dictionary's key.
///
/// A fast hash is right here: the secret is 256 random bits, so there is nothing to guess that slowness would protect.
struct KeyHash: Hashable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// - Parameter bytes: 32 bytes; anything else gives no hash.
    init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var words: [UInt64] = [0, 0, 0, 0]
        for (place, byte) in bytes.enumerated() { words[place >> 3] = words[place >> 3] << 8 | UInt64(byte) }
        self.words = (words[0], words[1], words[2], words[3])
    }

    init(_ words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    var half: (UInt64, UInt64) { (words.0, words.1) }

    static func == (one: Self, other: Self) -> Bool { one.words == other.words }

    func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}
