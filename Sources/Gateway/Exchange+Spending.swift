import Access
import Dialects
import Ledger
import Logging
import Metering
import NIOCore
import Store

/// What an exchange may cost: reserved before it is recorded, grown while it streams, settled at its end.
extension Exchange {
    /// Reserves what the request may cost at most.
    ///
    /// - Returns: False if a budget has no room: the client has then been told.
    func reserve(_ request: ModelRequest, _ facts: RequestFacts, _ body: ByteBuffer, _ route: ModelRoute) -> Bool {
        guard let meter = gateway.meter, let lease else { return true }
        let wish = SpendingMeter.Request(
            input: Int64(facts.inputTokens), unreadInput: request.unreadTokens,
            maxTokens: request.maxTokens.map { Int64($0) }, choices: Int64(request.choices))
        let payer = Payer(
            organisation: lease.organisation.text, account: lease.account.text, key: lease.family.text,
            model: route.name,
            endUser: lease.endUser)
        do throws(BudgetRefusal) {
            reservation = try meter.reserve(wish, for: payer, at: decision.milliseconds)
            return true
        } catch {
            turnAway(error.apiError, request, body, model: route.name)
            return false
        }
    }

    /// The reservation as the admission records it.
    var charge: Admission.Charge? {
        reservation.map { held in
            Admission.Charge(
                price: held.price?.version ?? 0, reserved: UInt64(max(0, held.reserved)),
                day: UInt32(clamping: held.day.number))
        }
    }

    /// What comes of asking for more money in mid-stream.
    enum Payment {
        case paid
        /// A budget has no room.
        case refused
        /// It cannot be recorded, so nothing that it would pay for may leave.
        case unrecorded
    }

    /// Reserves more, so that the answer may grow to so many tokens by our own count, and records it before they leave.
    func pay(for tokens: Int64) -> Payment {
        guard let reservation else { return .paid }
        let reserved: Int64
        do throws(BudgetRefusal) {
            reserved = try reservation.extend(output: tokens)
        } catch {
            return .refused
        }
        guard reservation.output >= tokens else { return .refused }
        guard let sequence, reservation.price != nil else { return .paid }
        let elapsed = (NIODeadline.now() - started).nanoseconds / 1_000_000
        do throws(LedgerError) {
            try gateway.ledger.grow(
                Growth(
                    sequence: sequence, time: decision.milliseconds + elapsed, reserved: UInt64(max(0, reserved))))
            return .paid
        } catch {
            gateway.log.error("The ledger cannot be written", metadata: ["reason": "\(error)"])
            return .unrecorded
        }
    }

    /// Ends a stream for which there is no more money: with the dialect's end for answers of the largest length.
    ///
    /// - Parameter judged: What is paid for and may still leave.
    func endAtLength(after judged: ByteBuffer) {
        guard var pipeline = answer else { return }
        beginStream()
        var out = judged
        pipeline.truncate(into: &out)
        answer = pipeline
        connection.write(out)
        usage = pipeline.gate.knownUsage
        complete(Ending(.cut(reason: "budget"), pipeline.gate))
        end()
    }

    /// Settles what the exchange used.
    func settle(_ ending: Ending) -> Reservation.Settlement? {
        guard let reservation else { return nil }
        guard let spending = ending.spending else {
            reservation.release()
            return Reservation.Settlement.nothing
        }
        let reported = spending.reported.map { usage in
            TokenCounts(
                input: Int64(usage.input), cached: Int64(usage.cached), output: Int64(usage.output),
                reasoning: Int64(usage.reasoning))
        }
        return reservation.settle(reported, output: spending.output, isWhole: spending.isWhole)
    }
}

extension ModelRequest {
    /// Prompt tokens that no counter of ours can see, guessed from the size of what carries them.
    fileprivate var unreadTokens: Int64 {
        // Where vectors are asked for, none are put in.
        sensitive.contains { $0.kind.carriesInput && (dialect != .embeddings || $0.kind != .embeddings) } ? 2048 : 0
    }
}

extension SensitiveField.Kind {
    /// Whether a model reads something there that is no text.
    fileprivate var carriesInput: Bool {
        switch self {
        case .images, .audio, .video, .files, .remoteURLs, .embeddings, .opaque: true
        default: false
        }
    }
}

extension Completion.Usage {
    /// The counts that an exchange was charged for.
    init(_ counts: TokenCounts) {
        self.init(
            input: Int(counts.input), output: Int(counts.output), cached: Int(counts.cached),
            reasoning: Int(counts.reasoning))
    }
}

extension BudgetRefusal {
    /// The refusal as a client sees it: amounts are the operator's business, the period is the client's.
    var apiError: APIError {
        let whose =
            switch budget.scope {
            case .one(.organisation, _): "this organisation"
            case .one(.account, _): "this account"
            case .one(.key, _): "this API key"
            case .one(.model, _): "this model"
            case .one(.endUser, _), .eachEndUser: "this end user"
            }
        let period =
            switch budget.period {
            case .day: "for today (UTC)"
            case .month: "for this month (UTC)"
            case .total: "in all"
            }
        switch reason {
        case .spent:
            return APIError(.budget, "The budget of \(whose) \(period) has too little left for this request.")
        case .reserved:
            return APIError(
                .rateLimited,
                "What is left of the budget of \(whose) \(period) is reserved by requests that run; try again shortly.",
                retryAfter: 1)
        case .noPrice:
            return APIError(
                .permission(code: "model_without_price"),
                "This model has no price, so the budget of \(whose) cannot be kept; ask the operator to set one.",
                param: "model")
        case .tooManyEndUsers:
            return APIError(.budget, "This organisation has more end users than its budget can keep apart \(period).")
        }
    }
}
