public import Store

/// What a group of accounts may do less of until a person has looked: everything in it can be taken back.
///
/// Memory only: a desk writes it, and keeps the papers that it follows from. One account may be under several.
public struct Curb: Sendable, Equatable {
    /// What becomes of a model's reasoning in answers, from the mildest to the strictest.
    public enum Reasoning: Int, Sendable, Comparable, CaseIterable {
        case pass, summarise, withhold

        /// Compares by strictness.
        public static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
    }

    /// A harmless instruction that marks answers, so that a model trained on them can be told later.
    public struct Canary: Sendable, Equatable {
        /// What the model server is told besides the request.
        public var instruction: String
        /// What the record holds of it: it binds whoever keeps the mark, and tells nobody else what it is.
        public var commitment: String

        /// Takes the parts as they are.
        public init(instruction: String, commitment: String) {
            (self.instruction, self.commitment) = (instruction, commitment)
        }
    }

    /// What an exchange has to follow while it runs.
    public struct Terms: Sendable, Equatable {
        /// What the curb is called, for the record and for an appeal; several are separated by spaces.
        public var id: String
        /// What becomes of reasoning; a stricter rule of the model's own still holds.
        public var reasoning: Reasoning
        /// The most answers that one request may ask for; nil for as many as the dialect allows.
        public var choices: Int?
        /// Whether answers come without the probabilities of their tokens.
        public var hidesLogprobs: Bool
        /// The mark in its answers, where there is one.
        public var canary: Canary?

        /// Takes the parts as they are.
        public init(
            id: String, reasoning: Reasoning = .pass, choices: Int? = nil, hidesLogprobs: Bool = false,
            canary: Canary? = nil
        ) {
            self.id = id
            self.reasoning = reasoning
            self.choices = choices
            self.hidesLogprobs = hidesLogprobs
            self.canary = canary
        }

        /// The stricter of both in everything, and the first one's mark: two could contradict each other.
        func joined(with other: Terms) -> Terms {
            Terms(
                id: "\(id) \(other.id)", reasoning: max(reasoning, other.reasoning),
                choices: [choices, other.choices].compactMap { $0 }.min(),
                hidesLogprobs: hidesLogprobs || other.hidesLogprobs, canary: canary ?? other.canary)
        }
    }

    /// The accounts that are under it.
    public var accounts: Set<AccountID>
    /// What their exchanges follow.
    public var terms: Terms
    /// The marks that its accounts' answers bear, one for each account.
    public var canaries: [Canary]
    /// What they may use all together.
    public var limits: Limits
    /// Whether they are refused until a person has confirmed who is behind them.
    public var asksForConfirmation: Bool
    /// The accounts that a person has confirmed.
    public var confirmed: Set<AccountID>

    /// Takes the parts as they are.
    public init(
        accounts: Set<AccountID>, terms: Terms, limits: Limits = Limits(), asksForConfirmation: Bool = false,
        confirmed: Set<AccountID> = [], canaries: [Canary] = []
    ) {
        self.accounts = accounts
        self.terms = terms
        self.canaries = canaries
        self.limits = limits
        self.asksForConfirmation = asksForConfirmation
        self.confirmed = confirmed
    }
}

extension Curb {
    /// The terms for one of its accounts: always the same mark for the same account, and all marks over many.
    func terms(for account: AccountID) -> Terms {
        guard !canaries.isEmpty else { return terms }
        // FNV-1a: who is given which is no secret, the marks are.
        let hash = account.text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        var terms = terms
        terms.canary = canaries[Int((hash ^ hash >> 32) % UInt64(canaries.count))]
        return terms
    }
}

/// What an account is under, of all curbs together.
struct CurbStanding {
    var terms: Curb.Terms?
    var notice: RestrictionNotice?
    var holdings: [Holding] = []
}

extension Gatekeeper {
    /// Puts these curbs in force, and no others; running exchanges of accounts that must be confirmed are cut.
    public func set(curbs: [String: Curb]) {
        cut { book in
            let old = book.snapshot.curbs
            guard old != curbs else { return [] }
            var changed: Set<AccountID> = []
            for id in Set(old.keys).union(curbs.keys) where old[id] != curbs[id] {
                changed.formUnion(old[id]?.accounts ?? [])
                changed.formUnion(curbs[id]?.accounts ?? [])
            }
            book.snapshot.curbs = curbs
            book.curbMeters = book.curbMeters.filter { curbs[$0.key] != nil }
            return Set(book.doors.values.filter { changed.contains($0.key.account) }.map(\.key.family))
        }
    }

    /// What an account is under; the accounts of one curb share one meter.
    static func curbs(on account: AccountID, in book: inout Book) -> CurbStanding {
        var standing = CurbStanding()
        guard !book.snapshot.curbs.isEmpty else { return standing }
        for (id, curb) in book.snapshot.curbs.sorted(by: { $0.key < $1.key }) where curb.accounts.contains(account) {
            let terms = curb.terms(for: account)
            standing.terms = standing.terms?.joined(with: terms) ?? terms
            if curb.asksForConfirmation, !curb.confirmed.contains(account), standing.notice == nil {
                standing.notice = RestrictionNotice(confirming: id)
            }
            guard curb.limits != Limits() else { continue }
            let meter = book.curbMeters[id] ?? Meter()
            book.curbMeters[id] = meter
            standing.holdings.append(Holding(meter: meter, limits: curb.limits, holder: .group))
        }
        return standing
    }
}

extension RestrictionNotice {
    /// What an account is told that somebody has to confirm.
    init(confirming id: String) {
        self.init(
            id: id, code: "verification_required",
            reason: "a person here has to confirm who uses this account before it goes on")
    }
}
