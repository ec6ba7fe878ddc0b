import Dialects
import Gateway
import Upstreams
import Yams

/// Guarded models: how much may come from their servers; and what is done with a model's reasoning.
extension SettingsReader {
    private static let egressFields = [
        "tokens_per_second", "bytes_per_token", "burst", "budget", "per_event", "per_answer", "forgiven_per_day",
    ]

    /// Reads `guarded` and `egress`.
    mutating func guardWeights(of route: inout ModelRoute, _ fields: Node.Mapping) {
        let name = route.name
        if let node = fields["guarded"], node.bool == nil {
            note(node, "'guarded' of model '\(name)' must be true or false, not '\(node.string ?? "?")'")
        }
        guard fields["guarded"]?.bool == true else {
            if let node = fields["egress"] { note(node, "'egress' of model '\(name)' needs 'guarded: true'") }
            return
        }
        route.profile.isGuarded = true
        var rules = EgressRules()
        if let node = fields["egress"] {
            guard case .mapping(let own) = node else {
                return note(
                    node, "'egress' of model '\(name)' must be fields: \(Self.egressFields.joined(separator: ", "))")
            }
            checkFields(own, Self.egressFields)
            let most = 1 << 40
            rules.tokensPerSecond = whole("tokens_per_second", of: name, own, 1...100_000_000) ?? rules.tokensPerSecond
            rules.bytesPerToken = whole("bytes_per_token", of: name, own, 1...1_024) ?? rules.bytesPerToken
            rules.burst = whole("burst", of: name, own, 4_096...most) ?? rules.burst
            rules.budget = whole("budget", of: name, own, 4_096...most) ?? rules.budget
            rules.perEvent = whole("per_event", of: name, own, 0...65_536) ?? rules.perEvent
            rules.perAnswer = whole("per_answer", of: name, own, 0...(16 << 20)) ?? rules.perAnswer
            rules.forgivenPerDay = whole("forgiven_per_day", of: name, own, 0...most) ?? rules.forgivenPerDay
        }
        route.egress = rules
        for field in ["token_ids", "embeddings"] where route.allowed.contains(where: { $0.rawValue == field }) {
            note(fields["allow"], "'allow' of model '\(name)': '\(field)' is not text, and the model is guarded")
        }
    }

    /// Reads `reasoning_summary`.
    mutating func summarise(_ route: inout ModelRoute, _ fields: Node.Mapping) {
        route.summariser = fields["reasoning_summary"]?.string
        if route.profile.reasoning == .summarise, route.summariser == nil {
            note(
                fields["reasoning"],
                "'reasoning: summarise' of model '\(route.name)' needs 'reasoning_summary', the model that makes summaries"
            )
        }
    }

    /// The model that makes summaries must be another one, and must itself be simple.
    mutating func checkSummariser(of route: ModelRoute, among routes: [ModelRoute], at node: Node?) {
        guard let name = route.summariser else { return }
        let place = node?.mapping?["reasoning_summary"] ?? node
        guard let other = routes.first(where: { $0.name == name }) else {
            let names = routes.map(\.name)
            return note(
                place,
                "'reasoning_summary' of model '\(route.name)': there is no model '\(name)'\(SettingsFile.suggestion(for: name, among: names))"
            )
        }
        if other.name == route.name {
            note(place, "'reasoning_summary' of model '\(route.name)' names the model itself")
        }
        if other.dialect != .openAI {
            note(place, "'reasoning_summary' of model '\(route.name)': '\(name)' must speak openai")
        }
    }
}
