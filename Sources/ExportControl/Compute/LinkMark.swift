/// A mark that two customers may share, and that makes them look like one.
struct LinkMark: Hashable, Sendable {
    /// What kind of mark it is.
    enum Kind: String, Sendable, CaseIterable {
        case owner, address, payment, device, usage

        /// What one shared mark of the kind weighs; 1 is a link by itself.
        var weight: Double {
            switch self {
            case .owner, .payment, .device: 1
            case .usage: 0.5
            case .address: 0.6
            }
        }

        /// Above this many customers a mark says nothing: a bank, a registered agent, an office tower, a client library.
        var widest: Int {
            switch self {
            case .owner, .payment, .device: 30
            case .usage, .address: 15
            }
        }
    }

    let kind: Kind
    let value: String

    /// The marks of a customer, folded so that spellings of one thing agree.
    static func all(of customer: ComputeCustomer) -> [LinkMark] {
        let owners = customer.owners.map { LinkMark(kind: .owner, value: words($0).sorted().joined(separator: " ")) }
        let addresses = customer.addresses.map { LinkMark(kind: .address, value: address($0)) }
        func marks(_ kind: Kind, _ values: [String]) -> [LinkMark] {
            values.map { LinkMark(kind: kind, value: $0.lowercased()) }
        }
        let all =
            owners + addresses + marks(.payment, customer.payments) + marks(.device, customer.devices)
            + marks(.usage, customer.usage)
        return Array(Set(all)).filter { !$0.value.isEmpty }
    }

    private static func words(_ text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }

    /// An address without the words that people write in many ways or leave out, in any order.
    private static func address(_ text: String) -> String {
        let kept = Set(words(text).map { shortened[$0] ?? $0 }).subtracting(dropped)
        return kept.sorted().joined(separator: " ")
    }

    private static let shortened = [
        "street": "st", "road": "rd", "avenue": "ave", "boulevard": "blvd", "building": "bldg", "lane": "ln",
        "drive": "dr", "square": "sq", "tower": "twr", "north": "n", "south": "s", "east": "e", "west": "w",
        "jalan": "jl", "jln": "jl", "strasse": "str", "straße": "str", "lu": "rd", "lù": "rd", "jie": "st",
    ]
    private static let dropped: Set<String> = [
        "unit", "suite", "ste", "room", "rm", "floor", "fl", "no", "number", "apt", "flat", "the", "of", "office",
        "level",
    ]
}
