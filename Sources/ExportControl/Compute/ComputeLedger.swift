/// Who holds or rents how much compute: exact sums of TPP by ultimate parent, country and year.
public struct ComputeLedger: Sendable {
    /// What sums are kept by.
    public struct Key: Sendable, Hashable {
        /// The ultimate parent's name; the customer's own where nobody controls it or it is not certain who does.
        public let parent: String
        /// The destination's country.
        public let country: String
        /// The calendar year.
        public let year: Int
    }

    /// A sum against a cap.
    public struct Usage: Sendable {
        /// The cap.
        public let cap: ComputeCap
        /// Whose sum: a parent, a country, or both.
        public let holder: String
        /// The year, or the years, that are counted.
        public let years: ClosedRange<Int>
        /// The sum, TPP.
        public let used: Quantity
        /// Whether it is above the cap; the cap itself may be reached.
        public var isOver: Bool { used > cap.limit }
        /// What is left in millionths of TPP; negative above the cap.
        public var left: Int64 { cap.limit.millionths - used.millionths }
    }

    /// The sums.
    public private(set) var sums: [Key: Quantity] = [:]
    /// The parent of each customer, by id.
    public private(set) var parents: [String: String] = [:]
    /// Orders of customers that are not known.
    public private(set) var strayOrders = 0

    /// A ledger of orders, with customers put under their ultimate parents.
    public init(customers: [ComputeCustomer], orders: [ComputeOrder], owners graph: OwnershipGraph?) {
        for customer in customers { parents[customer.id] = graph?.ultimateParent(of: customer.name) ?? customer.name }
        for order in orders { add(order) }
    }

    /// Adds one order.
    public mutating func add(_ order: ComputeOrder) {
        guard let parent = parents[order.customer] else {
            strayOrders += 1
            return
        }
        let key = Key(parent: parent, country: order.destination.country, year: order.day.year)
        sums[key] = (sums[key] ?? Quantity(0)) + order.performance
    }

    /// Every sum that a version caps, the largest first; countries and groups that the version leaves free are not
    /// among them.
    public func usage(under version: RuleVersion) -> [Usage] {
        ComputeCap.all(of: version).flatMap { usage(of: $0) }
            .sorted { ($1.used, $0.cap.name, $0.holder) < ($0.used, $1.cap.name, $1.holder) }
    }

    private func usage(of cap: ComputeCap) -> [Usage] {
        var used: [String: [Int: Quantity]] = [:]
        for (key, sum) in sums where cap.years.contains(key.year) {
            guard let place = Place(key.country), PlaceArea.trusted.contains(place, on: nil) == false else { continue }
            let holder: String
            switch cap.scope {
            case .consigneeYear: holder = key.parent
            case .country: holder = key.country
            case .companyCountry: holder = key.parent + ", " + key.country
            }
            let year = cap.scope == .consigneeYear ? key.year : cap.years.upperBound
            used[holder, default: [:]][year] = (used[holder]?[year] ?? Quantity(0)) + sum
        }
        return used.flatMap { holder, years in
            years.map { year, sum in
                Usage(cap: cap, holder: holder, years: cap.scope == .consigneeYear ? year...year : cap.years, used: sum)
            }
        }
    }
}
