/// All cases: one queue for everything that a person decides.
///
/// A value; what it returns is what has to be stored.
public struct CaseBook: Sendable {
    /// The most open cases of one applicant and kind: nobody fills the reviewers' desk.
    public static let mostOpen = 50

    private var cases: [CaseID: Case] = [:]
    /// The open case of a kind, subject and applicant.
    private var open: [Matter: CaseID] = [:]
    private var openCounts: [Applicant: Int] = [:]

    private struct Matter: Hashable {
        var kind: Case.Kind
        var subject: String
        var applicant: String
    }

    private struct Applicant: Hashable {
        var kind: Case.Kind
        var name: String
    }

    /// Takes the cases that were stored.
    public init(_ stored: some Sequence<Case> = []) {
        for one in stored { put(one) }
    }

    /// Takes in a new case.
    ///
    /// - Throws: `CaseError.duplicate` or `.tooMany`.
    public mutating func open(_ new: Case) throws(CaseError) {
        lapse(at: new.opened)
        let matter = Matter(kind: new.kind, subject: new.subject, applicant: new.applicant)
        if let other = open[matter] { throw .duplicate(other) }
        guard openCounts[Applicant(kind: new.kind, name: new.applicant), default: 0] < Self.mostOpen else {
            throw .tooMany(applicant: new.applicant, limit: Self.mostOpen)
        }
        put(new)
    }

    /// The case of this name.
    public func find(_ id: CaseID) throws(CaseError) -> Case {
        guard let found = cases[id] else { throw .unknown(id.text) }
        return found
    }

    /// Changes one case.
    ///
    /// - Returns: The case as it stands now.
    public mutating func change(_ id: CaseID, _ change: (inout Case) throws(CaseError) -> Void) throws(CaseError)
        -> Case
    {
        var one = try find(id)
        try change(&one)
        put(one)
        return one
    }

    /// Closes what has lapsed.
    ///
    /// - Returns: What was closed by this call.
    @discardableResult
    public mutating func lapse(at now: Int64) -> [Case] {
        var lapsed: [Case] = []
        for id in open.values {
            guard var one = cases[id], now >= one.expires else { continue }
            one.lapse(at: now)
            lapsed.append(one)
        }
        for one in lapsed { put(one) }
        return lapsed.sorted { ($0.expires, $0.id.text) < ($1.expires, $1.id.text) }
    }

    /// The cases of a kind, the open and most urgent first, then the latest closed ones.
    public func list(_ kind: Case.Kind? = nil, onlyOpen: Bool = false) -> [Case] {
        cases.values
            .filter { (kind == nil || $0.kind == kind) && (!onlyOpen || $0.state == .open) }
            .sorted { one, other in
                let (isOpen, isOtherOpen) = (one.state == .open, other.state == .open)
                if isOpen != isOtherOpen { return isOpen }
                let (a, b) = isOpen ? (one.due, other.due) : (other.closed ?? 0, one.closed ?? 0)
                return (a, one.id.text) < (b, other.id.text)
            }
    }

    /// How many cases were granted.
    public func granted(_ kind: Case.Kind) -> Int {
        cases.values.reduce(0) { $0 + ($1.kind == kind && $1.state == .granted ? 1 : 0) }
    }

    private mutating func put(_ one: Case) {
        let applicant = Applicant(kind: one.kind, name: one.applicant)
        let matter = Matter(kind: one.kind, subject: one.subject, applicant: one.applicant)
        let wasOpen = cases[one.id]?.state == .open
        cases[one.id] = one
        guard wasOpen != (one.state == .open) else { return }
        if wasOpen {
            open[matter] = nil
            openCounts[applicant, default: 1] -= 1
        } else {
            open[matter] = one.id
            openCounts[applicant, default: 0] += 1
        }
    }
}
