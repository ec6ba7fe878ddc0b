/// What the graph knows of one party.
struct OwnershipState: Sendable, Hashable {
    /// How the ultimate parent is known.
    enum Kind: UInt8, Sendable {
        /// `apex` is it; the party itself where nobody controls it.
        case certain
        /// Two or more control it together, none alone.
        case joint
        /// A missing or contradictory share could change it.
        case unknown
        /// Parties own each other, and nobody outside controls them.
        case ring
        /// Not evaluated yet.
        case pending
    }

    /// The party at the top of its group.
    var apex: OwnershipGraph.Node
    var kind = Kind.certain
    /// The rules whose restriction certainly reaches it.
    var certain: Reach = []
    /// The rules whose restriction may reach it.
    var possible: Reach = []
}

/// The shares of one party's owners, added up by the group they belong to.
struct OwnerGroups {
    struct Group {
        let apex: OwnershipGraph.Node
        let kind: OwnershipState.Kind
        var lower = Share.none
        var upper = Share.none
        var hasUnknown = false
        var isControl = false
    }

    private(set) var groups: [Group] = []
    private var places: [OwnershipGraph.Node: Int] = [:]
    private var stated = Share.none
    /// What owners hold whose group is not evaluated yet.
    private var pending = Share.none
    private var hasPending = false
    private var isRulerPending = false
    private var pendingHasUnknown = false
    private var hasUnknownShare = false

    /// Adds one owner's share.
    ///
    /// How the group's parent is known is asked of its top: an owner too small to matter may not be up to date.
    mutating func add(_ edge: OwnershipGraph.Edge, _ owner: OwnershipState, top: OwnershipState.Kind) {
        stated = stated + edge.lower
        hasUnknownShare = hasUnknownShare || edge.isUnknown
        if owner.kind == .pending {
            hasPending = true
            isRulerPending = isRulerPending || edge.isControl
            pending = pending + (edge.isUnknown ? edge.lower : edge.upper)
            pendingHasUnknown = pendingHasUnknown || edge.isUnknown
            return
        }
        let index = place(owner.apex, top)
        groups[index].lower = groups[index].lower + edge.lower
        groups[index].upper = groups[index].upper + (edge.isUnknown ? edge.lower : edge.upper)
        groups[index].hasUnknown = groups[index].hasUnknown || edge.isUnknown
        groups[index].isControl = groups[index].isControl || edge.isControl
    }

    private mutating func place(_ apex: OwnershipGraph.Node, _ kind: OwnershipState.Kind) -> Int {
        if groups.count <= 16 {
            if let index = groups.firstIndex(where: { $0.apex == apex }) { return index }
        } else if places.isEmpty {
            for (index, group) in groups.enumerated() { places[group.apex] = index }
        }
        if !places.isEmpty, let index = places[apex] { return index }
        groups.append(Group(apex: apex, kind: kind))
        if !places.isEmpty { places[apex] = groups.count - 1 }
        return groups.count - 1
    }

    /// What nobody is known to hold.
    private var remainder: Share {
        hasUnknownShare && stated < .whole ? Share(units: Share.whole.units - stated.units) : .none
    }

    private func most(_ group: Group) -> Share { group.hasUnknown ? group.upper + remainder : group.upper }

    /// Who controls, if that follows from the groups evaluated so far.
    func decide(for node: OwnershipGraph.Node) -> OwnershipState {
        if isRulerPending { return open(node) }
        let strong = groups.filter { $0.lower >= .half }
        let rulers = groups.filter(\.isControl)
        if let first = strong.first {
            if strong.count > 1 {
                if hasPending { return open(node) }
                let isTie = strong.allSatisfy { $0.lower == .half && most($0) == .half }
                return OwnershipState(apex: node, kind: isTie ? .joint : .unknown)
            }
            if rulers.contains(where: { $0.apex != first.apex }) { return OwnershipState(apex: node, kind: .joint) }
            // Where the shares sum to no more than all, nobody else can hold as much.
            if first.lower > .half, stated <= .whole { return follow(first) }
            return rival(of: first) < .half ? follow(first) : open(node)
        }
        if let ruler = rulers.first {
            return rulers.count == 1 ? follow(ruler) : OwnershipState(apex: node, kind: .joint)
        }
        return rival(of: nil) < .half ? OwnershipState(apex: node) : open(node)
    }

    private func follow(_ group: Group) -> OwnershipState { OwnershipState(apex: group.apex, kind: group.kind) }

    private func open(_ node: OwnershipGraph.Node) -> OwnershipState {
        OwnershipState(apex: node, kind: hasPending ? .pending : .unknown)
    }

    /// The most that one group, other than a given one, could turn out to hold.
    private func rival(of one: Group?) -> Share {
        var largest = Share.none
        var loose = pending
        var hasUnknown = pendingHasUnknown
        for group in groups where group.apex != one?.apex {
            hasUnknown = hasUnknown || group.hasUnknown
            if group.kind == .unknown || group.kind == .joint {
                loose = loose + group.upper
            } else {
                largest = max(largest, group.upper)
            }
        }
        return largest + loose + (hasUnknown ? remainder : .none)
    }
}
