import Access
import Cases
import Dialects
import Foundation
import Gateway
import Ledger
import NIOCore

/// Takes appeals from clients and tells them how they stand.
///
/// One at a time: looking a decision up reads the ledger's files, and that must not become a way to keep the disk busy.
actor AppealService {
    private let desk: CaseDesk
    private let gateway: Gateway
    private var ledger: LedgerIndex
    /// The restrictions that an organisation is under.
    private let restrictions: @Sendable (String) -> [String]
    /// The groups of accounts that an organisation is limited with.
    private let groups: @Sendable (String) async -> [String]
    /// How many people must grant an appeal.
    private let people: Int

    private let dueIn: Int64

    /// - Parameter dueIn: Milliseconds until an appeal should be decided.
    init(
        desk: CaseDesk, gateway: Gateway, ledger: String, dueIn: Int64, people: Int = 1,
        groups: @escaping @Sendable (String) async -> [String] = { _ in [] },
        restrictions: @escaping @Sendable (String) -> [String] = { _ in [] }
    ) {
        self.restrictions = restrictions
        self.groups = groups
        self.dueIn = dueIn
        self.people = people
        self.desk = desk
        self.gateway = gateway
        self.ledger = LedgerIndex(directory: ledger, remembered: 1)
    }

    /// The body of an appeal.
    private struct Submission: Decodable {
        var decision: String
        var text: String?
        var reason: String
    }

    /// The answer to a client.
    func answer(_ call: AppealCall) async -> Reply {
        do {
            switch call.wish {
            case .submit(let body): return try await submit(body, call.organisation)
            case .look(let name): return try await look(name, call.organisation)
            case .askPermission, .permissions:
                throw Refused(404, "unknown_route", nil, "permissions are not asked for here")
            }
        } catch let error as Refused {
            return Self.reply(error.status, ErrorBody(error))
        } catch {
            return Self.reply(503, ErrorBody(Refused(503, "unavailable", nil, "the desk cannot be reached; try again")))
        }
    }

    private func submit(_ body: ByteBuffer, _ organisation: String) async throws -> Reply {
        let appeal = try Self.appeal(body)
        let entry: LedgerEntry?
        do throws(LedgerError) {
            entry = try ledger.admission(appeal.decision, patience: 2)
        } catch {
            throw Refused(503, "unavailable", nil, "the ledger cannot be read; try again")
        }
        var found: Appeal.Found?
        var dialect = Dialect.openAI
        if case .admission(let record)? = entry?.record, let commitment = record.requestCommitment {
            var rule: (String, String)?
            switch record.decision {
            case .refused(let category, let principle, _, _): rule = (category, principle)
            case .denied(let code): rule = ("access", code)
            // What was answered under measures can be objected to as well.
            case .admitted: if record.notes.contains(where: { $0.hasPrefix("curb:") }) { rule = ("access", "measures") }
            }
            found = Appeal.Found(organisation: record.organisation, rule: rule, commitment: commitment)
            dialect =
                switch record.dialect {
                case .openAI: .openAI
                case .anthropic: .anthropic
                case .responses: .responses
                }
        }
        let today = appeal.text.flatMap { opinion(of: $0, dialect) }
        var made: Case
        do throws(Appeal.Problem) {
            made = try appeal.makeCase(
                found, from: organisation, opinion: today, required: people, now: SystemTime.wall, dueIn: dueIn)
        } catch {
            throw Refused(error)
        }
        // What denied it, so that whoever grants the appeal lifts that.
        for id in rule(of: entry) == nil ? [] : restrictions(organisation) {
            try? made.add(Case.Evidence("restriction", id), at: SystemTime.wall)
        }
        for id in found?.rule?.category == "access" ? await groups(organisation) : [] {
            try? made.add(Case.Evidence("cluster", id), at: SystemTime.wall)
        }
        do throws(CaseDesk.Problem) {
            try await desk.open(made, text: appeal.text, by: organisation)
        } catch {
            throw Refused(error)
        }
        return Self.reply(201, CaseView(made))
    }

    /// The code under which access denied a request; nil for any other decision.
    private func rule(of entry: LedgerEntry?) -> String? {
        guard case .admission(let record)? = entry?.record, case .denied(let code) = record.decision else { return nil }
        return code
    }

    /// What the safeguards of today say of a text; nil if it is no request at all.
    private func opinion(of text: [UInt8], _ dialect: Dialect) -> Appeal.Opinion? {
        do throws(RequestError) {
            let category = try gateway.judgeAgain(ByteBuffer(bytes: text), dialect: dialect)
            return category.map { Appeal.Opinion.refuses(category: $0) } ?? .allows
        } catch {
            return nil
        }
    }

    private func look(_ name: String, _ organisation: String) async throws -> Reply {
        guard let id = CaseID(name), let found = try? await desk.find(id), found.kind == .appeal,
            found.applicant == organisation
        else { throw Refused(404, "unknown_appeal", nil, "there is no such appeal of yours") }
        return Self.reply(200, CaseView(found))
    }

    private static func appeal(_ body: ByteBuffer) throws -> Appeal {
        let submission: Submission
        do {
            submission = try JSONDecoder().decode(Submission.self, from: Data(body.readableBytesView))
        } catch DecodingError.keyNotFound(let key, _) {
            throw Refused(400, "invalid_request", key.stringValue, "is missing")
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            let field = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw Refused(400, "invalid_request", field, "must be a string")
        } catch {
            throw Refused(
                400, "invalid_request", nil,
                "the body must be a JSON object with decision, reason and, if you like, text")
        }
        guard let decision = DecisionID(submission.decision) else {
            throw Refused(
                400, "invalid_request", "decision", "must be the id of a decision, as in the header x-sluice-decision")
        }
        return Appeal(decision: decision, text: submission.text.map { Array($0.utf8) }, reason: submission.reason)
    }

    private static func reply(_ status: Int, _ view: some Encodable) -> Reply {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = (try? encoder.encode(view)) ?? Data("{}".utf8)
        return Reply(
            status: status, headers: [("content-type", "application/json"), ("cache-control", "no-store")],
            body: ByteBuffer(bytes: body))
    }

    /// What a client reads of its case: what became of it and why, not who decided.
    private struct CaseView: Encodable {
        let object = "appeal"
        let id: String
        let decision: String
        let state: String
        let opened: Int64
        let due: Int64
        let closed: Int64?
        let answer: String?

        init(_ one: Case) {
            id = one.id.text
            decision = one.subject
            state = one.state.rawValue
            (opened, due, closed) = (one.opened, one.due, one.closed)
            answer = one.state == .open ? nil : one.rulings.last?.reason
        }
    }

    private struct ErrorBody: Encodable {
        struct Detail: Encodable {
            let type: String
            let code: String
            let param: String?
            let message: String
        }

        let error: Detail

        init(_ refused: Refused) {
            error = Detail(
                type: refused.status < 500 ? "invalid_request_error" : "server_error", code: refused.code,
                param: refused.field,
                message: refused.field.map { "\($0) \(refused.message)" } ?? refused.message)
        }
    }

    /// Why an appeal was not taken, for the client.
    private struct Refused: Error {
        let status: Int
        let code: String
        let field: String?
        let message: String

        init(_ status: Int, _ code: String, _ field: String?, _ message: String) {
            (self.status, self.code, self.field, self.message) = (status, code, field, message)
        }

        init(_ problem: Appeal.Problem) {
            switch problem {
            case .unknownDecision: self.init(404, "unknown_decision", nil, problem.description)
            case .nothingRefused: self.init(409, "nothing_refused", nil, problem.description)
            case .otherText: self.init(422, "text_does_not_match", nil, problem.description)
            case .notTaken(let error): self.init(CaseDesk.Problem.notTaken(error))
            }
        }

        init(_ problem: CaseDesk.Problem) {
            switch problem {
            case .notTaken(.duplicate): self.init(409, "already_open", nil, problem.description)
            case .notTaken(.tooMany): self.init(429, "too_many_appeals", nil, problem.description)
            case .notTaken: self.init(400, "invalid_request", nil, problem.description)
            default: self.init(503, "unavailable", nil, "the desk cannot be reached; try again")
            }
        }
    }
}
