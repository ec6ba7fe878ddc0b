/// Finds customers that look like one buyer split into several, each below a limit that together they pass.
public struct StructuringSearch: Sendable {
    /// What to look for.
    public struct Settings: Sendable {
        /// The least number of linked customers.
        public var least = 3
        /// What one buyer may take in a year, TPP.
        public var limit = ComputeCap.lowPerformance.limit
        /// How close the linked customers' orders stand together, in days.
        public var window = 366
        /// Those of License Exception LPP.
        public init() {}
    }

    /// A group of linked customers that passes the limit together.
    public struct Scheme: Sendable {
        /// The customers' ids, in order.
        public let customers: [String]
        /// What they have in common: `payment acct-7 (3 customers)`.
        public let links: [String]
        /// What they took together in the fullest window, TPP.
        public let total: Quantity
        /// The most that one of them took in it.
        public let largest: Quantity
        /// The window's first and last order.
        public let days: ClosedRange<CalendarDay>
    }

    private let settings: Settings

    /// A search.
    public init(_ settings: Settings = Settings()) { self.settings = settings }

    /// Every scheme among customers and their orders.
    public func schemes(_ customers: [ComputeCustomer], _ orders: [ComputeOrder]) -> [Scheme] {
        var bought: [String: [ComputeOrder]] = [:]
        for order in orders { bought[order.customer, default: []].append(order) }
        let buyers = customers.filter { bought[$0.id] != nil }
        let marks = buyers.map { LinkMark.all(of: $0) }
        var holders: [LinkMark: [Int]] = [:]
        for (index, own) in marks.enumerated() { for mark in own { holders[mark, default: []].append(index) } }
        return groups(holders, count: buyers.count).compactMap { group in
            scheme(group.map { buyers[$0] }, shared(group, marks, holders), bought)
        }.sorted { $0.total > $1.total }
    }

    /// Customers joined by links that weigh enough.
    private func groups(_ holders: [LinkMark: [Int]], count: Int) -> [[Int]] {
        var weights: [SIMD2<Int32>: [LinkMark.Kind: Double]] = [:]
        for (mark, who) in holders where 2...mark.kind.widest ~= who.count {
            for (place, one) in who.enumerated() {
                for two in who[(place + 1)...] {
                    let pair = SIMD2(Int32(truncatingIfNeeded: one), Int32(truncatingIfNeeded: two))
                    // Several usage marks add up, several of the other kinds are one circumstance.
                    let known = weights[pair]?[mark.kind] ?? 0
                    weights[pair, default: [:]][mark.kind] =
                        mark.kind == .usage ? min(1, known + mark.kind.weight) : mark.kind.weight
                }
            }
        }
        var leaders = Array(0..<count)
        func leader(_ node: Int) -> Int {
            var node = node
            while leaders[node] != node {
                leaders[node] = leaders[leaders[node]]
                node = leaders[node]
            }
            return node
        }
        // An address alone joins too: what such a group took decides.
        for (pair, kinds) in weights where kinds.values.reduce(0, +) >= LinkMark.Kind.address.weight {
            leaders[leader(Int(pair.y))] = leader(Int(pair.x))
        }
        var groups: [Int: [Int]] = [:]
        for node in 0..<count { groups[leader(node), default: []].append(node) }
        return groups.values.filter { $0.count >= settings.least }.sorted { $0[0] < $1[0] }
    }

    /// The marks that at least two of a group share and that are not too wide, with how many of the group do.
    private func shared(_ group: [Int], _ marks: [[LinkMark]], _ holders: [LinkMark: [Int]]) -> [LinkMark: Int] {
        var counts: [LinkMark: Int] = [:]
        for index in group { for mark in marks[index] { counts[mark, default: 0] += 1 } }
        return counts.filter { $0.value >= 2 && (holders[$0.key]?.count ?? 0) <= $0.key.kind.widest }
    }

    /// The group as a scheme, if together it passes what each alone keeps below.
    private func scheme(
        _ group: [ComputeCustomer], _ shared: [LinkMark: Int], _ bought: [String: [ComputeOrder]]
    ) -> Scheme? {
        let orders = group.flatMap { bought[$0.id] ?? [] }.sorted { $0.day < $1.day }
        var first = 0
        var total = Quantity(0)
        var fullest: (range: Range<Int>, total: Quantity) = (0..<0, Quantity(0))
        for (last, order) in orders.enumerated() {
            total = total + order.performance
            while order.day.ordinal - orders[first].day.ordinal >= settings.window {
                total = Quantity(millionths: max(0, total.millionths - orders[first].performance.millionths))
                first += 1
            }
            if total > fullest.total { fullest = (first..<(last + 1), total) }
        }
        guard fullest.total > settings.limit, let begin = orders[fullest.range].first,
            let end = orders[fullest.range].last
        else { return nil }
        var each: [String: Quantity] = [:]
        for order in orders[fullest.range] {
            each[order.customer] = (each[order.customer] ?? Quantity(0)) + order.performance
        }
        // An office is shared by many who have nothing to do with each other: then only like and weighty parts count.
        let isOffice = !shared.contains { $0.key.kind != .address && $0.value >= settings.least }
        let tenth = Quantity(millionths: settings.limit.millionths / 10)
        var small = each.filter { $0.value <= settings.limit && (!isOffice || $0.value >= tenth) }
        if isOffice, let most = small.values.max() {
            small = small.filter { $0.value.millionths >= most.millionths / 4 }
        }
        let sum = small.values.reduce(Quantity(0), +)
        guard small.count >= settings.least, sum > settings.limit else { return nil }
        let links = shared.map { "\($0.kind.rawValue) '\($0.value.prefix(60))' (\($1) customers)" }
        return Scheme(
            customers: small.keys.sorted(), links: links.sorted(), total: sum,
            largest: small.values.max() ?? Quantity(0),
            days: begin.day...end.day)
    }
}
