public import Store

/// What a running server lets an operator do to it; where no server runs there is none of this.
public struct AdminControls: Sendable {
    /// Reads settings and rules anew and puts them in force.
    public var reload: @Sendable () async -> ReloadView
    /// Puts stops in force, and cuts what runs against them.
    public var apply: @Sendable ([Stop]) async throws -> Void
    /// The models that clients may name, by their own names.
    public var models: @Sendable () async -> [String]
    /// The categories of the rules in force.
    public var categories: @Sendable () async -> [String]

    /// Takes the four as they are.
    public init(
        reload: @escaping @Sendable () async -> ReloadView, apply: @escaping @Sendable ([Stop]) async throws -> Void,
        models: @escaping @Sendable () async -> [String], categories: @escaping @Sendable () async -> [String]
    ) {
        self.reload = reload
        self.apply = apply
        self.models = models
        self.categories = categories
    }
}

/// What came of reading the settings anew, as JSON.
public struct ReloadView: Codable, Sendable, Equatable {
    /// Whether they are in force now; otherwise those from before still are.
    public var accepted: Bool
    /// What is wrong with them, each with its line; or what was left as it was.
    public var notes: [String]

    /// Takes the fields.
    public init(accepted: Bool, notes: [String]) {
        self.accepted = accepted
        self.notes = notes
    }
}

/// What is to be stopped or resumed, as JSON.
public struct StopRequest: Codable, Sendable {
    /// `all`, `model` or `category`.
    public var kind: String
    /// The model's name or the category's identifier; empty for `all`.
    public var name: String?
    /// What clients are told, 1 to 300 characters.
    public var reason: String?

    /// Takes the fields.
    public init(kind: String, name: String? = nil, reason: String? = nil) {
        self.kind = kind
        self.name = name
        self.reason = reason
    }
}

/// Something that is stopped, as JSON.
public struct StopView: Codable, Sendable, Equatable {
    /// `all`, `model` or `category`.
    public var kind: String
    /// The model's name or the category's identifier; empty for `all`.
    public var name: String
    /// What clients are told.
    public var reason: String
    /// Since when, RFC 3339.
    public var since: String

    init(_ stop: Stop) {
        kind = stop.subject.kind
        name = stop.subject.name
        reason = stop.reason
        since = View.moment(stop.since)
    }
}
