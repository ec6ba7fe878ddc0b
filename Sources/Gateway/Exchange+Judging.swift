import Access
import Constitution
import Dialects
import Ledger
import NIOCore
import Safeguards
import Store

// Step 4: the exchange so far is judged.
extension Exchange {
    func judge(_ request: ModelRequest, _ body: ByteBuffer, _ route: ModelRoute) {
        let policy = judges?.policy ?? snapshot.policy
        let size = request.texts.bytes
        let read = read
        self.read = nil
        if size >= Recollection.least, size <= Self.hashLimit, let memory = judges?.turns {
            return judge(request, body, route, under: policy, recalling: memory, in: read)
        }
        guard size > Self.inlineLimit else {
            return screened(RequestVerdict(of: request, under: policy), request, body, route)
        }
        away(for: lease?.organisation.description ?? "") {
            RequestVerdict(of: request, under: policy)
        } back: {
            self.screened($0, request, body, route)
        }
    }

    /// Judges what of a conversation was not judged before.
    private func judge(
        _ request: ModelRequest, _ body: ByteBuffer, _ route: ModelRoute, under policy: JudgementPolicy,
        recalling memory: TurnMemory, in read: ReadBody?
    ) {
        let beginnings = gateway.beginnings
        let known = memory.recall(request, of: lease?.organisation.text ?? "", in: read)
        @Sendable func verdict() -> RequestVerdict {
            var verdict = RequestVerdict(of: request, under: policy, recalling: known, in: memory)
            if let read { verdict.digest = beginnings.digest(of: read, known, keeping: verdict.finding == nil) }
            return verdict
        }
        guard known.rest > Self.inlineLimit else { return screened(verdict(), request, body, route) }
        away(for: lease?.organisation.description ?? "") {
            verdict()
        } back: {
            self.screened($0, request, body, route)
        }
    }

    /// The first stage has spoken: what it leaves in doubt is for the second.
    private func screened(_ first: RequestVerdict, _ request: ModelRequest, _ body: ByteBuffer, _ route: ModelRoute) {
        guard let cascade = judges?.secondStage, first.isDoubtful(request, for: cascade) else {
            return judged(first, request, body, route)
        }
        let (memory, owner) = (judges?.turns, lease?.organisation.text ?? "")
        consult {
            first.reconsidered(request, by: cascade, recalling: memory, of: owner)
        } back: { verdict in
            guard let panel = self.guards(for: verdict) else { return self.judged(verdict, request, body, route) }
            self.ask(panel, about: request, after: verdict) {
                self.judged($0, request, body, route)
            } failed: {
                self.unjudged(by: $0, $1, request, body, route)
            }
        } failed: {
            self.unjudged(by: "second_stage", first, request, body, route)
        }
    }

    /// A safeguard that is required could not judge: the failure rule decides, and the decision names it.
    private func unjudged(
        by safeguard: String, _ verdict: RequestVerdict, _ request: ModelRequest, _ body: ByteBuffer,
        _ route: ModelRoute
    ) {
        var verdict = verdict
        if verdict.leaning == nil {
            verdict.leaning = request.lastText.flatMap { snapshot.policy.leaning(of: $0.text, .request) }
        }
        let isOpen = snapshot.failsOpen(in: verdict.leaning, for: route.name)
        verdict.notes.append(Failure(of: safeguard, in: verdict.leaning, isOpen: isOpen).note)
        if isOpen { return judged(verdict, request, body, route) }
        guard record(.denied(code: "safeguard:\(safeguard)"), verdict, request, body) else { return }
        sequence = nil
        whenDurable { self.fail(.safeguard(safeguard)) }
    }

    func judged(_ verdict: RequestVerdict, _ request: ModelRequest, _ body: ByteBuffer, _ route: ModelRoute) {
        guard usePermissions(verdict, request, body, route) else { return }
        let facts = RequestFacts(
            request, snapshot: snapshot, opening: lease?.openings ?? [], decision: decision, score: verdict.peak)
        self.facts = facts
        requestPeak = verdict.peak
        step(.judgeRequest)
        gateway.tally.judgedRequest(refused: verdict.finding != nil)
        guard let finding = verdict.finding else { return forward(request, facts, verdict, body, route) }
        if snapshot.isShadow(finding) { return forward(request, facts, verdict.inShadow, body, route) }
        guard record(.refused(finding, turn: verdict.turn), verdict, request, body) else { return }
        wasRefused = true
        lane.metrics.refused(finding, inAnswer: false)
        keep(finding, body)
        watch(request)
        let refusal = facts.explainer.refusal(for: finding, in: verdict.part, mayAsk: mayAskForPermission(finding))
        var reply = AnswerWriter.wholeRefusal(
            refusal, request: request, modelName: request.model, asError: snapshot.settings.refusalsAsErrors,
            time: Int(decision.milliseconds / 1_000))
        reply.headers = answerHeaders(after: reply.headers)
        // A refusal is complete in its admission: no completion follows.
        sequence = nil
        whenDurable { self.finish(reply, Ending(.complete)) }
    }
}
