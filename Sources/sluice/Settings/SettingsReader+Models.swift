import Dialects
import Gateway
import NIOCore
import Upstreams
import Yams

/// The models of a settings file: their servers, other names, and what stands in for them.
extension SettingsReader {
    private static let modelFields = [
        "name", "aliases", "dialect", "upstream", "upstreams", "upstream_model", "key_env", "key_file",
        "max_concurrency", "health", "balance", "affinity", "attempts", "queue", "timeouts", "fallback", "allow",
        "served", "reasoning_key", "prefill", "max_tokens", "reasoning", "reasoning_inline", "reasoning_as",
        "on_failure", "guarded", "egress", "reasoning_summary", "cache", "mirror", "mirror_share",
    ]
    private static let upstreamFields = [
        "url", "weight", "upstream_model", "key_env", "key_file", "max_concurrency", "health", "dialect",
    ]

    mutating func models(_ timeouts: UpstreamTimeouts) -> [ModelRoute] {
        var places: [String: Node] = [:]
        var routes: [ModelRoute] = []
        for node in file.models {
            guard let route = model(node, timeouts) else { continue }
            for name in [route.name] + route.aliases {
                if places.updateValue(node, forKey: name) != nil {
                    note(node, "model '\(name)' is named twice; names and aliases must differ")
                }
            }
            routes.append(route)
        }
        for route in routes {
            guard let mirror = route.mirror else { continue }
            let place = places[route.name]?.mapping?["mirror"]
            guard let second = routes.first(where: { $0.name == mirror.model }) else {
                note(place, "'mirror' of model '\(route.name)': there is no model '\(mirror.model)'")
                continue
            }
            // What comes over a guarded model's link is accounted for by exchanges alone.
            if second.egress != nil { note(place, "'mirror' of model '\(route.name)': '\(second.name)' is guarded") }
        }
        for route in routes { checkFallback(of: route, among: routes, at: places[route.name]) }
        for route in routes { checkSummariser(of: route, among: routes, at: places[route.name]) }
        return routes
    }

    mutating func note(_ node: Node?, _ message: String) {
        problems.append(SettingsProblem(node?.mark, message))
    }

    mutating func checkFields(_ fields: Node.Mapping, _ known: [String]) {
        for (key, _) in fields where !known.contains(key.string ?? "") {
            let name = key.string ?? "?"
            note(key, "unknown field '\(name)'\(SettingsFile.suggestion(for: name, among: known))")
        }
    }

    private mutating func model(_ node: Node, _ timeouts: UpstreamTimeouts) -> ModelRoute? {
        guard case .mapping(let fields) = node else {
            note(node, "a model is a list of fields: \(Self.modelFields.joined(separator: ", "))")
            return nil
        }
        checkFields(fields, Self.modelFields)
        guard let name = fields["name"]?.string, !name.isEmpty else {
            note(node, "a model needs a 'name'")
            return nil
        }
        guard let dialect = Dialect(rawValue: fields["dialect"]?.string ?? "openai") else {
            note(fields["dialect"], "'dialect' of model '\(name)' must be \(Dialect.choice)")
            return nil
        }
        let upstreams = self.upstreams(of: name, dialect, fields, node)
        guard !upstreams.isEmpty else { return nil }
        var route = ModelRoute(
            name: name, dialect: dialect, upstreams: upstreams, allowed: allowed(of: name, fields),
            isServed: fields["served"]?.bool ?? true)
        route.aliases = names("aliases", of: name, fields)
        route.fallback = names("fallback", of: name, fields)
        route.attempts = whole("attempts", of: name, fields, 1...64) ?? number(.attempts, 1...64)
        route.rules = rules(of: name, fields)
        route.affinity = affinity(of: name, fields)
        route.timeouts = own(timeouts, of: name, fields)
        route.speaking = speaking.filter { upstreams.contains($0.key) && $0.value != dialect }
        route.profile = profile(of: name, fields)
        guardWeights(of: &route, fields)
        summarise(&route, fields)
        route.mirror = mirror(of: name, fields)
        if fields["cache"]?.string != "off" { route.cacheLifetime = time("cache", of: name, fields) }
        if let rule = fields["on_failure"] {
            route.failsOpen = rule.string == "open"
            if !["open", "closed"].contains(rule.string ?? "") {
                note(rule, "'on_failure' of model '\(name)' must be open or closed, not '\(rule.string ?? "?")'")
            }
        }
        return route
    }

    // MARK: Servers

    private mutating func upstreams(
        of model: String, _ dialect: Dialect, _ fields: Node.Mapping, _ node: Node
    ) -> [Upstream] {
        guard let list = fields["upstreams"] else {
            return upstream(of: model, dialect, fields, url: "upstream", at: node, beside: nil).map { [$0] } ?? []
        }
        if let single = fields["upstream"] {
            note(single, "model '\(model)' has both 'upstream' and 'upstreams'; write its servers in one of them")
        }
        guard case .sequence(let entries) = list, !entries.isEmpty, entries.count <= 64 else {
            note(list, "'upstreams' of model '\(model)' must be a list of 1 to 64 servers, each with a 'url'")
            return []
        }
        let upstreams = entries.compactMap { entry -> Upstream? in
            if let url = entry.string, case .scalar = entry {
                return server(of: model, url, Node.Mapping([]), at: entry, beside: fields)
            }
            guard case .mapping(let own) = entry else {
                note(
                    entry,
                    "a server of model '\(model)' must be a url, or fields: \(Self.upstreamFields.joined(separator: ", "))"
                )
                return nil
            }
            checkFields(own, Self.upstreamFields)
            return upstream(of: model, dialect, own, url: "url", at: entry, beside: fields)
        }
        if Set(upstreams.map { "\($0.address) \($0.model)" }).count < upstreams.count {
            note(list, "'upstreams' of model '\(model)' names a server twice; give it more 'weight' instead")
        }
        return upstreams
    }

    private mutating func upstream(
        of model: String, _ dialect: Dialect, _ fields: Node.Mapping, url: String, at node: Node,
        beside outer: Node.Mapping?
    ) -> Upstream? {
        var own = dialect
        if outer != nil, let node = fields["dialect"] {
            if let named = Dialect(rawValue: node.string ?? "") {
                own = named
            } else {
                note(node, "'dialect' of a server of model '\(model)' must be \(Dialect.choice)")
            }
        }
        guard let text = fields[url]?.string, !text.isEmpty else {
            note(fields[url] ?? node, "'\(url)' of model '\(model)': '' must begin with http:// or https://")
            return nil
        }
        let made = server(of: model, text, fields, at: fields[url] ?? node, beside: outer)
        if let made, own != dialect { speaking[made] = own }
        return made
    }

    /// - Parameter outer: The model's own fields, which stand in for what its server's leave out.
    private mutating func server(
        of model: String, _ url: String, _ fields: Node.Mapping, at node: Node, beside outer: Node.Mapping?
    ) -> Upstream? {
        let address: UpstreamAddress
        do throws(UpstreamAddress.Problem) {
            address = try UpstreamAddress(url)
        } catch {
            note(node, "'\(outer == nil ? "upstream" : "url")' of model '\(model)': \(error)")
            return nil
        }
        let hasOwnKey = fields["key_env"] != nil || fields["key_file"] != nil
        return Upstream(
            address: address,
            model: fields["upstream_model"]?.string ?? outer?["upstream_model"]?.string ?? model,
            key: key(of: model, hasOwnKey ? fields : outer ?? fields),
            weight: whole("weight", of: model, fields, 1...1_000) ?? 1,
            limit: whole("max_concurrency", of: model, fields, 0...1_000_000)
                ?? outer.flatMap { whole("max_concurrency", of: model, $0, 0...1_000_000) } ?? 0,
            health: health(of: model, fields["health"] ?? outer?["health"]))
    }

    /// A server's key, from a variable or a file; never from the YAML itself.
    private mutating func key(of model: String, _ fields: Node.Mapping) -> String? {
        if let variable = fields["key_env"]?.string {
            if let key = environment[variable], !key.isEmpty { return key }
            note(fields["key_env"], "model '\(model)': the variable \(variable) is not set")
        }
        if let path = fields["key_file"]?.string {
            keyFiles.append(path)
            if let key = TextFile.read(path)?.trimming(while: \.isWhitespace), !key.isEmpty { return key }
            note(fields["key_file"], "model '\(model)': the file \(path) cannot be read or is empty")
        }
        return nil
    }

    private mutating func health(of model: String, _ node: Node?) -> HealthRules? {
        guard let node else { return nil }
        if case .scalar = node, let path = node.string, path.hasPrefix("/") { return HealthRules(path: path) }
        guard case .mapping(let fields) = node, let path = fields["path"]?.string, path.hasPrefix("/") else {
            note(
                node,
                "'health' of model '\(model)' must be a path such as /health, or fields: path, every, within, fall, rise"
            )
            return nil
        }
        checkFields(fields, ["path", "every", "within", "fall", "rise"])
        var rules = HealthRules(path: path)
        if let every = time("every", of: model, fields) { rules.interval = max(100_000_000, every.nanoseconds) }
        if let within = time("within", of: model, fields) { rules.limit = max(1_000_000, within.nanoseconds) }
        rules.fall = whole("fall", of: model, fields, 1...100) ?? rules.fall
        rules.rise = whole("rise", of: model, fields, 1...100) ?? rules.rise
        return rules
    }
}

// What is peculiar to a model's servers.
extension SettingsReader {
    private mutating func mirror(of model: String, _ fields: Node.Mapping) -> Mirror? {
        guard let node = fields["mirror"] else { return nil }
        let share = fields["mirror_share"].map { $0.float ?? 0 } ?? 1
        guard share > 0, share <= 1 else {
            note(fields["mirror_share"], "'mirror_share' of model '\(model)' must be above 0 and at most 1")
            return nil
        }
        guard let name = node.string, !name.isEmpty, name != model else {
            note(node, "'mirror' of model '\(model)' must be the name of another model")
            return nil
        }
        return Mirror(model: name, share: share)
    }

    private mutating func profile(of model: String, _ fields: Node.Mapping) -> UpstreamProfile {
        var profile = UpstreamProfile()
        if let key: ReasoningKey = word("reasoning_key", of: model, fields) { profile.reasoningKey = key }
        if let prefill: UpstreamProfile.Prefill = word("prefill", of: model, fields) { profile.prefill = prefill }
        if let wish: UpstreamProfile.Reasoning = word("reasoning", of: model, fields) { profile.reasoning = wish }
        if let place: UpstreamProfile.Inline = word("reasoning_inline", of: model, fields) { profile.inline = place }
        profile.emits = word("reasoning_as", of: model, fields)
        profile.maxTokens = whole("max_tokens", of: model, fields, 1...10_000_000) ?? profile.maxTokens
        return profile
    }

    /// A field whose value is one of a few words.
    private mutating func word<Word: RawRepresentable & CaseIterable>(
        _ field: String, of model: String, _ fields: Node.Mapping
    ) -> Word? where Word.RawValue == String {
        guard let node = fields[field] else { return nil }
        if let word = Word(rawValue: node.string ?? "") { return word }
        let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
        note(node, "'\(field)' of model '\(model)' must be one of \(known), not '\(node.string ?? "?")'")
        return nil
    }
}

extension Dialect {
    /// The dialects that a server may speak, for messages.
    static let choice = Dialect.ofServers.map(\.rawValue).joined(separator: " or ")
}

// How a model's requests are spread, and what stands in for it.
extension SettingsReader {
    private mutating func rules(of model: String, _ fields: Node.Mapping) -> BalancingRules {
        let open = time(.breakerOpen).nanoseconds
        var rules = BalancingRules(
            breaker: BreakerRules(
                failuresInARow: number(.breakerFailures, 1...1_000_000), openFor: open, openAtMost: open * 12),
            queueLimit: whole("queue", of: model, fields, 0...1_000_000) ?? number(.queueLimit, 0...1_000_000))
        guard let node = fields["balance"] else { return rules }
        guard let method = BalancingMethod(rawValue: node.string ?? "") else {
            let known = BalancingMethod.allCases.map(\.rawValue).joined(separator: " or ")
            note(node, "'balance' of model '\(model)' must be \(known), not '\(node.string ?? "?")'")
            return rules
        }
        rules.method = method
        return rules
    }

    private mutating func affinity(of model: String, _ fields: Node.Mapping) -> AffinityRule {
        guard let node = fields["affinity"] else { return .none }
        let text = node.string ?? ""
        if text == "none" { return .none }
        if text == "conversation" { return .conversation }
        if text.hasPrefix("header:"), text.count > 7 {
            return .header(text.dropFirst(7).trimming(while: \.isWhitespace))
        }
        note(node, "'affinity' of model '\(model)' must be none, conversation, or header:NAME, not '\(text)'")
        return .none
    }

    private mutating func own(
        _ timeouts: UpstreamTimeouts, of model: String, _ fields: Node.Mapping
    ) -> UpstreamTimeouts? {
        guard let node = fields["timeouts"] else { return nil }
        let known = ["connect", "first_byte", "first_token", "idle", "total", "queue"]
        guard case .mapping(let own) = node else {
            note(node, "'timeouts' of model '\(model)' must be fields: \(known.joined(separator: ", "))")
            return nil
        }
        checkFields(own, known)
        var result = timeouts
        result.connect = time("connect", of: model, own) ?? timeouts.connect
        result.firstByte = time("first_byte", of: model, own) ?? timeouts.firstByte
        result.firstToken = time("first_token", of: model, own) ?? timeouts.firstToken
        result.idle = time("idle", of: model, own) ?? timeouts.idle
        result.total = time("total", of: model, own) ?? timeouts.total
        result.queue = time("queue", of: model, own) ?? timeouts.queue
        return result
    }

    private mutating func checkFallback(of route: ModelRoute, among routes: [ModelRoute], at node: Node?) {
        let place = node?.mapping?["fallback"] ?? node
        for name in route.fallback {
            guard let other = routes.first(where: { $0.name == name }) else {
                let names = routes.map(\.name)
                note(
                    place,
                    "'fallback' of model '\(route.name)': there is no model '\(name)'\(SettingsFile.suggestion(for: name, among: names))"
                )
                continue
            }
            if other.name == route.name { note(place, "'fallback' of model '\(route.name)' names the model itself") }
        }
        if route.fallback.count > 8 { note(place, "'fallback' of model '\(route.name)' names more than 8 models") }
    }

    private mutating func names(_ field: String, of model: String, _ fields: Node.Mapping) -> [String] {
        guard let node = fields[field] else { return [] }
        let items = node.sequence.map(Array.init) ?? [node]
        return items.compactMap { item in
            guard case .scalar = item, let name = item.string, !name.isEmpty else {
                note(item, "'\(field)' of model '\(model)' must be a list of names")
                return nil
            }
            return name
        }
    }

    mutating func whole(
        _ field: String, of model: String, _ fields: Node.Mapping, _ range: ClosedRange<Int>
    ) -> Int? {
        guard let node = fields[field] else { return nil }
        guard let number = node.int, range.contains(number) else {
            note(
                node,
                "'\(field)' of model '\(model)' must be a whole number from \(range.lowerBound) to \(range.upperBound), not '\(node.string ?? "?")'"
            )
            return nil
        }
        return number
    }

    mutating func time(_ field: String, of model: String, _ fields: Node.Mapping) -> TimeAmount? {
        guard let node = fields[field] else { return nil }
        guard let time = Self.time(node.string ?? "") else {
            note(
                node,
                "'\(field)' of model '\(model)' must be a time such as 500ms, 20s or 2m, not '\(node.string ?? "?")'")
            return nil
        }
        return time
    }

    private mutating func allowed(of model: String, _ fields: Node.Mapping) -> Set<SensitiveField.Kind> {
        guard let list = fields["allow"] else { return [] }
        var allowed: Set<SensitiveField.Kind> = []
        for item in list.sequence.map(Array.init) ?? [list] {
            let word = item.string ?? ""
            guard let kind = SensitiveField.Kind(rawValue: word) else {
                let known = SensitiveField.Kind.allCases.map(\.rawValue)
                note(
                    item,
                    "'allow' of model '\(model)': '\(word)' is not a kind\(SettingsFile.suggestion(for: word, among: known))"
                )
                continue
            }
            allowed.insert(kind)
        }
        return allowed
    }
}
