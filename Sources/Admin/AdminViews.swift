import Access
import Foundation
import Store

/// What the admin API shows of a limit, a moment or a record; none of it is secret but `IssuedKeyView.secret`.
enum View {
    static func moment(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds / 1000)).formatted(.iso8601)
    }
}

/// An organisation as JSON.
public struct OrganisationView: Codable, Sendable {
    /// Its identifier.
    public var id: String
    /// Its name.
    public var name: String
    /// `active`, `held` or `suspended`.
    public var standing: String
    /// Why it is not active.
    public var reason: String?
    /// What all its keys together may use.
    public var limits: LimitsBody
    /// When it was made, RFC 3339.
    public var created: String
    /// Its accounts, where one organisation is shown.
    public var accounts: [AccountView]?

    init(_ organisation: Organisation, accounts: [Account]? = nil) {
        id = organisation.id.text
        name = organisation.name
        switch organisation.standing {
        case .active: standing = "active"
        case .held(let why):
            standing = "held"
            reason = why
        case .suspended(let why):
            standing = "suspended"
            reason = why
        }
        limits = LimitsBody(organisation.limits)
        created = View.moment(organisation.created)
        self.accounts = accounts.map { $0.map { AccountView($0) } }
    }
}

/// An account as JSON.
public struct AccountView: Codable, Sendable {
    /// Its identifier.
    public var id: String
    /// Its organisation's identifier.
    public var organisation: String
    /// Its name.
    public var name: String
    /// When it was made, RFC 3339.
    public var created: String

    init(_ account: Account) {
        id = account.id.text
        organisation = account.organisation.text
        name = account.name
        created = View.moment(account.created)
    }
}

/// A key as JSON, without its secret and without its hash.
public struct KeyView: Codable, Sendable {
    /// Its identifier.
    public var id: String
    /// Its organisation's identifier.
    public var organisation: String
    /// Its account's identifier.
    public var account: String
    /// What it is for.
    public var name: String
    /// How its secret begins.
    public var hint: String
    /// `active`, `expired` or `revoked`.
    public var state: String
    /// The models it may use, all if absent.
    public var models: [String]?
    /// The routes it may use, all if absent.
    public var routes: [String]?
    /// What it may use.
    public var limits: LimitsBody
    /// When it was made, RFC 3339.
    public var created: String
    /// When it expires or expired.
    public var expires: String?
    /// When it was revoked.
    public var revoked: String?
    /// The key that took its place.
    public var replacedBy: String?
    /// When it last opened an exchange.
    public var lastUsed: String?

    init(_ key: KeyRecord, lastUsed used: Int64?, now: Int64) {
        id = key.id.text
        organisation = key.organisation.text
        account = key.account.text
        name = key.name
        hint = key.hint + "…"
        state = key.revoked != nil ? "revoked" : key.expires.map { $0 <= now } == true ? "expired" : "active"
        models = key.models
        routes = key.routes
        limits = LimitsBody(key.limits)
        created = View.moment(key.created)
        expires = key.expires.map { View.moment($0) }
        revoked = key.revoked.map { View.moment($0) }
        replacedBy = key.replacedBy?.text
        lastUsed = used.map { View.moment($0) }
    }

    enum CodingKeys: String, CodingKey {
        case id, organisation, account, name, hint, state, models, routes, limits, created, expires, revoked
        case replacedBy = "replaced_by"
        case lastUsed = "last_used"
    }
}

/// A new key with its secret, the one time it is shown.
public struct IssuedKeyView: Codable, Sendable {
    /// The key.
    public var key: KeyView
    /// Its secret; it cannot be shown again.
    public var secret: String
}

/// A list as JSON.
public struct ListView<Element: Codable & Sendable>: Codable, Sendable {
    /// What is listed.
    public var data: [Element]
}

/// How the server is.
public struct StatusView: Codable, Sendable {
    /// Organisations, suspended ones too.
    public var organisations: Int
    /// Keys that are neither revoked nor expired.
    public var keys: Int
    /// Exchanges that run now.
    public var running: Int
    /// What else the server says of itself, by name.
    public var facts: [String: String]
}

/// A change that was made, as JSON.
public struct EventView: Codable, Sendable {
    /// When, RFC 3339.
    public var time: String
    /// Who.
    public var actor: String
    /// What was done.
    public var action: String
    /// To what.
    public var subject: String
    /// What changed.
    public var detail: [String: String]

    init(_ event: ChangeEvent) {
        time = View.moment(event.time)
        actor = event.actor
        action = event.action
        subject = event.subject
        detail = event.detail
    }
}

/// What went wrong, as JSON.
public struct ErrorView: Codable, Sendable {
    /// What went wrong.
    public struct Body: Codable, Sendable {
        /// `invalid`, `not_found`, `conflict`, `unauthorized`, `too_large` or `unavailable`.
        public var code: String
        /// The field that is wrong, if it is one.
        public var field: String?
        /// What is wrong with it, and how it should be.
        public var message: String
    }

    /// What went wrong.
    public var error: Body
}

extension LimitsBody {
    init(_ limits: Limits) {
        self.init(
            requestsPerMinute: limits.requestsPerMinute, tokensPerMinute: limits.tokensPerMinute,
            concurrency: limits.concurrency)
    }

    var limits: Limits {
        Limits(requestsPerMinute: requestsPerMinute, tokensPerMinute: tokensPerMinute, concurrency: concurrency)
    }
}
