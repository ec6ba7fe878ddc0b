// How states are evaluated: one party from its owners, a ring of parties together.

extension OwnershipGraph {
    /// The 50 % rules as they reach a party from its owners: at each step what is reached counts as a whole, then all
    /// shares of reached owners are added up.
    private func reach(of node: Node) -> (certain: Reach, possible: Reach) {
        var (certain, possible) = directReach(node)
        var sums = (affiliates: Share.none, ofac: Share.none)
        var most = (affiliates: Share.none, ofac: Share.none)
        var unknown: Reach = []
        var stated = Share.none
        var index = firstOwner[Int(node)]
        while index >= 0 {
            let edge = edges[Int(index)]
            index = edge.nextOfOwned
            guard !edge.isGone else { continue }
            stated = stated + edge.lower
            let owner = states[Int(edge.owner)]
            guard !owner.possible.isEmpty else { continue }
            let upper = edge.isUnknown ? edge.lower : edge.upper
            if edge.isUnknown { unknown.formUnion(owner.possible) }
            if owner.certain.contains(.affiliates) { sums.affiliates = sums.affiliates + edge.lower }
            if owner.certain.contains(.ofac) { sums.ofac = sums.ofac + edge.lower }
            if owner.possible.contains(.affiliates) { most.affiliates = most.affiliates + upper }
            if owner.possible.contains(.ofac) { most.ofac = most.ofac + upper }
        }
        let rest = stated < .whole ? Share(units: Share.whole.units - stated.units) : Share.none
        if unknown.contains(.affiliates) { most.affiliates = most.affiliates + rest }
        if unknown.contains(.ofac) { most.ofac = most.ofac + rest }
        if sums.affiliates >= .half { certain.insert(.affiliates) }
        if sums.ofac >= .half { certain.insert(.ofac) }
        if most.affiliates >= .half { possible.insert(.affiliates) }
        if most.ofac >= .half { possible.insert(.ofac) }
        return (certain, possible.union(certain))
    }

    /// Who stands at the top of a party's group; pending while an owner in the same ring is.
    private func apex(of node: Node) -> OwnershipState {
        let first = firstOwner[Int(node)]
        guard first >= 0 else { return OwnershipState(apex: node) }
        let edge = edges[Int(first)]
        // One owner, one known share: the common case needs no groups.
        if edge.nextOfOwned < 0, !edge.isGone, !edge.isUnknown, !edge.isControl,
            states[Int(edge.owner)].kind != .pending
        {
            if edge.lower >= .half {
                return OwnershipState(apex: states[Int(edge.owner)].apex, kind: states[Int(edge.owner)].kind)
            }
            return OwnershipState(apex: node, kind: edge.upper < .half ? .certain : .unknown)
        }
        var groups = OwnerGroups()
        var index = first
        while index >= 0 {
            let edge = edges[Int(index)]
            index = edge.nextOfOwned
            guard !edge.isGone else { continue }
            let owner = states[Int(edge.owner)]
            groups.add(edge, owner, top: states[Int(owner.apex)].kind)
        }
        return groups.decide(for: node)
    }

    /// A party's state from its owners'.
    private func derived(_ node: Node) -> OwnershipState {
        var state = apex(of: node)
        (state.certain, state.possible) = reach(of: node)
        return state
    }

    // MARK: All

    /// Evaluates every party, owners before owned.
    mutating func evaluateAll() {
        for (rank, ring) in rings().enumerated() {
            for node in ring { setRank(node, Int32(truncatingIfNeeded: rank)) }
            if ring.count == 1 {
                states[Int(ring[0])] = derived(ring[0])
            } else {
                for node in ring { ringed[Int(node)] = true }
                evaluate(ring: ring)
            }
        }
    }

    /// Strongly connected parties, those without owners among the rest first (Tarjan, without recursion).
    private func rings() -> [[Node]] {
        var result: [[Node]] = []
        result.reserveCapacity(names.count)
        var number = [Int32](repeating: -1, count: names.count)
        var low = [Int32](repeating: 0, count: names.count)
        var isOnStack = [Bool](repeating: false, count: names.count)
        var stack: [Node] = []
        var path: [(node: Node, edge: Int32)] = []
        var counter: Int32 = 0
        for start in 0..<names.count where number[start] < 0 {
            path.append((Node(truncatingIfNeeded: start), -2))
            while let (node, edge) = path.last {
                let place = Int(node)
                var next = edge
                if edge == -2 {
                    number[place] = counter
                    low[place] = counter
                    counter &+= 1
                    stack.append(node)
                    isOnStack[place] = true
                    next = firstOwner[place]
                }
                var descended = false
                while next >= 0 {
                    let candidate = edges[Int(next)]
                    next = candidate.nextOfOwned
                    guard candidate.matters, !candidate.isGone else { continue }
                    let owner = Int(candidate.owner)
                    if number[owner] < 0 {
                        path[path.count - 1].edge = next
                        path.append((candidate.owner, -2))
                        descended = true
                        break
                    }
                    if isOnStack[owner] { low[place] = min(low[place], number[owner]) }
                }
                guard !descended else { continue }
                path.removeLast()
                if let parent = path.last?.node { low[Int(parent)] = min(low[Int(parent)], low[place]) }
                guard low[place] == number[place] else { continue }
                var ring: [Node] = []
                while let member = stack.popLast() {
                    isOnStack[Int(member)] = false
                    ring.append(member)
                    if member == node { break }
                }
                result.append(ring)
            }
        }
        return result
    }

    // MARK: Rings

    /// Evaluates parties that own each other: the least that follows, so that nobody holds himself up.
    private mutating func evaluate(ring: [Node]) {
        let members = Set(ring)
        for node in ring {
            states[Int(node)] = OwnershipState(apex: node, kind: .pending)
            (states[Int(node)].certain, states[Int(node)].possible) = directReach(node)
        }
        var work = ring
        while let node = work.popLast() {
            let (certain, possible) = reach(of: node)
            guard certain != states[Int(node)].certain || possible != states[Int(node)].possible else { continue }
            states[Int(node)].certain = certain
            states[Int(node)].possible = possible
            for owned in weightyHoldings(of: node) where members.contains(owned) { work.append(owned) }
        }
        follow(ring, members)
        let rest = ring.filter { states[Int($0)].kind == .pending }
        if !rest.isEmpty { settle(rest) }
    }

    /// Decides the parents of pending parties as far as they follow from parents that are known.
    private mutating func follow(_ ring: [Node], _ members: Set<Node>) {
        var work = ring
        while let node = work.popLast() {
            guard states[Int(node)].kind == .pending else { continue }
            let found = apex(of: node)
            guard found.kind != .pending else { continue }
            states[Int(node)].apex = found.apex
            states[Int(node)].kind = found.kind
            for owned in weightyHoldings(of: node) where members.contains(owned) { work.append(owned) }
        }
    }

    /// Parties whose parents hang on each other: who controls whom by what follows from one party alone.
    ///
    /// Of those who control a party, the one whom nobody controls is its parent; where all are controlled, they control
    /// each other and stand on top together.
    private mutating func settle(_ rest: [Node]) {
        let members = Set(rest)
        // An owner outside whose own group is open could belong to any of theirs; very large rings are left open too.
        let isSmall = rest.count <= 256 && !rest.contains { hasOpenOwner($0) }
        let certain = isSmall ? controllers(rest, members, atMost: false) : [:]
        let possible = isSmall ? controllers(rest, members, atMost: true) : [:]
        var decided: [(Node, Node, OwnershipState.Kind)] = []
        for node in rest {
            let above = certain[node] ?? []
            guard isSmall, above == possible[node] ?? [] else {
                decided.append((node, node, .unknown))
                continue
            }
            let tops = above.filter { !members.contains($0) || certain[$0] == nil }
            let mutual = above.union([node]).filter { one in
                certain[one]?.contains { certain[$0]?.contains(one) == true } == true
            }
            if let top = tops.first {
                let isOpen = possible[top] != certain[top]
                let kind = members.contains(top) ? (isOpen ? .unknown : .certain) : states[Int(top)].kind
                decided.append(tops.count == 1 ? (node, top, kind) : (node, node, .joint))
            } else {
                decided.append((node, mutual.min() ?? node, above.isEmpty ? .certain : .ring))
            }
        }
        for (node, top, kind) in decided {
            states[Int(node)].apex = top
            states[Int(node)].kind = kind
        }
    }

    private func hasOpenOwner(_ node: Node) -> Bool {
        owners(of: node).contains {
            let kind = states[Int(edges[$0].owner)].kind
            return edges[$0].matters && (kind == .unknown || kind == .joint)
        }
    }

    /// For each of some parties, which of the others, and which tops of groups outside, control it: by half of the shares
    /// or more, through what they control.
    private func controllers(_ rest: [Node], _ members: Set<Node>, atMost: Bool) -> [Node: Set<Node>] {
        func share(_ edge: Edge) -> Share { !atMost ? edge.lower : edge.isUnknown ? .whole : edge.upper }
        var begun: [Node: [Node: Share]] = [:]
        for node in rest {
            begun[node] = begun[node] ?? [:]
            for index in owners(of: node)
            where edges[index].matters && states[Int(edges[index].owner)].kind != .pending {
                let top = states[Int(edges[index].owner)].apex
                let sum = begun[top]?[node] ?? .none
                begun[top, default: [:]][node] = sum + share(edges[index])
            }
        }
        var result: [Node: Set<Node>] = [:]
        for (start, firstHeld) in begun {
            var held = firstHeld
            var controlled: Set<Node> = [start]
            var work: [Node] = members.contains(start) ? [start] : []
            for (node, sum) in held where sum >= .half && controlled.insert(node).inserted {
                work.append(node)
                result[node, default: []].insert(start)
            }
            while let node = work.popLast() {
                for index in holdings(of: node) {
                    let edge = edges[index]
                    guard edge.matters, members.contains(edge.owned), !controlled.contains(edge.owned) else { continue }
                    let sum = (held[edge.owned] ?? .none) + share(edge)
                    held[edge.owned] = sum
                    guard sum >= .half || edge.isControl else { continue }
                    controlled.insert(edge.owned)
                    work.append(edge.owned)
                    result[edge.owned, default: []].insert(start)
                }
            }
        }
        return result
    }

    // MARK: After a change

    /// Evaluates a party again, and what depends on it as far as anything changes.
    ///
    /// - Returns: How many parties were evaluated.
    mutating func evaluate(from starts: [Node]) -> Int {
        var queue = RankedNodes()
        for start in starts { queue.insert(start, rank(start)) }
        var count = 0
        while let node = queue.popFirst() {
            if ringed[Int(node)] {
                let ring = ring(around: node)
                if ring.count > 1 {
                    let before = ring.map { states[Int($0)] }
                    evaluate(ring: ring)
                    count += ring.count
                    let members = Set(ring)
                    for (member, old) in zip(ring, before) where states[Int(member)] != old {
                        for owned in weightyHoldings(of: member) where !members.contains(owned) {
                            queue.insert(owned, rank(owned))
                        }
                    }
                    continue
                }
                ringed[Int(node)] = false
            }
            count += 1
            let state = derived(node)
            guard state != states[Int(node)] else { continue }
            states[Int(node)] = state
            var index = firstHeld[Int(node)]
            while index >= 0 {
                let edge = edges[Int(index)]
                index = edge.nextOfOwner
                if edge.matters, !edge.isGone { queue.insert(edge.owned, rank(edge.owned)) }
            }
        }
        return count
    }

    /// Everybody above a party.
    func ancestors(of node: Node) -> Set<Node> {
        var found: Set<Node> = []
        var work = [node]
        while let next = work.popLast() {
            for edge in owners(of: next) where found.insert(edges[edge].owner).inserted {
                work.append(edges[edge].owner)
            }
        }
        return found
    }

    /// Everybody above a party who makes a difference to it.
    private func weightyAncestors(of node: Node) -> Set<Node> {
        var found: Set<Node> = []
        var work = [node]
        while let next = work.popLast() {
            for owner in weightyOwners(of: next) where found.insert(owner).inserted { work.append(owner) }
        }
        return found
    }

    /// The parties that stand both above and below a party, with itself.
    func ring(around node: Node) -> [Node] {
        let above = weightyAncestors(of: node)
        guard above.contains(node) else { return [node] }
        var members: Set<Node> = [node]
        var work = [node]
        while let next = work.popLast() {
            for owned in weightyHoldings(of: next) where above.contains(owned) {
                if members.insert(owned).inserted { work.append(owned) }
            }
        }
        return members.sorted()
    }

    /// Marks the ring that a party stands in since its owners changed, if it does.
    mutating func markRing(at node: Node) {
        let members = ring(around: node)
        guard members.count > 1 else { return }
        for member in members { ringed[Int(member)] = true }
    }
}

/// Nodes to evaluate, lowest rank first, each once at a time.
private struct RankedNodes {
    private var heap: [(rank: Int32, node: OwnershipGraph.Node)] = []
    private var members: Set<OwnershipGraph.Node> = []

    mutating func insert(_ node: OwnershipGraph.Node, _ rank: Int32) {
        guard members.insert(node).inserted else { return }
        heap.append((rank, node))
        var child = heap.count - 1
        while child > 0, heap[(child - 1) / 2].rank > heap[child].rank {
            heap.swapAt((child - 1) / 2, child)
            child = (child - 1) / 2
        }
    }

    mutating func popFirst() -> OwnershipGraph.Node? {
        guard let first = heap.first?.node else { return nil }
        members.remove(first)
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var child = parent * 2 + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].rank < heap[child].rank { child += 1 }
            guard heap[child].rank < heap[parent].rank else { break }
            heap.swapAt(child, parent)
            parent = child
        }
        return first
    }
}
