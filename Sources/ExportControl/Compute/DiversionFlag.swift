/// The eleven signs of diversion that BIS published for advanced chips on 2025-05-13.
///
/// They were read in summaries (trade press and law firms), not in the guidance itself; `standing` says of each whether
/// its substance was read or is stated from memory.
public enum DiversionFlag: String, Sendable, CaseIterable {
    case newBuyer = "new_buyer"
    case address = "address"
    case noPresence = "no_presence"
    case noBusinessCase = "no_business_case"
    case infrastructure = "infrastructure"
    case intermediary = "intermediary"
    case maskedUsers = "masked_users"
    case listedContact = "listed_contact"
    case withheldEndUse = "withheld_end_use"
    case payment = "payment"
    case relabelled = "relabelled"

    /// What the sign is, in a sentence.
    public var summary: String {
        switch self {
        case .newBuyer: "The buyer took no advanced chips before October 2022."
        case .address: "The address is residential, virtual or too vague to find."
        case .noPresence: "The buyer can hardly be found in public: no website, no register, no press."
        case .noBusinessCase: "The order does not fit the buyer's business."
        case .infrastructure: "The data centre cannot show that it has the power, cooling and space."
        case .intermediary: "A forwarder or reseller stands as the end user or last destination."
        case .maskedUsers: "A provider of computing does not say, or hides, who its users are and where they belong."
        case .listedContact: "An address, telephone or person is shared with a listed party."
        case .withheldEndUse: "End use, end user or place of installation are withheld or evaded."
        case .payment: "The money comes from a third party, or from Macau or a D:5 country, without reason."
        case .relabelled: "Goods are relabelled or declared as something else, or rerouted after ordering."
        }
    }

    /// How well the sign is attested.
    public var standing: RuleSource.Standing {
        switch self {
        case .newBuyer, .address, .noPresence, .noBusinessCase, .infrastructure, .intermediary, .maskedUsers,
            .relabelled:
            .read
        case .listedContact, .withheldEndUse, .payment: .memory
        }
    }

    /// One sign that a customer shows, and what shows it.
    public struct Evidence: Sendable, Equatable {
        /// The sign.
        public let flag: DiversionFlag
        /// What was seen.
        public let seen: String
    }

    /// The signs that a customer shows.
    public static func evidence(of customer: ComputeCustomer, _ orders: [ComputeOrder]) -> [Evidence] {
        allCases.compactMap { flag in flag.seen(customer, orders).map { Evidence(flag: flag, seen: $0) } }
    }

    private func seen(_ customer: ComputeCustomer, _ orders: [ComputeOrder]) -> String? {
        switch self {
        case .newBuyer: newBuyer(customer)
        case .address: address(customer)
        case .noPresence: fact(customer, "has_public_presence", is: false, "no public presence was found")
        case .noBusinessCase: fact(customer, "fits_business", is: false, "the order does not fit the stated business")
        case .infrastructure:
            fact(customer, "shows_infrastructure", is: false, "power, cooling or space were not shown")
        case .intermediary: intermediary(customer)
        case .maskedUsers:
            customer.role == "iaas"
                ? fact(customer, "names_users", is: false, "the provider does not say who its users are") : nil
        case .listedContact:
            fact(customer, "shares_contact_with_listed", is: true, "a contact is shared with a listed party")
        case .withheldEndUse: fact(customer, "states_end_use", is: false, "end use or end user were not stated")
        case .payment: payment(customer)
        case .relabelled: relabelled(orders)
        }
    }

    private func fact(_ customer: ComputeCustomer, _ name: String, is value: Bool, _ seen: String) -> String? {
        customer.facts[name] == value ? "\(seen) (\(name): \(value))" : nil
    }

    private func newBuyer(_ customer: ComputeCustomer) -> String? {
        guard let day = customer.firstAdvancedPurchase, day >= CalendarDay(2022, 10, 7) else { return nil }
        return "the first advanced chips were bought on \(day)"
    }

    private func address(_ customer: ComputeCustomer) -> String? {
        if let kind = customer.addressKind, ["residential", "virtual"].contains(kind) {
            return "the address is \(kind)"
        }
        for address in customer.addresses {
            let text = address.lowercased()
            let words = text.split { !$0.isLetter && !$0.isNumber }
            if text.contains("p.o. box") || text.contains("po box") || text.contains("邮政信箱") {
                return "'\(address.prefix(80))' is a post box"
            }
            guard text.contains(where: { $0.isNumber }), words.count >= 3 || text.contains(where: { $0.isIdeographic })
            else { return "'\(address.prefix(80))' names no building" }
        }
        return nil
    }

    private func intermediary(_ customer: ComputeCustomer) -> String? {
        guard let role = customer.role, ["forwarder", "reseller"].contains(role),
            customer.facts["names_end_user"] != true
        else { return nil }
        return "a \(role) is the last party named"
    }

    private func payment(_ customer: ComputeCustomer) -> String? {
        if customer.facts["pays_itself"] == false { return "a third party pays (pays_itself: false)" }
        for place in customer.paymentCountries where PlaceArea.embargoedArms.contains(place, on: nil) == true {
            guard place.country != customer.headquarters?.country else { continue }
            return "a payment came from \(place.code), and the buyer is headquartered in "
                + (customer.headquarters?.code ?? "an unknown place")
        }
        return nil
    }

    private func relabelled(_ orders: [ComputeOrder]) -> String? {
        if let order = orders.first(where: { $0.declaredAs != nil }), let name = order.declaredAs {
            return "goods of \(order.day) were declared as '\(name.prefix(60))'"
        }
        return orders.first { $0.isRerouted }.map { "the order of \($0.day) was rerouted" }
    }
}

extension Character {
    /// Whether it is a Han character, whose addresses are not cut into words.
    fileprivate var isIdeographic: Bool { unicodeScalars.contains { $0.properties.isIdeographic } }
}
