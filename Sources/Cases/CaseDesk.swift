public import Crypto
import Foundation
public import Store

/// The one writer of cases: what a person says is on disk, with an event that names them, before anybody is told.
public actor CaseDesk {
    private let store: Store
    private let texts: KeptTexts
    private let retention: Int64
    private var book: CaseBook
    private var isChanging = false
    private var followers: [@Sendable (Case) async -> Void] = []
    private var waiting: [CheckedContinuation<Void, Never>] = []

    private init(store: Store, texts: KeptTexts, retention: Int64, book: CaseBook) {
        self.store = store
        self.texts = texts
        self.retention = retention
        self.book = book
    }

    /// Why the desk cannot do what it was asked for.
    public enum Problem: Error, Sendable, Equatable, CustomStringConvertible {
        /// The case says no.
        case notTaken(CaseError)
        /// Nothing was changed, because the store failed.
        case store(String)
        /// A stored case cannot be read.
        case damaged(String)
        /// The text was not handed in, or has been forgotten.
        case noText(CaseID)
        /// The text cannot be unsealed.
        case unreadable(SealedTextError)
        /// The text cannot be kept or had.
        case text(KeptTexts.Problem)

        /// What is wrong and the way out.
        public var description: String {
            switch self {
            case .notTaken(let error): error.description
            case .store(let reason): "the store failed, and nothing was changed: \(reason)"
            case .damaged(let reason): "a stored case cannot be read: \(reason)"
            case .noText(let id): "there is no text for \(id): none was handed in, or its time is over"
            case .unreadable(let error): error.description
            case .text(let problem): problem.description
            }
        }
    }

    /// Reads the cases that the store holds.
    ///
    /// - Parameters:
    ///   - key: What kept texts are sealed with, 256 bits.
    ///   - retention: Milliseconds that a text is kept.
    /// - Throws: `Problem.store` or `.damaged`.
    public static func open(store: Store, key: SymmetricKey, retention: Int64) async throws(Problem) -> CaseDesk {
        let ring: KeyRing
        do throws(SealedTextError) { ring = try KeyRing([key]) } catch { throw .unreadable(error) }
        return try await open(store: store, texts: KeptTexts(store: store, ring: ring), retention: retention)
    }

    /// Reads the cases that the store holds.
    ///
    /// - Parameters:
    ///   - texts: Where texts that are handed in are kept.
    ///   - retention: Milliseconds that a text is kept.
    /// - Throws: `Problem.store` or `.damaged`.
    public static func open(store: Store, texts: KeptTexts, retention: Int64) async throws(Problem) -> CaseDesk {
        let documents: [String]
        do throws(StoreError) { documents = try await store.cases() } catch { throw .store(error.description) }
        var cases: [Case] = []
        for document in documents {
            do {
                cases.append(try JSONDecoder().decode(Case.self, from: Data(document.utf8)))
            } catch {
                throw .damaged("\(error)")
            }
        }
        return CaseDesk(store: store, texts: texts, retention: retention, book: CaseBook(cases))
    }

    /// The cases of a kind, the most urgent first.
    public func list(_ kind: Case.Kind? = nil, onlyOpen: Bool = false) -> [Case] { book.list(kind, onlyOpen: onlyOpen) }

    /// One case.
    public func find(_ id: CaseID) throws(Problem) -> Case {
        do throws(CaseError) { return try book.find(id) } catch { throw .notTaken(error) }
    }

    /// Takes in a new case, and seals the text it is about.
    public func open(_ new: Case, text: [UInt8]? = nil, by actor: String) async throws(Problem) {
        await enter()
        defer { leave() }
        var next = book
        var new = new
        if actor != new.applicant { new.filedBy = actor }
        do throws(CaseError) { try next.open(new) } catch { throw .notTaken(error) }
        var sealed: KeptText?
        if let text {
            do throws(SealedTextError) {
                sealed = try await texts.seal(
                    text, id: new.id.text, kind: "case", organisation: new.applicant, decision: new.subject,
                    now: new.opened, retention: retention)
            } catch {
                throw .unreadable(error)
            }
        }
        try await write(new, sealed, "\(new.kind.rawValue).open", by: actor, at: new.opened, ["subject": new.subject])
        book = next
    }

    /// Tells somebody of every ruling, once it is on disk and before whoever ruled is answered.
    public func follow(_ follower: @escaping @Sendable (Case) async -> Void) { followers.append(follower) }

    /// Takes what a person says of a case.
    ///
    /// - Returns: The case as it stands now.
    ///
    /// - Parameter telling: Whether those who follow rulings are told; whoever follows it up themselves says no.
    public func rule(
        _ id: CaseID, grants: Bool, by ruler: Ruler, reason: String, at now: Int64, telling: Bool = true
    ) async throws(Problem) -> Case {
        let detail = ["reason": String(reason.prefix(200))]
        let one = try await change(id, grants ? "grant" : "deny", by: ruler.name, at: now, detail) {
            one throws(CaseError) in try one.rule(grants: grants, by: ruler, reason: reason, at: now)
        }
        if telling { for follower in followers { await follower(one) } }
        return one
    }

    /// Replaces what is known of an open case under the same names, and adds the rest: a matter that grows stays one case.
    public func renew(_ id: CaseID, _ evidence: [Case.Evidence], by actor: String, at now: Int64) async throws(Problem)
    {
        _ = try await change(id, "renew", by: actor, at: now) {
            one throws(CaseError) in try one.renew(evidence, at: now)
        }
    }

    /// Takes a request back.
    public func withdraw(_ id: CaseID, by actor: String, at now: Int64) async throws(Problem) -> Case {
        try await change(id, "withdraw", by: actor, at: now) { one throws(CaseError) in try one.withdraw(at: now) }
    }

    /// The text that a case is about, for a person to read; the look is on record before they see it.
    public func text(of id: CaseID, for person: String, at now: Int64) async throws(Problem) -> [UInt8] {
        let one = try find(id)
        do throws(KeptTexts.Problem) {
            return try await texts.read(id.text, by: person, action: "\(one.kind.rawValue).read", at: now)
        } catch {
            switch error {
            case .none: throw .noText(id)
            case .unreadable(let problem): throw .unreadable(problem)
            default: throw .text(error)
            }
        }
    }

    /// Closes what has lapsed and forgets the texts whose time is over.
    public func maintain(at now: Int64) async throws(Problem) {
        await enter()
        defer { leave() }
        var next = book
        for lapsed in next.lapse(at: now) {
            try await write(lapsed, nil, "\(lapsed.kind.rawValue).lapse", by: "time", at: now, [:])
        }
        book = next
        do throws(KeptTexts.Problem) { try await texts.maintain(at: now) } catch { throw .text(error) }
    }

    private func change(
        _ id: CaseID, _ verb: String, by actor: String, at now: Int64, _ detail: [String: String] = [:],
        _ change: @Sendable (inout Case) throws(CaseError) -> Void
    ) async throws(Problem) -> Case {
        await enter()
        defer { leave() }
        var next = book
        let one: Case
        do throws(CaseError) { one = try next.change(id, change) } catch { throw .notTaken(error) }
        try await write(
            one, nil, "\(one.kind.rawValue).\(verb)", by: actor, at: now,
            detail.merging(["state": one.state.rawValue]) { own, _ in own })
        book = next
        return one
    }

    private func write(
        _ one: Case, _ text: KeptText?, _ action: String, by actor: String, at now: Int64, _ detail: [String: String]
    ) async throws(Problem) {
        let document: Data
        do { document = try JSONEncoder().encode(one) } catch { throw .damaged("\(error)") }
        let row = CaseRow(
            id: one.id.text, kind: one.kind.rawValue, state: one.state.rawValue,
            document: String(decoding: document, as: UTF8.self))
        let event = ChangeEvent(time: now, actor: actor, action: action, subject: one.id.text, detail: detail)
        do throws(StoreError) { try await store.write(row, keeping: text, event: event) } catch {
            throw .store(error.description)
        }
    }

    // Changes are made one after the other: between a look at the book and what is written nobody else writes.
    private func enter() async {
        guard isChanging else {
            isChanging = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func leave() {
        guard !waiting.isEmpty else {
            isChanging = false
            return
        }
        waiting.removeFirst().resume()
    }
}
