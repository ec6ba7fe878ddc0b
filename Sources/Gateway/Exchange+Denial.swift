import Access
import Constitution
import Dialects
import Ledger
import Logging
import NIOCore
import Safeguards
import Store
import Synchronization

// What access decides about an exchange: denials that are on record, and permissions that open a category.
extension Exchange {
    /// Refuses what access does not admit; a stop that may be appealed is on record under a decision of its own.
    func deny(_ refusal: AccessRefusal, _ request: ModelRequest, _ body: ByteBuffer, _ route: ModelRoute?) {
        guard refusal.isOnRecord else {
            return turnAway(refusal, request, body, model: route?.name ?? request.model)
        }
        let now = Int64(NIODeadline.now().uptimeNanoseconds)
        let visitor = gateway.gatekeeper.identify(
            key: headers.clientKey, from: connection.clientAddress, now: now, evenIfStopped: true)
        guard case .success(let whose) = visitor else { return fail(refusal.apiError) }
        let error = refusal.apiError
        guard case .permission(let code) = error.kind else { return fail(error) }
        let known = gateway.denials.known(whose.key, code, now: now)
        if known == nil {
            var commitment = Commitment(to: .request)
            body.withUnsafeReadableBytes { commitment.update($0) }
            let sealed = commitment.seal()
            let admission = Admission(
                decisionID: decision, time: decision.milliseconds, organisation: whose.organisation.description,
                account: whose.account.description, key: whose.key.description, model: route?.name ?? request.model,
                dialect: dialect.recorded, isStream: request.stream,
                decision: .denied(code: code), requestCommitment: sealed,
                constitutionHash: snapshot.releases.constitution, endUser: "")
            do throws(LedgerError) {
                let sequence = try gateway.ledger.admit(admission)
                promise = gateway.promises?.header(sequence, sealed, at: decision.milliseconds)
                gateway.denials.note(decision, whose.key, code, now: now)
            } catch {
                gateway.log.error("The ledger cannot be written", metadata: ["reason": "\(error)"])
                return fail(.ledger)
            }
        }
        let id = known ?? decision
        var told = error
        told.message +=
            " Decision \(id). To object: POST /sluice/v1/appeals with this decision id and a reason, under your own key; a "
            + "person will look at it."
        var reply = told.reply(dialect, requestID: decision.description)
        reply.headers.append(("x-sluice-decision", id.description))
        if let promise { reply.headers.append(("x-sluice-receipt", promise)) }
        reply.headers.append(("x-sluice-appeal", "/sluice/v1/appeals"))
        finish(reply, Ending(told.outcome))
    }

    /// Counts the request against the permissions that it needs.
    ///
    /// - Returns: False if one of them has no volume left: the request is then judged again without them.
    func usePermissions(
        _ verdict: RequestVerdict, _ request: ModelRequest, _ body: ByteBuffer, _ route: ModelRoute
    ) -> Bool {
        guard verdict.finding == nil, !verdict.opened.isEmpty else { return true }
        guard let names = lease?.use(verdict.opened) else {
            judges = snapshot.judges(opening: [])
            judge(request, body, route)
            return false
        }
        permission = names
        return true
    }

    /// Whether the organisation may ask for a permission that would open what was found.
    func mayAskForPermission(_ finding: Finding) -> Bool {
        lease?.isVetted == true && snapshot.constitution.category(finding.category)?.isAbsolute == false
    }
}

extension AccessRefusal {
    /// Whether it is a decision about somebody, and not about a key or a moment.
    fileprivate var isOnRecord: Bool {
        switch self {
        case .organisationSuspended, .organisationHeld, .restricted, .endUserBlocked, .modelWithdrawn: true
        default: false
        }
    }
}

/// The denials of the last minute: whoever keeps on asking is told the same decision, and does not fill the ledger.
final class Denials: Sendable {
    private struct Key: Hashable {
        let key: KeyID
        let code: String
    }

    private struct Entry {
        let decision: DecisionID
        let until: Int64
    }

    private static let most = 10_000
    private let entries = Mutex<[Key: Entry]>([:])

    func known(_ key: KeyID, _ code: String, now: Int64) -> DecisionID? {
        entries.withLock { entries in
            guard let entry = entries[Key(key: key, code: code)], now < entry.until else { return nil }
            return entry.decision
        }
    }

    func note(_ decision: DecisionID, _ key: KeyID, _ code: String, now: Int64) {
        entries.withLock { entries in
            if entries.count >= Self.most { entries = entries.filter { now < $0.value.until } }
            guard entries.count < Self.most else { return }
            entries[Key(key: key, code: code)] = Entry(decision: decision, until: now + 60_000_000_000)
        }
    }

    /// What was decided before says nothing any more: something was restricted or lifted.
    func forget() { entries.withLock { $0 = [:] } }
}
