import Dialects
public import Store

/// What an operator has stopped: everything, some models, some categories of use.
public struct Stops: Sendable, Equatable {
    /// Why nothing is served; nil if something is.
    public let all: String?
    /// Models that are not served, by their own names, and why.
    public let models: [String: String]
    /// Categories that are judged by the lowest bar, and why.
    public let categories: [String: String]

    /// The stops as the store has them.
    public init(_ stops: [Stop] = []) {
        var (all, models, categories) = (String?.none, [String: String](), [String: String]())
        for stop in stops {
            switch stop.subject {
            case .all: all = stop.reason
            case .model(let name): models[name] = stop.reason
            case .category(let id): categories[id] = stop.reason
            }
        }
        (self.all, self.models, self.categories) = (all, models, categories)
    }

    /// Whether nothing is stopped.
    public var isEmpty: Bool { self == Stops() }
}

extension GatewaySnapshot {
    /// Why a model serves nobody; nil if it may.
    func objection(to model: String) -> APIError? { hasStops ? stops.objection(to: model) : nil }
}

extension Stops {
    /// Why a model serves nobody; nil if it may.
    func objection(to model: String) -> APIError? {
        if let all { return .stopped(all) }
        return models[model].map { .modelStopped(model, $0) }
    }
}
