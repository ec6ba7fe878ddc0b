/// Companies among the accounts of a campaign: organisations with many accounts that only speak as the campaign does.
///
/// An operation over many organisations has one account in most, or a few. Accounts of one organisation are alike by right, so
/// how many there are says nothing; what would tie such an organisation to the others is a card, an address or a system prompt.
enum Companies {
    /// The fewest accounts, in a campaign or not, that make an organisation a company.
    private static let leastAccounts: Float = 5
    /// How many times as many accounts it has as the campaign's other organisations have on average.
    private static let times: Float = 3

    /// The accounts without those of such organisations that share nothing with the others.
    static func removed(from accounts: [Int], _ population: Population) -> [Int] {
        // An account weighs one part of its organisation.
        let sizes = Dictionary(
            accounts.map { (population.organisation[$0], 1 / population.weight[$0]) }, uniquingKeysWith: { $1 })
        let whole = sizes.reduce(Float(0)) { $0 + $1.value }
        let others = Float(sizes.count - 1)
        let large = sizes.filter { _, size in
            size >= leastAccounts && others >= 3 && size * others > times * (whole - size)
        }
        guard !large.isEmpty else { return accounts }
        let tied = tied(Set(large.keys), accounts, population)
        return accounts.filter {
            large[population.organisation[$0]] == nil || tied.contains(population.organisation[$0])
        }
    }

    /// Which of some organisations share a card, an address or a system prompt with others of these accounts.
    private static func tied(_ large: Set<Int32>, _ accounts: [Int], _ population: Population) -> Set<Int32> {
        var users: [Int32: Int32] = [:]
        var shared: Set<Int32> = []
        func each(_ account: Int, _ body: (Int32) -> Void) {
            population.eachShared(of: account) { object, _ in
                let kind = population.kinds[object]
                guard
                    kind == ObjectKind.payment.rawValue || kind == ObjectKind.address.rawValue
                        || kind == ObjectKind.system.rawValue
                else { return }
                body(Int32(truncatingIfNeeded: object))
            }
        }
        for account in accounts {
            let id = population.organisation[account]
            each(account) { object in
                if let first = users[object], first != id { shared.insert(object) } else { users[object] = id }
            }
        }
        var tied: Set<Int32> = []
        for account in accounts where large.contains(population.organisation[account]) {
            each(account) { object in
                if shared.contains(object) { tied.insert(population.organisation[account]) }
            }
        }
        return tied
    }
}
