/// One of the worlds that fit what is known of an item and a consignment.
///
/// A question that the bounds answer is answered from them. Any other is answered both ways, in two worlds, and what
/// was answered narrows the bounds, so that later questions agree. Going through all worlds gives every answer that
/// some possible value would give, and the questions at which they part are what is missing.
struct Possibility {
    /// A question that the facts leave open, and the fields whose values would answer it.
    struct Open: Error { let fields: [String] }

    private var item: Item
    private let consignment: Consignment
    private let script: [Bool]
    private var asked = 0
    private var market: Item.Market?
    private var places: [PlaceQuestion: Bool] = [:]

    private struct PlaceQuestion: Hashable {
        let role: Role
        let area: PlaceArea
    }

    private enum Role: String { case destination, headquarters, ultimateParent = "ultimate_parent" }

    init(_ item: Item, _ consignment: Consignment, script: [Bool]) {
        self.item = item
        self.consignment = consignment
        self.script = script
        market = item.market
    }

    /// The script's next answer, or the question itself where the script ends.
    private mutating func decide(_ fields: [String]) throws(Open) -> Bool {
        guard asked < script.count else { throw Open(fields: fields) }
        defer { asked += 1 }
        return script[asked]
    }

    /// Whether the maker's letter names the part itself.
    var isNamedInLetters: Bool { item.isNamedInLetters }

    /// Whether a clause had begun on the consignment's day; one as old as its edition always has.
    mutating func isInForce(_ since: CalendarDay, _ edition: CalendarDay) throws(Open) -> Bool {
        guard since > edition else { return true }
        if let day = consignment.day { return day >= since }
        return try decide(["as_of"])
    }

    mutating func isFor(_ condition: MarketCondition) throws(Open) -> Bool {
        guard condition != .any else { return true }
        if market == nil { market = try decide(["market"]) ? .dataCentre : .notDataCentre }
        return (market == .dataCentre) == (condition == .dataCentre)
    }

    mutating func designerIsInArmsEmbargo() throws(Open) -> Bool {
        if item.designer == .unknown {
            item.designer = try decide(["designer_hq"]) ? .inArmsEmbargo : .elsewhere
        }
        return item.designer == .inArmsEmbargo
    }

    mutating func holds(_ test: ThresholdTest) throws(Open) -> Bool {
        switch test.relation {
        case .atLeast: return try isAtLeast(test.parameter, test.bound)
        case .below: return try !isAtLeast(test.parameter, test.bound)
        case .above: return try isAtLeast(test.parameter, test.bound, strictly: true)
        }
    }

    private mutating func isAtLeast(
        _ parameter: Parameter, _ bound: Quantity, strictly: Bool = false
    ) throws(Open) -> Bool {
        let bound = strictly && parameter != .memoryDensity ? Quantity(millionths: bound.millionths + 1) : bound
        switch parameter {
        case .totalProcessingPerformance: return try narrow(\.performance, "tpp", bound)
        case .memoryBandwidth: return try narrow(\.memoryBandwidth, "memory_bw_gbs", bound)
        case .interconnect: return try narrow(\.interconnect, "interconnect_gbs", bound)
        case .memoryAndInterconnect: return try sumIsAtLeast(bound)
        case .performanceDensity:
            return try densityIsAtLeast(bound)
        case .memoryDensity:
            return try memoryDensityReaches(bound, strictly: strictly)
        }
    }

    private mutating func narrow(
        _ field: WritableKeyPath<Item, Bounds>, _ name: String, _ bound: Quantity
    ) throws(Open) -> Bool {
        if let known = item[keyPath: field].isAtLeast(bound) { return known }
        let answer = try decide([name])
        if answer {
            item[keyPath: field].lower = bound
        } else {
            item[keyPath: field].upper = Quantity(millionths: bound.millionths - 1)
        }
        return answer
    }

    private mutating func sumIsAtLeast(_ bound: Quantity) throws(Open) -> Bool {
        let (one, two) = (item.memoryBandwidth, item.interconnect)
        if one.lower + two.lower >= bound { return true }
        if let high = one.upper, let other = two.upper, high + other < bound { return false }
        var fields: [String] = []
        if one.exact == nil { fields.append("memory_bw_gbs") }
        if two.exact == nil { fields.append("interconnect_gbs") }
        return try decide(fields)
    }

    /// Whether TPP / area is at least a bound; decided by multiplying, never by dividing.
    private mutating func densityIsAtLeast(_ bound: Quantity) throws(Open) -> Bool {
        let (value, area) = (item.performance, item.area)
        if let most = area.upper, Ratio.isAtLeast(value.lower, most, bound) { return true }
        if area.lower > Quantity(0), let most = value.upper, !Ratio.isAtLeast(most, area.lower, bound) { return false }
        let missing = area.exact == nil ? "die_area_mm2" : value.exact == nil ? "tpp" : "performance_density"
        return try narrow(\.density, missing, bound)
    }

    /// Whether a stack's bandwidth by its area reaches a bound, or passes it.
    private mutating func memoryDensityReaches(_ bound: Quantity, strictly: Bool) throws(Open) -> Bool {
        let (value, area) = (item.memoryBandwidth, item.area)
        func reaches(_ value: Quantity, _ area: Quantity) -> Bool {
            strictly ? !Ratio.isAtMost(value, area, bound) : Ratio.isAtLeast(value, area, bound)
        }
        if let most = area.upper, reaches(value.lower, most) { return true }
        if area.lower > Quantity(0), let most = value.upper, !reaches(most, area.lower) { return false }
        var fields: [String] = []
        if value.exact == nil { fields.append("memory_bw_gbs") }
        if area.exact == nil { fields.append("die_area_mm2") }
        return try decide(fields)
    }

    mutating func meets(_ condition: BuyerCondition) throws(Open) -> Bool {
        switch condition {
        case .anyone: return true
        case .destination(let area): return try lies(.destination, in: area)
        case .buyer(let area):
            if try lies(.headquarters, in: area) { return true }
            return try lies(.ultimateParent, in: area)
        case .anyOf(let area):
            if try lies(.destination, in: area) { return true }
            return try meets(.buyer(area))
        case .allOf(let area):
            guard try lies(.destination, in: area), try lies(.headquarters, in: area) else { return false }
            return try lies(.ultimateParent, in: area)
        }
    }

    private mutating func lies(_ role: Role, in area: PlaceArea) throws(Open) -> Bool {
        let place =
            switch role {
            case .destination: consignment.destination
            case .headquarters: consignment.headquarters
            case .ultimateParent: consignment.parent
            }
        if let place, let known = area.contains(place, on: consignment.day) { return known }
        let question = PlaceQuestion(role: role, area: area)
        if let answered = places[question] { return answered }
        let answer = try decide([place == nil ? role.rawValue : "as_of"])
        places[question] = answer
        return answer
    }
}

/// Exact comparisons of quotients.
enum Ratio {
    /// Whether value / area ≥ bound.
    static func isAtLeast(_ value: Quantity, _ area: Quantity, _ bound: Quantity) -> Bool {
        // value·10⁶ ≥ bound·area, both in millionths squared: 128 bits hold them.
        Int128(value.millionths) * 1_000_000 >= Int128(bound.millionths) * Int128(area.millionths)
    }

    /// Whether value / area ≤ bound.
    static func isAtMost(_ value: Quantity, _ area: Quantity, _ bound: Quantity) -> Bool {
        Int128(value.millionths) * 1_000_000 <= Int128(bound.millionths) * Int128(area.millionths)
    }

    /// value / area in millionths, rounded down; nil for no area.
    static func millionths(_ value: Quantity, _ area: Quantity) -> Int64? {
        guard area.millionths > 0 else { return nil }
        return Int64(clamping: Int128(value.millionths) * 1_000_000 / Int128(area.millionths))
    }

    /// factor × area, rounded up or down to millionths.
    static func product(_ factor: Quantity, _ area: Quantity, up: Bool) -> Quantity {
        let product = Int128(factor.millionths) * Int128(area.millionths)
        let rounded = product / 1_000_000 + (up && product % 1_000_000 != 0 ? 1 : 0)
        return Quantity(millionths: Int64(clamping: rounded))
    }
}
