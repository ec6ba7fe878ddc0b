/// Who owns whom on one day, with each party's ultimate parent and reach of the 50 % rules kept up to date.
///
/// Parties are numbers inside; edges are kept in flat arrays, chained by owner and by owned. Parties that own each other
/// in a ring are evaluated together, everything else in the order from owners to owned. When an edge changes, what
/// depends on it is evaluated again, and only as far as something changes.
public struct OwnershipGraph: Sendable {
    /// One party's number.
    typealias Node = Int32

    struct Edge {
        let owner: Node
        let owned: Node
        var lower: Share
        /// Meaningless where the share is unknown.
        var upper: Share
        var isUnknown: Bool
        var isControl: Bool
        var isGone = false
        /// Whether the owner's state can make a difference to what is owned.
        var matters = true
        var nextOfOwner: Int32
        var nextOfOwned: Int32
    }

    private(set) var names: [String] = []
    private var numbers: [String: Node] = [:]
    private(set) var edges: [Edge] = []
    /// For each party its first edge as owner, -1 for none.
    private(set) var firstHeld: [Int32] = []
    /// For each party its first edge as owned, -1 for none.
    private(set) var firstOwner: [Int32] = []
    private(set) var listings: [Node: [(name: String, listing: PartyListing)]] = [:]
    private var reachOfListing: [Reach] = []
    private var maybeReachOfListing: [Reach] = []
    var states: [OwnershipState] = []
    /// Each party's place in the order from owners to owned, when it was last set.
    private var order: [Int32] = []
    /// How many owners were ever chained to each party.
    private var ownerCounts: [Int32] = []
    /// The edges of parties with very many owners.
    private var wideEdges: [UInt64: Int32] = [:]
    /// Parties that may stand in a ring of owners.
    var ringed: [Bool] = []
    /// Pairs that were stated more than once with different shares.
    private(set) var contradictions: Set<Int32> = []

    /// A graph of the statements that hold on a day, and of the lists parties are on.
    ///
    /// Two statements on one pair make bounds of both; a party's share of itself is left out.
    public init(_ records: [OwnershipRecord], listed: [(party: String, list: String)], on day: CalendarDay?) {
        names.reserveCapacity(records.count)
        // Room for later edges, so that one more does not move them all.
        edges.reserveCapacity(records.count + records.count / 4 + 1024)
        numbers.reserveCapacity(records.count)
        for record in records where record.holds(on: day) { insert(record) }
        for (party, list) in listed {
            let node = number(party)
            let listing = PartyListing(list)
            listings[node, default: []].append((list, listing))
            reachOfListing[Int(node)].formUnion(listing.reach)
            if listing == .other { maybeReachOfListing[Int(node)] = [.affiliates, .ofac] }
        }
        for node in names.indices { weigh(Node(truncatingIfNeeded: node)) }
        evaluateAll()
    }

    /// The number of a name; new names get the next.
    mutating func number(_ name: String) -> Node {
        if let known = numbers[name] { return known }
        let node = Node(truncatingIfNeeded: names.count)
        numbers[name] = node
        names.append(name)
        firstHeld.append(-1)
        firstOwner.append(-1)
        reachOfListing.append([])
        maybeReachOfListing.append([])
        states.append(OwnershipState(apex: node))
        order.append(Int32(truncatingIfNeeded: order.count))
        ownerCounts.append(0)
        ringed.append(false)
        return node
    }

    /// Goes through every party, with its ultimate parent and whether a 50 % rule in force on a day reaches it.
    ///
    /// Both are nil where they are not certain. Parties that are themselves on a restricting list count as reached.
    public func parties(
        on day: CalendarDay, _ each: (_ party: String, _ ultimateParent: String?, _ isRestricted: Bool?) -> Void
    ) {
        let reach = OwnershipRules.inForce(on: day)
        for (index, state) in states.enumerated() {
            let parent = state.kind == .certain ? names[Int(state.apex)] : nil
            let isListed = listings[Node(truncatingIfNeeded: index)]?.contains { $0.listing.restrictsItself } == true
            let isCertain = isListed || !state.certain.isDisjoint(with: reach)
            each(names[index], parent, isCertain ? true : state.possible.isDisjoint(with: reach) ? false : nil)
        }
    }

    /// The number of a party; nil if it is not in the graph.
    func node(_ name: String) -> Node? { numbers[name] }

    /// Above this many owners, edges are looked up by key instead of along the chain.
    private static let wideness = 32

    private static func key(_ owner: Node, _ owned: Node) -> UInt64 {
        UInt64(UInt32(bitPattern: owner)) << 32 | UInt64(UInt32(bitPattern: owned))
    }

    /// The edge between two parties, gone or not.
    private func edge(_ owner: Node, _ owned: Node) -> Int32? {
        if ownerCounts[Int(owned)] > Self.wideness { return wideEdges[Self.key(owner, owned)] }
        var index = firstOwner[Int(owned)]
        while index >= 0 {
            if edges[Int(index)].owner == owner { return index }
            index = edges[Int(index)].nextOfOwned
        }
        return nil
    }

    private mutating func insert(_ record: OwnershipRecord) {
        let owner = number(record.owner)
        let owned = number(record.owned)
        // A party's share of itself, and a share of nothing, make no edge.
        guard owner != owned, record.isControl || record.share != ShareBounds(.none) else { return }
        if let known = edge(owner, owned), !edges[Int(known)].isGone {
            merge(record, into: Int(known))
            return
        }
        append(owner, owned, record)
    }

    private mutating func append(_ owner: Node, _ owned: Node, _ record: OwnershipRecord) {
        let index = Int32(truncatingIfNeeded: edges.count)
        edges.append(
            Edge(
                owner: owner, owned: owned, lower: record.share.lower, upper: record.share.upper ?? .none,
                isUnknown: record.share.upper == nil, isControl: record.isControl,
                nextOfOwner: firstHeld[Int(owner)], nextOfOwned: firstOwner[Int(owned)]))
        firstHeld[Int(owner)] = index
        firstOwner[Int(owned)] = index
        ownerCounts[Int(owned)] += 1
        if ownerCounts[Int(owned)] == Self.wideness + 1 {
            for known in owners(of: owned, evenGone: true) {
                wideEdges[Self.key(edges[known].owner, owned)] = Int32(truncatingIfNeeded: known)
            }
        } else if ownerCounts[Int(owned)] > Self.wideness {
            wideEdges[Self.key(owner, owned)] = index
        }
    }

    /// Two statements on one pair: what is known is what lies between them.
    private mutating func merge(_ record: OwnershipRecord, into index: Int) {
        edges[index].isControl = edges[index].isControl || record.isControl
        // A statement of control alone says nothing of shares.
        if record.isControl, record.share == .unknown { return }
        if edges[index].isUnknown || record.share.upper == nil {
            edges[index].isUnknown = edges[index].isUnknown && record.share.upper == nil
            edges[index].lower = max(edges[index].lower, record.share.lower)
            edges[index].upper = max(edges[index].upper, record.share.upper ?? .none)
            return
        }
        let (lower, upper) = (record.share.lower, record.share.upper ?? .none)
        if lower != edges[index].lower || upper != edges[index].upper {
            contradictions.insert(Int32(truncatingIfNeeded: index))
        }
        edges[index].lower = min(edges[index].lower, lower)
        edges[index].upper = max(edges[index].upper, upper)
    }
}

// MARK: - What is asked

extension OwnershipGraph {
    /// How many parties there are.
    public var partyCount: Int { names.count }

    /// How many edges there are, without those that were removed.
    public var edgeCount: Int { edges.count { !$0.isGone } }

    /// The owners of a party: indices of edges.
    func owners(of node: Node, evenGone: Bool = false) -> [Int] {
        var result: [Int] = []
        var index = firstOwner[Int(node)]
        while index >= 0 {
            if evenGone || !edges[Int(index)].isGone { result.append(Int(index)) }
            index = edges[Int(index)].nextOfOwned
        }
        return result
    }

    /// Those who own and are owned where the owner makes a difference: for rings.
    func weightyOwners(of node: Node) -> [Node] {
        owners(of: node).filter { edges[$0].matters }.map { edges[$0].owner }
    }

    /// See `weightyOwners`.
    func weightyHoldings(of node: Node) -> [Node] {
        holdings(of: node).filter { edges[$0].matters }.map { edges[$0].owned }
    }

    /// What a party holds: indices of edges.
    func holdings(of node: Node) -> [Int] {
        var result: [Int] = []
        var index = firstHeld[Int(node)]
        while index >= 0 {
            if !edges[Int(index)].isGone { result.append(Int(index)) }
            index = edges[Int(index)].nextOfOwner
        }
        return result
    }

    /// The parties that the lists reach by shares of 50 % or more, as they stand today.
    public func reachedParties() -> Int { states.count { !$0.certain.isEmpty } }

    /// The ultimate parent of a party, where it is certain; itself where nobody controls it.
    public func ultimateParent(of party: String) -> String? {
        guard let node = numbers[party], states[Int(node)].kind == .certain else { return nil }
        return names[Int(states[Int(node)].apex)]
    }

    func directReach(_ node: Node) -> (certain: Reach, possible: Reach) {
        let certain = reachOfListing[Int(node)]
        return (certain, certain.union(maybeReachOfListing[Int(node)]))
    }
}

// MARK: - What changes

extension OwnershipGraph {
    /// Sets, adds or (with nil) removes one edge, and brings everything that depends on it up to date.
    ///
    /// - Returns: How many parties were evaluated again.
    @discardableResult
    public mutating func set(_ share: ShareBounds?, of owned: String, heldBy owner: String) -> Int {
        let holder = number(owner)
        let held = number(owned)
        guard holder != held else { return 0 }
        // A ring that the change opens is evaluated again as a whole.
        let before = ringed[Int(held)] ? ring(around: held) : []
        if let index = edge(holder, held).map({ Int($0) }) {
            edges[index].isGone = share == nil
            if let share {
                edges[index].lower = share.lower
                edges[index].upper = share.upper ?? .none
                edges[index].isUnknown = share.upper == nil
            }
        } else if let share {
            append(holder, held, OwnershipRecord(owner: owner, owned: owned, share: share))
        } else {
            return 0
        }
        weigh(held)
        markRing(at: held)
        return evaluate(from: [held] + before)
    }

    /// Finds out which owners of a party can make a difference to it.
    ///
    /// None, where all together hold less than half; one, where it holds half and the others less than half in sum.
    mutating func weigh(_ node: Node) {
        var stated = Share.none
        var most = Share.none
        var hasUnknown = false
        var hasControl = false
        var largest: Int32 = -1
        var index = firstOwner[Int(node)]
        while index >= 0 {
            let edge = edges[Int(index)]
            if !edge.isGone {
                stated = stated + edge.lower
                most = most + (edge.isUnknown ? edge.lower : edge.upper)
                hasUnknown = hasUnknown || edge.isUnknown
                hasControl = hasControl || edge.isControl
                if largest < 0 || edge.lower > edges[Int(largest)].lower { largest = index }
            }
            index = edge.nextOfOwned
        }
        guard largest >= 0 else { return }
        if hasUnknown, stated < .whole { most = most + Share(units: Share.whole.units - stated.units) }
        let first = edges[Int(largest)]
        let others = Share(units: most.units - (first.isUnknown ? first.lower : first.upper).units)
        let nobody = !hasControl && most < .half
        let onlyFirst = !hasControl && first.lower >= .half && !first.isUnknown && others < .half
        index = firstOwner[Int(node)]
        while index >= 0 {
            edges[Int(index)].matters = !nobody && (!onlyFirst || index == largest)
            index = edges[Int(index)].nextOfOwned
        }
    }

    func rank(_ node: Node) -> Int32 { order[Int(node)] }

    mutating func setRank(_ node: Node, _ rank: Int32) { order[Int(node)] = rank }
}
