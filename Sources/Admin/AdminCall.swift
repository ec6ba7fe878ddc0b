/// One request to the admin API: what a command asks for, and what a route understands.
public enum AdminCall: Sendable {
    case status
    case events(limit: Int)
    case listOrganisations
    case createOrganisation(OrganisationRequest)
    case showOrganisation(String)
    case limitOrganisation(String, LimitsBody)
    case suspendOrganisation(String, ReasonRequest)
    case resumeOrganisation(String)
    case createAccount(String, AccountRequest)
    case listKeys(organisation: String?)
    case createKey(KeyRequest)
    case showKey(String)
    case rotateKey(String, RotationRequest)
    case revokeKey(String)
    /// Prices, budgets, usage, limits and end users.
    case money(MoneyCall)
    /// What people decide: appeals and the like.
    case cases(CaseCall)
    /// Papers of organisations, screening, restrictions and permissions.
    case register(RegisterCall)
    /// The watch for distillation.
    case distillation(DistillationCall)
    /// Who is told of alarms.
    case webhooks(WebhookCall)
    /// Makes a decision's commitments impossible to open.
    case forget(ForgetRequest)
    /// Who may sign in.
    case people(PeopleCall)
    /// Signing in, and one's own account; a running server answers these alone.
    case session(SessionCall)
    /// What is kept: texts, keys, the ledger's beginning, points for backups.
    case keeping(KeepingCall)
    /// The accounts of guarded models' servers, and their release.
    case egress(EgressCall)
    case listStops
    case stop(StopRequest)
    case resume(StopRequest)
    case reload
}

/// What the body of a new organisation holds.
public struct OrganisationRequest: Codable, Sendable {
    /// Its name, 1 to 100 characters in any script.
    public var name: String
    /// What all its keys together may use.
    public var limits: LimitsBody?

    /// Takes the fields.
    public init(name: String, limits: LimitsBody? = nil) {
        self.name = name
        self.limits = limits
    }
}

/// Limits as JSON; a field left out is no limit.
public struct LimitsBody: Codable, Sendable {
    /// Requests in any 60 seconds.
    public var requestsPerMinute: Int?
    /// Tokens in any 60 seconds.
    public var tokensPerMinute: Int?
    /// Exchanges at the same time.
    public var concurrency: Int?

    /// Takes the fields.
    public init(requestsPerMinute: Int? = nil, tokensPerMinute: Int? = nil, concurrency: Int? = nil) {
        self.requestsPerMinute = requestsPerMinute
        self.tokensPerMinute = tokensPerMinute
        self.concurrency = concurrency
    }

    /// Reads the fields.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        requestsPerMinute = try fields.whole(.requestsPerMinute)
        tokensPerMinute = try fields.whole(.tokensPerMinute)
        concurrency = try fields.whole(.concurrency)
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case requestsPerMinute = "requests_per_minute"
        case tokensPerMinute = "tokens_per_minute"
        case concurrency
    }
}

/// Why something is stopped.
public struct ReasonRequest: Codable, Sendable {
    /// What clients are told, 1 to 300 characters.
    public var reason: String

    /// Takes the field.
    public init(reason: String) {
        self.reason = reason
    }
}

/// What the body of a new account holds.
public struct AccountRequest: Codable, Sendable {
    /// Its name, unique in the organisation.
    public var name: String

    /// Takes the field.
    public init(name: String) {
        self.name = name
    }
}

/// What the body of a new key holds.
public struct KeyRequest: Codable, Sendable {
    /// The organisation's identifier or name.
    public var organisation: String
    /// The account's identifier or name; `default` if left out.
    public var account: String?
    /// What the key is for.
    public var name: String?
    /// The models it may use, all if left out.
    public var models: [String]?
    /// The routes it may use, all if left out.
    public var routes: [String]?
    /// What it may use.
    public var limits: LimitsBody?
    /// Seconds until it expires, never if left out.
    public var expiresIn: Int64?

    /// Takes the fields.
    public init(
        organisation: String, account: String? = nil, name: String? = nil, models: [String]? = nil,
        routes: [String]? = nil, limits: LimitsBody? = nil, expiresIn: Int64? = nil
    ) {
        self.organisation = organisation
        self.account = account
        self.name = name
        self.models = models
        self.routes = routes
        self.limits = limits
        self.expiresIn = expiresIn
    }

    /// Reads the fields.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        organisation = try fields.decode(String.self, forKey: .organisation)
        account = try fields.decodeIfPresent(String.self, forKey: .account)
        name = try fields.decodeIfPresent(String.self, forKey: .name)
        models = try fields.decodeIfPresent([String].self, forKey: .models)
        routes = try fields.decodeIfPresent([String].self, forKey: .routes)
        limits = try fields.decodeIfPresent(LimitsBody.self, forKey: .limits)
        expiresIn = try fields.whole(.expiresIn)
    }

    enum CodingKeys: String, CodingKey {
        case organisation, account, name, models, routes, limits
        case expiresIn = "expires_in"
    }
}

/// How a key is rotated.
public struct RotationRequest: Codable, Sendable {
    /// Seconds that the old key goes on; 0 revokes it at once.
    public var overlap: Int64
    /// Seconds until the new key expires; as the old one's life if left out.
    public var expiresIn: Int64?

    /// Takes the fields.
    public init(overlap: Int64, expiresIn: Int64? = nil) {
        self.overlap = overlap
        self.expiresIn = expiresIn
    }

    /// Reads the fields.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        guard let overlap: Int64 = try fields.whole(.overlap) else {
            throw DecodingError.keyNotFound(
                CodingKeys.overlap, .init(codingPath: decoder.codingPath, debugDescription: ""))
        }
        self.overlap = overlap
        expiresIn = try fields.whole(.expiresIn)
    }

    enum CodingKeys: String, CodingKey {
        case overlap
        case expiresIn = "expires_in"
    }
}

extension KeyedDecodingContainer {
    /// A whole number, if it is there; a fraction, or a number too large, is reported with its field.
    fileprivate func whole<Number: FixedWidthInteger & Decodable>(_ key: Key) throws -> Number? {
        do {
            return try decodeIfPresent(Number.self, forKey: key)
        } catch let error as DecodingError {
            throw error
        } catch {
            // Foundation's own kind of error, which would reach the top without the field.
            throw DecodingError.typeMismatch(Number.self, .init(codingPath: codingPath + [key], debugDescription: ""))
        }
    }
}
