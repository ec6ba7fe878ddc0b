/// Works out the answer to one question on a graph.
struct OwnershipAnalysis {
    let question: OwnershipQuestion
    let graph: OwnershipGraph
    let node: OwnershipGraph.Node
    private var path: [String] = []
    private var remarks: [String] = []

    init(question: OwnershipQuestion, graph: OwnershipGraph, node: OwnershipGraph.Node) {
        self.question = question
        self.graph = graph
        self.node = node
    }

    private var state: OwnershipState { graph.states[Int(node)] }
    private func name(_ node: OwnershipGraph.Node) -> String { graph.names[Int(node)] }

    mutating func answer() -> OwnershipAnswer {
        noteContradictions()
        let restriction = restriction()
        let listed = listedOwners()
        let parent = parent()
        let seat = headquartersRule()
        let aggregate = aggregate()
        let cap = ComputeCap.lowPerformance
        var over = Finding3(aggregate.lower > cap.limit)
        if aggregate.lower <= cap.limit, aggregate.upper.map({ $0 > cap.limit }) ?? true {
            over = .undetermined(missing: "the group's holdings")
        }
        let flag = restriction != .yes && (listed.hasAny || restriction != .no || !graph.directListings(node).isEmpty)
        if flag { path.append("Red flag: clear up the ownership of \(name(node)) before dealing with it.") }
        return OwnershipAnswer(
            restricted: restriction, listedShare: listed.share, ultimateParent: parent, redFlag: flag,
            headquartersRule: seat, aggregate: aggregate, isOverLowPerformance: over,
            mostRestrictive: mostRestrictive(), path: path, remarks: remarks)
    }

    // MARK: Restriction

    private mutating func restriction() -> Finding3 {
        let own = graph.directListings(node)
        if let listing = own.filter(\.listing.restrictsItself).max(by: { $0.listing.rank < $1.listing.rank }) {
            path.append("\(name(node)) is itself on: \(listing.name).")
            return .yes
        }
        let inForce = OwnershipRules.inForce(on: question.day)
        var reach = inForce
        if question.headquarters[name(node)]?.country == "US", reach.contains(.affiliates) {
            reach.remove(.affiliates)
            remarks.append("The BIS 50 % rule is about parties outside the United States.")
        }
        explain(node, depth: 0, seen: [node])
        if !state.certain.isDisjoint(with: reach) {
            path.append("\(name(node)) is restricted: 50 % or more in sum is held by parties that a list reaches.")
            return .yes
        }
        if !inForce.contains(.affiliates), state.certain.contains(.affiliates) {
            path.append(
                "The BIS 50 % rule would reach \(name(node)); on \(question.day) it is not in force. OFAC's is, and does not."
            )
        }
        guard !state.possible.isDisjoint(with: reach) else { return .no }
        return .undetermined(missing: missingShares(above: node))
    }

    /// Steps from listed owners down to a party, in the order of the cascade.
    private mutating func explain(
        _ node: OwnershipGraph.Node, depth: Int, seen: Set<OwnershipGraph.Node>
    ) {
        guard depth < 32, path.count < 200 else { return }
        for index in graph.owners(of: node).sorted(by: { graph.edges[$0].owner < graph.edges[$1].owner }) {
            let edge = graph.edges[index]
            let lists = graph.directListings(edge.owner).map(\.name)
            let isReached = !graph.states[Int(edge.owner)].possible.isEmpty
            guard !lists.isEmpty || isReached else { continue }
            if lists.isEmpty, !seen.contains(edge.owner) {
                explain(edge.owner, depth: depth + 1, seen: seen.union([edge.owner]))
            }
            let why = lists.isEmpty ? "reached by the cascade" : lists.joined(separator: ", ")
            path.append("\(name(edge.owner)) (\(why)) holds \(graph.shareText(index)) of \(name(node)).")
        }
    }

    /// The shares held by listed and reached owners, and whether anybody listed stands above at all.
    private func listedOwners() -> (share: Share?, hasAny: Bool) {
        var sum = Share.none
        var isExact = true
        for index in graph.owners(of: node) {
            let edge = graph.edges[index]
            let owner = graph.states[Int(edge.owner)]
            let isListed = graph.directListings(edge.owner).contains { $0.listing != .redFlag }
            guard isListed || !owner.possible.isEmpty else { continue }
            guard isListed || !owner.certain.isEmpty, !edge.isUnknown, edge.lower == edge.upper else {
                isExact = false
                continue
            }
            sum = sum + edge.lower
        }
        let hasAny = graph.ancestors(of: node).contains { !graph.directListings($0).isEmpty }
        return (isExact ? sum : nil, hasAny)
    }

    /// The most restrictive list among a reached party's listed owners, near or far.
    private func mostRestrictive() -> String? {
        var candidates = graph.directListings(node)
        var seen: Set<OwnershipGraph.Node> = [node]
        var work = [node]
        while let next = work.popLast() {
            for index in graph.owners(of: next) {
                let owner = graph.edges[index].owner
                guard seen.insert(owner).inserted else { continue }
                let lists = graph.directListings(owner)
                candidates += lists
                if lists.isEmpty, !graph.states[Int(owner)].certain.isEmpty { work.append(owner) }
            }
        }
        return candidates.max { $0.listing.rank < $1.listing.rank }?.name
    }

    // MARK: Parents

    private mutating func parent() -> String? {
        switch state.kind {
        case .certain:
            if state.apex != node { path.append(parentPath()) }
            return name(state.apex)
        case .joint:
            remarks.append("Two or more owners control \(name(node)) together; there is no single ultimate parent.")
        case .unknown, .pending:
            remarks.append(
                "The ultimate parent is undetermined, because \(missingShares(above: node)) could change it.")
        case .ring: remarks.append("The owners of \(name(node)) own each other; nobody outside controls them.")
        }
        return nil
    }

    /// The chain of control from a party up to the top of its group, by its largest holders in the group.
    private func parentPath() -> String {
        var steps = [name(node)]
        var current = node
        var seen: Set<OwnershipGraph.Node> = [node]
        while current != state.apex {
            let inGroup = graph.owners(of: current).filter {
                graph.edges[$0].owner == state.apex || graph.states[Int(graph.edges[$0].owner)].apex == state.apex
            }
            guard
                let index = inGroup.max(by: { graph.edges[$0].lower < graph.edges[$1].lower }),
                seen.insert(graph.edges[index].owner).inserted
            else { break }
            let all = inGroup.map { "\(name(graph.edges[$0].owner)) \(graph.shareText($0))" }.joined(separator: " + ")
            current = graph.edges[index].owner
            steps.append("← \(all)")
        }
        return "Ultimate parent \(name(state.apex)): \(steps.joined(separator: " "))."
    }

    /// Everybody who may turn out to be the ultimate parent.
    private func candidates() -> [OwnershipGraph.Node] {
        if state.kind == .certain { return [state.apex] }
        let above = graph.ancestors(of: node)
        let tops = above.filter { graph.states[Int($0)].kind != .certain || graph.states[Int($0)].apex == $0 }
        return tops.isEmpty ? [node] : Array(tops)
    }

    private mutating func headquartersRule() -> Finding3 {
        guard OwnershipRules.isInForce("headquarters rule", on: question.day) else { return .no }
        var missing: [String] = []
        var isOpen = false
        for candidate in [node] + candidates().filter({ $0 != node }).sorted() {
            guard let place = question.headquarters[name(candidate)] else {
                missing.append("the headquarters of \(name(candidate))")
                continue
            }
            guard PlaceArea.embargoedArms.contains(place, on: question.day) == true else { continue }
            if candidate == node || state.kind == .certain || state.kind == .joint || state.kind == .ring {
                path.append("\(name(candidate)) is headquartered in \(place.code): Macau or Country Group D:5.")
                return .yes
            }
            isOpen = true
        }
        if isOpen { missing.append(missingShares(above: node)) }
        return missing.isEmpty ? .no : .undetermined(missing: missing.joined(separator: ", "))
    }

    // MARK: Compute

    /// What the group holds: surely what has the same certain top, perhaps what may belong to it.
    private mutating func aggregate() -> Bounds {
        var sure = Bounds(Quantity(0))
        var perhaps = Bounds(Quantity(0))
        var isOpen = false
        for (party, performance) in question.holdings {
            let isSame: Bool? =
                if let holder = graph.node(party) { sameGroup(holder) } else { party == question.party }
            switch isSame {
            case true?: sure = sure.adding(performance)
            case nil:
                perhaps = perhaps.adding(performance)
                isOpen = true
            case false?: break
            }
        }
        guard isOpen else { return sure }
        remarks.append("Some holdings may or may not belong to the group of \(name(node)).")
        return Bounds(lower: sure.lower, upper: sure.adding(perhaps).upper)
    }

    private func sameGroup(_ other: OwnershipGraph.Node) -> Bool? {
        let (mine, theirs) = (state, graph.states[Int(other)])
        if other == node || mine.apex == theirs.apex { return true }
        let isOpen = { (state: OwnershipState) in state.kind == .unknown || state.kind == .joint }
        guard isOpen(mine) || isOpen(theirs) else { return false }
        let related = graph.ancestors(of: other).union([other])
        return related.isDisjoint(with: graph.ancestors(of: node).union([node])) ? false : nil
    }

    // MARK: What is wrong with the data

    private mutating func noteContradictions() {
        for party in graph.ancestors(of: node).union([node]).sorted() {
            let sum = graph.owners(of: party).reduce(Share.none) { $0 + graph.edges[$1].lower }
            if sum > .whole { remarks.append("The owners of \(name(party)) hold \(sum.text) %: more than there is.") }
        }
        for index in graph.contradictions.sorted() {
            let edge = graph.edges[Int(index)]
            remarks.append(
                "The share of \(name(edge.owner)) in \(name(edge.owned)) is stated twice; it is taken as "
                    + "\(graph.shareText(Int(index))).")
        }
    }

    private func missingShares(above node: OwnershipGraph.Node) -> String {
        var unknown: [String] = []
        for party in [node] + graph.ancestors(of: node).sorted() {
            for index in graph.owners(of: party) {
                let edge = graph.edges[index]
                guard edge.isUnknown || edge.lower != edge.upper else { continue }
                let text = "the share of \(name(edge.owner)) in \(name(edge.owned))"
                if !unknown.contains(text) { unknown.append(text) }
            }
            let others = graph.directListings(party).filter { $0.listing == .other }.map(\.name)
            unknown += others.map { "the ownership rule of the list '\($0)'" }
        }
        return unknown.isEmpty ? "contradictory shares" : unknown.joined(separator: ", ")
    }
}

extension OwnershipGraph {
    /// The lists a party itself is on.
    func directListings(_ node: Node) -> [(name: String, listing: PartyListing)] { listings[node] ?? [] }

    /// An edge's share in words.
    func shareText(_ index: Int) -> String {
        let edge = edges[index]
        if edge.isUnknown {
            return edge.lower == .none ? "an unknown share" : "at least \(edge.lower.text) %"
        }
        return edge.lower == edge.upper ? "\(edge.lower.text) %" : "\(edge.lower.text)–\(edge.upper.text) %"
    }

    /// The number of a party, which is added alone if it is new.
    mutating func intern(_ name: String) -> Node { number(name) }
}

extension Bounds {
    /// The sum of two quantities known between bounds.
    func adding(_ other: Self) -> Self {
        let high: Quantity? = if let one = upper, let two = other.upper { one + two } else { nil }
        return Self(lower: lower + other.lower, upper: high)
    }
}
