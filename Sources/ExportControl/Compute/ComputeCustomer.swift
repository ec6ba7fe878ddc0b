/// A customer as the compute ledger knows it; what is nil or empty is not known.
public struct ComputeCustomer: Sendable {
    /// Its id in orders.
    public var id: String
    /// Its name, as in the ownership register.
    public var name: String
    /// Where it is headquartered.
    public var headquarters: Place?
    /// What it says it is: `end_user`, `data_centre`, `iaas`, `reseller`, `forwarder`.
    public var role: String?
    /// Persons or firms behind it, as stated.
    public var owners: [String] = []
    /// Its addresses.
    public var addresses: [String] = []
    /// `commercial`, `residential` or `virtual`.
    public var addressKind: String?
    /// Accounts and cards that paid, as opaque marks.
    public var payments: [String] = []
    /// Countries that payments came from.
    public var paymentCountries: [Place] = []
    /// Devices it signed in from, as opaque marks.
    public var devices: [String] = []
    /// Marks of how it uses the service: prompt templates, times, workloads.
    public var usage: [String] = []
    /// The first time it bought advanced chips or computers with them, from anybody.
    public var firstAdvancedPurchase: CalendarDay?
    /// Facts that a person or a questionnaire has established, by name; see `DiversionFlag`.
    public var facts: [String: Bool] = [:]

    /// A customer of whom only the id and name are known.
    public init(id: String, name: String) {
        self.id = id
        self.name = name
    }
}

/// One sale or rental of compute.
public struct ComputeOrder: Sendable {
    /// The customer's id.
    public var customer: String
    /// When.
    public var day: CalendarDay
    /// Processing performance in all, TPP.
    public var performance: Quantity
    /// Where the hardware stands or goes.
    public var destination: Place
    /// What the goods were declared as, if it was anything else than what they are.
    public var declaredAs: String?
    /// Whether the destination or consignee was changed after ordering.
    public var isRerouted: Bool

    /// An order by its parts.
    public init(
        customer: String, day: CalendarDay, performance: Quantity, destination: Place, declaredAs: String? = nil,
        isRerouted: Bool = false
    ) {
        self.customer = customer
        self.day = day
        self.performance = performance
        self.destination = destination
        self.declaredAs = declaredAs
        self.isRerouted = isRerouted
    }
}
