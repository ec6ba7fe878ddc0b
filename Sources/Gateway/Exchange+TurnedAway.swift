import Access
import Dialects
import Ledger
import Logging
import NIOCore
import Safeguards
import Store
import Synchronization

// Refusals by access, a model's gate or a budget: on record under a decision that can be appealed, as those by the rules are.
extension Exchange {
    /// Whose key asks, as records name it.
    struct Asker {
        var organisation: String
        var account: String
        var key: String
        var endUser: String = ""
    }

    /// Ends with what access did not admit; keys that nobody knows are not on record, since anybody could fill the disk with them.
    func turnAway(_ refusal: AccessRefusal, _ request: ModelRequest, _ body: ByteBuffer, model: String) {
        let error = refusal.apiError
        guard refusal.isOfKnownKey, let asker = knownAsker else { return fail(error, limits: refusal.limits) }
        turnAway(error, asker, request, body, model: model, limits: refusal.limits)
    }

    /// Ends with what a gate or a budget did not let through, after access had.
    func turnAway(_ error: APIError, _ request: ModelRequest, _ body: ByteBuffer, model: String) {
        guard let lease else { return fail(error) }
        let asker = Asker(
            organisation: lease.organisation.description, account: lease.account.description,
            key: lease.key.description, endUser: lease.endUser)
        turnAway(error, asker, request, body, model: model, limits: nil)
    }

    private var knownAsker: Asker? {
        let visitor = gateway.gatekeeper.identify(
            key: headers.clientKey, from: connection.clientAddress, now: Int64(started.uptimeNanoseconds))
        guard case .success(let whose) = visitor else { return nil }
        return Asker(
            organisation: whose.organisation.description, account: whose.account.description,
            key: whose.key.description)
    }

    private func turnAway(
        _ error: APIError, _ asker: Asker, _ request: ModelRequest, _ body: ByteBuffer, model: String,
        limits: LimitStatus?
    ) {
        let now = Int64(started.uptimeNanoseconds)
        let told: DeniedLately.Told
        switch gateway.denied.take(asker.key, error.denialCode, now: now) {
        case .sameAs(let before): told = before
        case .new:
            guard let made = recordDenial(error.denialCode, asker, request, body, model) else { return }
            gateway.denied.note(made, asker.key, error.denialCode)
            told = made
        }
        var reply = error.reply(dialect, requestID: decision.description)
        reply.headers.append(("x-sluice-decision", told.decision.description))
        if let promise = told.promise { reply.headers.append(("x-sluice-receipt", promise)) }
        if let limits { reply.headers += limits.headers(dialect) }
        finish(reply, Ending(error.outcome))
    }

    /// Writes the denial; nil if that failed, and the client has been told.
    private func recordDenial(
        _ code: String, _ asker: Asker, _ request: ModelRequest, _ body: ByteBuffer, _ model: String
    ) -> DeniedLately.Told? {
        var commitment = Commitment(to: .request)
        body.withUnsafeReadableBytes { commitment.update($0) }
        let sealed = commitment.seal()
        let admission = Admission(
            decisionID: decision, time: decision.milliseconds, organisation: asker.organisation,
            account: asker.account, key: asker.key, model: String(model.prefix(200)),
            dialect: dialect.recorded, isStream: request.stream,
            decision: .denied(code: code), requestCommitment: sealed,
            constitutionHash: snapshot.releases.constitution, classifierHash: snapshot.releases.classifier,
            endUser: asker.endUser)
        do throws(LedgerError) {
            let sequence = try gateway.ledger.admit(admission)
            return DeniedLately.Told(
                decision: decision, promise: gateway.promises?.header(sequence, sealed, at: decision.milliseconds))
        } catch {
            gateway.log.error("The ledger cannot be written", metadata: ["reason": "\(error)"])
            fail(.ledger)
            return nil
        }
    }
}

extension AccessRefusal {
    /// Whether the key that was shown is somebody's, and may do something today.
    fileprivate var isOfKnownKey: Bool {
        switch self {
        case .missingKey, .malformedKey, .unknownKey, .expired, .revoked, .tooManyFailures: false
        default: true
        }
    }
}

extension APIError {
    /// The code under which a denial is on record.
    var denialCode: String {
        switch kind {
        case .permission(let code): code
        case .budget: "budget"
        case .rateLimited: "rate_limited"
        case .concurrency: "concurrency"
        case .invalidRequest: "not_allowed"
        default: "denied"
        }
    }
}

/// The denials of the last minute: the first of a key and code are each on record; who goes on asking is told the last of them
/// again, and does not fill the ledger.
final class DeniedLately: Sendable {
    /// What the client was told of a denial.
    struct Told: Sendable {
        var decision: DecisionID
        var promise: String?
    }

    enum Taken {
        case new
        case sameAs(Told)
    }

    private struct Key: Hashable {
        let key: String
        let code: String
    }

    private struct Entry {
        var since: Int64
        var count = 1
        var last: Told?
    }

    /// How many denials of one key under one code are on record in a minute.
    static let perMinute = 30
    private static let minute: Int64 = 60_000_000_000
    /// The most keys and codes that are kept apart.
    private static let most = 20_000
    private let entries = Mutex<[Key: Entry]>([:])

    /// Whether the next denial is recorded, or counts as one that was.
    func take(_ key: String, _ code: String, now: Int64) -> Taken {
        entries.withLock { entries in
            let place = Key(key: key, code: code)
            if var entry = entries[place], now - entry.since < Self.minute {
                if entry.count >= Self.perMinute, let last = entry.last { return .sameAs(last) }
                entry.count += 1
                entries[place] = entry
                return .new
            }
            if entries.count >= Self.most { entries = entries.filter { now - $0.value.since < Self.minute } }
            if entries.count < Self.most { entries[place] = Entry(since: now) }
            return .new
        }
    }

    /// What the client was told of a denial that is on record.
    func note(_ told: Told, _ key: String, _ code: String) {
        entries.withLock { $0[Key(key: key, code: code)]?.last = told }
    }
}
