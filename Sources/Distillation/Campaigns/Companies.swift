/// Companies among the accounts of a campaign: many accounts of one organisation that only speak as the campaign does.
///
/// An operation over many organisations has one account of most, or a few. Accounts of one organisation are alike by right, so
/// their number says nothing; what would tie such an organisation to the others is a card, an address or a system prompt.
enum Companies {
    private static let leastAccounts = 5
    /// How many times as many accounts it has as the others have on average.
    private static let times = 3

    /// The accounts without those of such organisations that share nothing with the others.
    static func removed(from accounts: [Int], _ population: Population) -> [Int] {
        let sizes = Dictionary(accounts.map { (population.organisation[$0], 1) }, uniquingKeysWith: +)
        let large = sizes.filter { id, size in
            let others = (accounts.count - size, sizes.count - 1)
            return size >= leastAccounts && others.1 >= 3 && size * others.1 > times * others.0
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
