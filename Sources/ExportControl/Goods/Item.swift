/// An item as far as it is known; every number is a pair of bounds, every unknown stays one.
public struct Item: Sendable {
    /// For whom it is designed or marketed.
    public enum Market: Sendable { case dataCentre, notDataCentre }

    /// Where the designer is headquartered, seen from General Prohibition 10.
    public enum Designer: Sendable { case inArmsEmbargo, elsewhere, unknown }

    /// The maker, as written; may be empty.
    public var vendor: String
    /// The product's name.
    public var name: String
    /// What it is; nil if not known.
    public var kind: ItemKind?
    /// nil if not known.
    public var market: Market?
    /// The designer.
    public var designer: Designer
    /// Total processing performance.
    public var performance: Bounds
    /// Applicable die area, or for a memory stack the area of its package, in mm².
    public var area: Bounds
    /// Performance density, where it is stated.
    public var density: Bounds
    /// Memory bandwidth, GB/s.
    public var memoryBandwidth: Bounds
    /// I/O to other ICs, both directions, GB/s.
    public var interconnect: Bounds
    /// Whether letters of 2025 are known to name the part.
    public var isNamedInLetters = false
    /// What was taken for granted while reading it.
    public var assumptions: [String]
    /// What was wrong with its cells.
    public var problems: [String]

    /// An item of which nothing is known but its name.
    public init(vendor: String, name: String, kind: ItemKind? = .processor) {
        self.vendor = vendor
        self.name = name
        self.kind = kind
        market = nil
        designer = .unknown
        performance = .unknown
        area = .unknown
        density = .unknown
        memoryBandwidth = .unknown
        interconnect = .unknown
        assumptions = []
        problems = []
    }
}

/// Where goods go, and to whom; unknown places are nil.
public struct Consignment: Sendable {
    /// The destination.
    public var destination: Place?
    /// The buyer's headquarters.
    public var headquarters: Place?
    /// Where the buyer's ultimate parent is headquartered.
    public var parent: Place?
    /// The day, where the answer may depend on it.
    public var day: CalendarDay?

    /// A consignment to a buyer who sits in the destination and has its ultimate parent there.
    public init(to destination: Place?) {
        self.init(destination: destination, headquarters: destination, parent: destination, day: nil)
    }

    /// A consignment by its parts.
    public init(destination: Place?, headquarters: Place?, parent: Place?, day: CalendarDay?) {
        self.destination = destination
        self.headquarters = headquarters
        self.parent = parent
        self.day = day
    }
}
