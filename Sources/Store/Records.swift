/// How much may be used; `nil` is without limit.
public struct Limits: Sendable, Equatable {
    /// Requests in any 60 seconds, 1 to 10⁹.
    public var requestsPerMinute: Int?
    /// Tokens in any 60 seconds, 1 to 10¹².
    public var tokensPerMinute: Int?
    /// Exchanges that run at the same time, 1 to 10⁹.
    public var concurrency: Int?

    /// The limits given, and none else.
    public init(requestsPerMinute: Int? = nil, tokensPerMinute: Int? = nil, concurrency: Int? = nil) {
        self.requestsPerMinute = requestsPerMinute
        self.tokensPerMinute = tokensPerMinute
        self.concurrency = concurrency
    }
}

/// Whether an organisation or a model may be used today.
public enum Standing: Sendable, Equatable {
    case active
    /// Stopped by a desk until it has decided; the reason is a code or a short sentence for the client.
    case held(reason: String)
    /// Stopped by an operator.
    case suspended(reason: String)
}

/// Who asks: a legal person with accounts and keys.
public struct Organisation: Sendable, Equatable {
    /// Its identifier.
    public let id: OrganisationID
    /// Its name, unique whatever the case, in any script.
    public var name: String
    /// Whether it may use anything.
    public var standing: Standing
    /// What all its keys together may use.
    public var limits: Limits
    /// When it was made, milliseconds since 1970.
    public let created: Int64

    /// Takes the parts as they are; names are checked by `AccessService`.
    public init(
        id: OrganisationID, name: String, standing: Standing = .active, limits: Limits = Limits(), created: Int64
    ) {
        self.id = id
        self.name = name
        self.standing = standing
        self.limits = limits
        self.created = created
    }
}

/// A part of an organisation that holds keys, for example a team or a project.
public struct Account: Sendable, Equatable {
    /// Its identifier.
    public let id: AccountID
    /// Whose it is.
    public let organisation: OrganisationID
    /// Its name, unique in the organisation.
    public var name: String
    /// When it was made, milliseconds since 1970.
    public let created: Int64

    /// Takes the parts as they are.
    public init(id: AccountID, organisation: OrganisationID, name: String, created: Int64) {
        self.id = id
        self.organisation = organisation
        self.name = name
        self.created = created
    }
}

/// A key without its secret: of that, only the SHA-256 hash is kept.
public struct KeyRecord: Sendable, Equatable {
    /// Its identifier.
    public let id: KeyID
    /// Whose it is.
    public let organisation: OrganisationID
    /// The account of that organisation that it belongs to.
    public let account: AccountID
    /// SHA-256 of the whole secret, 32 bytes.
    public let hash: [UInt8]
    /// The first characters of the secret, to tell keys apart on a screen.
    public let hint: String
    /// What it is for, in its owner's words.
    public var name: String
    /// The models it may use, `nil` for all; a trailing `*` stands for any ending.
    public var models: [String]?
    /// The routes it may use, `nil` for all; a trailing `*` stands for any ending.
    public var routes: [String]?
    /// What this key and those it replaced may use.
    public var limits: Limits
    /// When it was made, milliseconds since 1970.
    public let created: Int64
    /// From when on it is refused, milliseconds since 1970; `nil` is never.
    public var expires: Int64?
    /// When it was revoked, milliseconds since 1970.
    public var revoked: Int64?
    /// The first key of its line of rotations; itself if it replaced none.
    ///
    /// One line shares one set of limits.
    public let family: KeyID
    /// The key that replaced it.
    public var replacedBy: KeyID?
    /// When it last opened an exchange, milliseconds since 1970, a few seconds late.
    public var lastUsed: Int64?

    /// Takes the parts as they are.
    public init(
        id: KeyID, organisation: OrganisationID, account: AccountID, hash: [UInt8], hint: String, name: String,
        models: [String]? = nil, routes: [String]? = nil, limits: Limits = Limits(), created: Int64,
        expires: Int64? = nil, revoked: Int64? = nil, family: KeyID? = nil, replacedBy: KeyID? = nil,
        lastUsed: Int64? = nil
    ) {
        self.id = id
        self.organisation = organisation
        self.account = account
        self.hash = hash
        self.hint = hint
        self.name = name
        self.models = models
        self.routes = routes
        self.limits = limits
        self.created = created
        self.expires = expires
        self.revoked = revoked
        self.family = family ?? id
        self.replacedBy = replacedBy
        self.lastUsed = lastUsed
    }
}

/// Who changed what, and when; the store only ever adds to these.
public struct ChangeEvent: Sendable, Equatable {
    /// Milliseconds since 1970.
    public var time: Int64
    /// Who did it: a person's name, `unix:` and the system's user, `admin-token`, `command`.
    public var actor: String
    /// What was done, for example `key.revoke`.
    public var action: String
    /// The identifier of what it was done to.
    public var subject: String
    /// What changed, as facts without secrets.
    public var detail: [String: String]

    /// Takes the parts as they are; the role, the session and the reason of whoever asks in this task are added.
    public init(time: Int64, actor: String, action: String, subject: String, detail: [String: String] = [:]) {
        self.time = time
        self.actor = actor
        self.action = action
        self.subject = subject
        self.detail = detail.merging(Caller.current?.facts ?? [:]) { own, _ in own }
    }
}

/// All that admission depends on, as the store holds it.
public struct AccessRecords: Sendable, Equatable {
    /// Every organisation.
    public var organisations: [Organisation]
    /// Every account.
    public var accounts: [Account]
    /// Every key, revoked ones too.
    public var keys: [KeyRecord]
    /// Models that are not served to anyone at present, by name; those not named are active.
    public var models: [String: Standing]
    /// Limits of those that are neither keys nor organisations.
    public var limits: [LimitHolder: Limits]
    /// End users who may not use anything, by organisation and pseudonym.
    public var endUsers: [OrganisationID: [String: Standing]]
    /// Every price, past ones too.
    public var prices: [PriceRecord]
    /// The budgets in force.
    public var budgets: [BudgetRecord]
    /// What the pseudonyms of end users are made with, 32 bytes; secret.
    public var pseudonymKey: [UInt8]
    /// The restrictions in force.
    public var restrictions: [RestrictionRecord]
    /// The permissions in force, expired ones too.
    public var permissions: [PermissionRecord]

    /// Takes the records as they are.
    public init(
        organisations: [Organisation] = [], accounts: [Account] = [], keys: [KeyRecord] = [],
        models: [String: Standing] = [:], limits: [LimitHolder: Limits] = [:],
        endUsers: [OrganisationID: [String: Standing]] = [:], prices: [PriceRecord] = [], budgets: [BudgetRecord] = [],
        pseudonymKey: [UInt8] = [], restrictions: [RestrictionRecord] = [], permissions: [PermissionRecord] = []
    ) {
        self.organisations = organisations
        self.accounts = accounts
        self.keys = keys
        self.models = models
        self.limits = limits
        self.endUsers = endUsers
        self.prices = prices
        self.budgets = budgets
        self.pseudonymKey = pseudonymKey
        self.restrictions = restrictions
        self.permissions = permissions
    }
}

/// One write to the store; several make one transaction.
public enum Change: Sendable, Equatable {
    case addOrganisation(Organisation)
    /// Writes name, standing and limits.
    case setOrganisation(Organisation)
    case addAccount(Account)
    case addKey(KeyRecord)
    /// Writes name, scopes, limits, expiry, revocation and replacement; hash and owner stay.
    case setKey(KeyRecord)
    /// Writes how a model stands for everyone.
    case setModel(String, Standing)
    /// Writes the limits of an account, a model or end users of an organisation; no limit at all takes them away.
    case setLimits(LimitHolder, Limits)
    /// Writes how an end user of an organisation stands; active takes the record away.
    case setEndUser(OrganisationID, pseudonym: String, Standing)
    /// Adds a price; its number must be the next one.
    case addPrice(PriceRecord)
    /// Adds a budget, in the place of the one in force of the same scope and period.
    case setBudget(BudgetRecord)
    /// Takes a budget out of force, at a moment in milliseconds since 1970.
    case removeBudget(BudgetID, at: Int64)
    /// Adds a state of a restriction, at a moment in milliseconds since 1970.
    case setRestriction(RestrictionRecord, at: Int64)
    /// Adds a state of a permission, at a moment in milliseconds since 1970.
    case setPermission(PermissionRecord, at: Int64)
    /// Adds other papers, which admission does not depend on.
    case file(Dossier)
}
