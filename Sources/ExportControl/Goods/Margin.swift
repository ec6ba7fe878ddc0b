/// How far an item's number lies from a threshold.
public struct Margin: Sendable {
    /// The threshold.
    public let test: ThresholdTest
    /// The number, in millionths, rounded down; nil where it is not known exactly.
    public let value: Int64?
    /// What is known of it where it is not exact.
    public let bounds: Bounds
    /// Whether the test holds, decided exactly whatever rounding shows; nil where that is not known.
    public let holds: Bool?

    init(_ test: ThresholdTest, of item: Item) {
        self.test = test
        var ratio: (Bounds, Bounds)?
        switch test.parameter {
        case .totalProcessingPerformance: bounds = item.performance
        case .memoryBandwidth: bounds = item.memoryBandwidth
        case .interconnect: bounds = item.interconnect
        case .memoryAndInterconnect:
            let (one, two) = (item.memoryBandwidth, item.interconnect)
            let high: Quantity? = if let a = one.upper, let b = two.upper { a + b } else { nil }
            bounds = Bounds(lower: one.lower + two.lower, upper: high)
        case .performanceDensity:
            ratio = (item.performance, item.area)
            bounds = Self.quotient(item.performance, item.area).intersection(item.density) ?? item.density
        case .memoryDensity:
            ratio = (item.memoryBandwidth, item.area)
            bounds = Self.quotient(item.memoryBandwidth, item.area)
        }
        if let (value, area) = ratio, let value = value.exact, let area = area.exact {
            self.value = Ratio.millionths(value, area)
        } else {
            value = bounds.exact?.millionths
        }
        var world = Possibility(item, Consignment(to: nil), script: [])
        holds = try? world.holds(test)
    }

    /// The signed difference to the threshold in millionths; nil where the number is not known exactly.
    public var distance: Int64? {
        value.map { $0.subtractingReportingOverflow(test.bound.millionths).partialValue }
    }

    private static func quotient(_ value: Bounds, _ area: Bounds) -> Bounds {
        let low = area.upper.flatMap { Ratio.millionths(value.lower, $0) } ?? 0
        let high = value.upper.flatMap { Ratio.millionths($0, area.lower) }
        return Bounds(
            lower: Quantity(millionths: low), upper: high.map { Quantity(millionths: $0 == .max ? $0 : $0 + 1) })
    }

    /// The thresholds of an edition, by the kind of item they are about.
    static func tests(of edition: RuleEdition) -> [ItemKind: [ThresholdTest]] {
        var result: [ItemKind: [ThresholdTest]] = [:]
        for clause in edition.items {
            for test in clause.tests where result[clause.kind]?.contains(test) != true {
                result[clause.kind, default: []].append(test)
            }
        }
        for clause in edition.licences {
            for test in clause.anyOf.joined() where result[.processor]?.contains(test) != true {
                result[.processor, default: []].append(test)
            }
        }
        return result
    }
}
