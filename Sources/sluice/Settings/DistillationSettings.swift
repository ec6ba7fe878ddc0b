import Access
import Distillation
import NIOCore
import Store

/// What the settings say of the watch for distillation.
struct DistillationSettings: Sendable, Equatable {
    /// Who acts on a group of accounts that looks like one operation.
    enum Response: String, Sendable, CaseIterable {
        /// A person alone.
        case review
        /// The rules, by what can be taken back; a person for the rest.
        case automatic
    }

    /// What may be done to a group without a person, or by one; all of it can be taken back.
    enum Measure: String, Sendable, CaseIterable {
        case reasoning, logprobs, choices, limits
        case stepUp = "step_up"
        case canary
    }

    var isOn = true
    /// Milliseconds between two searches.
    var every: Int64 = 300_000
    /// Milliseconds between two saves.
    var saveEvery: Int64 = 30_000
    /// The most accounts that are remembered.
    var accounts = 200_000
    var response = Response.review
    var measures: Set<Measure> = [.reasoning, .logprobs, .choices, .limits]
    var reasoning = Curb.Reasoning.withhold
    /// What all accounts of a group may use together.
    var limits = Limits(requestsPerMinute: 60, tokensPerMinute: 60_000)
    /// The marks of answers under the measure `canary`; nil where there are none.
    var canaries: CanaryList?
    /// Organisations under contract, by name or identifier: only a person limits them.
    var contracts: Set<String> = []

    /// What takes a restart, having been something else before.
    func fixed(against old: Self) -> [(SettingsKey, Bool)] { [(.distillation, isOn != old.isOn)] }
}

extension SettingsKey {
    static let distillation = SettingsKey(
        name: "distillation.watch", fallback: "on",
        meaning: "on (groups of accounts that extract a model together are looked for, and put before a person) or off")
    static let distillationEvery = SettingsKey(
        name: "distillation.every", fallback: "5m", meaning: "how often groups are searched for, if anything came in")
    static let distillationSave = SettingsKey(
        name: "distillation.save", fallback: "30s", meaning: "how often what is known is written down, at most 60s")
    static let distillationAccounts = SettingsKey(
        name: "distillation.accounts", fallback: "200000",
        meaning: "accounts that are remembered, some kilobytes each; beyond it the longest silent are forgotten")
    static let distillationRespond = SettingsKey(
        name: "distillation.respond", fallback: "review",
        meaning: "review (a person acts) or automatic (measures that can be taken back are set at once)")
    static let distillationMeasures = SettingsKey(
        name: "distillation.measures", fallback: "reasoning, logprobs, choices, limits",
        meaning:
            "what is set on a group: reasoning, logprobs, choices, limits, step_up (refused until confirmed), canary")
    static let distillationCanaries = SettingsKey(
        name: "distillation.canaries", fallback: "",
        meaning: "a file of harmless marks, JSON Lines of name, instruction, question, mark, for the measure canary")
    static let distillationReasoning = SettingsKey(
        name: "distillation.reasoning", fallback: "withhold",
        meaning: "what becomes of reasoning under that measure: withhold or summarise")
    static let distillationRequests = SettingsKey(
        name: "distillation.requests_per_minute", fallback: "60",
        meaning: "requests that all accounts of a group may send in a minute together")
    static let distillationTokens = SettingsKey(
        name: "distillation.tokens_per_minute", fallback: "60000",
        meaning: "tokens that they may use in a minute together")
    static let distillationContracts = SettingsKey(
        name: "distillation.contracts", fallback: "",
        meaning: "organisations under contract, names or identifiers between commas: only a person limits them")

    static let ofDistillation: [SettingsKey] = [
        distillation, distillationEvery, distillationSave, distillationAccounts, distillationRespond,
        distillationMeasures, distillationReasoning, distillationRequests, distillationTokens, distillationContracts,
        distillationCanaries,
    ]
}

extension SettingsReader {
    /// The settings of the watch for distillation.
    mutating func distillation() -> DistillationSettings {
        var settings = DistillationSettings()
        settings.isOn = choice(.distillation, ["on", "off"]) == "on"
        settings.every = time(.distillationEvery).nanoseconds / 1_000_000
        settings.saveEvery = time(.distillationSave).nanoseconds / 1_000_000
        if !(100...86_400_000).contains(settings.every) { complain(.distillationEvery, "must be from 100ms to 24h") }
        if !(100...60_000).contains(settings.saveEvery) { complain(.distillationSave, "must be from 100ms to 60s") }
        settings.accounts = number(.distillationAccounts, 100...10_000_000)
        settings.response = .init(rawValue: choice(.distillationRespond, ["review", "automatic"])) ?? .review
        settings.reasoning =
            choice(.distillationReasoning, ["withhold", "summarise"]) == "summarise" ? .summarise : .withhold
        settings.limits = Limits(
            requestsPerMinute: number(.distillationRequests, 1...1_000_000_000),
            tokensPerMinute: number(.distillationTokens, 1...1_000_000_000_000))
        settings.measures = []
        for word in words(.distillationMeasures) {
            guard let measure = DistillationSettings.Measure(rawValue: word) else {
                let known = DistillationSettings.Measure.allCases.map(\.rawValue).joined(separator: ", ")
                complain(.distillationMeasures, "knows \(known), not '\(word)'")
                continue
            }
            settings.measures.insert(measure)
        }
        settings.canaries = canaries()
        if settings.measures.contains(.canary), settings.canaries == nil, text(.distillationCanaries).isEmpty {
            complain(.distillationMeasures, "has canary, which takes a file of marks in 'distillation.canaries'")
        }
        settings.contracts = Set(words(.distillationContracts).map { $0.lowercased() })
        return settings
    }

    private mutating func canaries() -> CanaryList? {
        let path = text(.distillationCanaries)
        guard !path.isEmpty else { return nil }
        keyFiles.append(path)
        do {
            return try CanaryFile.read(path)
        } catch {
            complain(.distillationCanaries, "cannot be used: \(error)")
            return nil
        }
    }

    private mutating func words(_ key: SettingsKey) -> [String] {
        text(key).split(separator: ",").map { $0.trimming(while: \.isWhitespace) }.filter { !$0.isEmpty }
    }
}
