import Access
import Dialects
import Ledger
import Logging
import Metering
import NIOCore
import NIOHTTP1
import Safeguards
import Store
import Upstreams

/// Steps 7 and 8: what comes back from the upstream is judged and given to the client; the record is completed.
extension Exchange {
    /// Takes the next part of the upstream's answer; parts wait while an earlier one is being judged elsewhere or recorded.
    func receive(_ event: UpstreamEvent) {
        switch phase {
        case .done: return
        case .away, .preparing: backlog.append(event)
        case .forwarding, .streaming, .collecting, .failing:
            guard isDurable, sequence != nil else { return backlog.append(event) }
            handle(event)
        }
    }

    func drainBacklog() {
        guard !backlog.isEmpty, isDurable else { return }
        var waiting = backlog[...]
        backlog = []
        while let event = waiting.popFirst() {
            receive(event)
            guard backlog.isEmpty else {
                backlog += waiting
                return
            }
        }
        flush()
    }

    private func handle(_ event: UpstreamEvent) {
        switch event {
        case .head(let head): begin(head)
        case .body(let bytes): take(bytes)
        case .pause: flush()
        case .end: answerEnded()
        case .failed(let failure): if !retry(after: failure.verdict) { fail(failure.apiError) }
        }
    }

    // MARK: The head decides what follows

    private func begin(_ head: HTTPResponseHead) {
        upstreamHeaders = guarded == nil ? head.headers.passedToClient : []
        guard head.status == .ok else {
            let retryAfter = head.headers.first(name: "retry-after")
            let status = Int(head.status.code)
            if retry(after: AttemptVerdict(status: status, retryAfter: retryAfter.flatMap(Double.init))) { return }
            phase = .failing(status: status, retryAfter: retryAfter)
            return
        }
        step(.upstreamFirstByte)
        let encoding = head.headers.first(name: "content-encoding") ?? "identity"
        guard encoding == "identity" else {
            if retry(after: .serverFailed) { return }
            return fail(.upstream("it compressed its answer although it was not asked to"))
        }
        if facts?.isStreamed == true,
            head.headers.first(name: "content-type")?.lowercased().hasPrefix("text/event-stream") == true
        {
            phase = .streaming
            answer = facts?.makePipeline(from: foreign, named: decisionText)
            answer?.egress = egress
        } else {
            phase = .collecting
            egress?.isWhole = true
        }
    }

    private func take(_ bytes: ByteBuffer) {
        if guarded != nil, !accountsForLink(isStream: false) { return }
        switch phase {
        case .streaming: stream(bytes)
        case .collecting:
            guard collected.readableBytes + bytes.readableBytes <= snapshot.settings.bodyLimit else {
                return fail(.upstream("its answer is larger than \(snapshot.settings.bodyLimit) bytes"))
            }
            collect(bytes)
        case .failing where collected.readableBytes < Self.inlineLimit: collect(bytes)
        default: return
        }
    }

    private func collect(_ bytes: ByteBuffer) {
        collected.append(bytes)
    }

    private func answerEnded() {
        switch phase {
        case .streaming:
            answer?.readEnd()
            judgeStream()
        case .collecting: judgeWhole()
        case .failing(let status, let retryAfter):
            fail(.upstream(status: status, says: upstreamMessage, retryAfter: retryAfter))
        default: return
        }
    }

    /// What an upstream's error body says, where it says something.
    private var upstreamMessage: String? {
        // Words of a guarded server that nobody judged do not reach a client.
        guard guarded == nil, let options = facts?.answerOptions(from: foreign) else { return nil }
        do throws(UpstreamFault) {
            _ = try AnswerBody.parse(collected, for: options)
            return nil
        } catch {
            return error.what == .reported && mayTell(error.message) ? error.message : nil
        }
    }

    // MARK: Streams

    private func stream(_ bytes: ByteBuffer) {
        guard let waiting = answer?.read(bytes) else { return }
        if guarded != nil, !accountsForLink(isStream: true) { return }
        answer?.allowance = reservation?.output ?? .max
        guard waiting > Self.inlineLimit, let pipeline = answer, pipeline.question == nil else { return judgeStream() }
        away(for: lease?.organisation.description ?? "") {
            var pipeline = pipeline
            var out = ByteBuffer()
            pipeline.judge(into: &out)
            return (pipeline, out)
        } back: { (judged: (AnswerPipeline, ByteBuffer)) in
            self.phase = .streaming
            self.answer = judged.0
            self.release(judged.1)
        }
    }

    func judgeStream(after judged: ByteBuffer = ByteBuffer()) {
        var out = judged
        answer?.allowance = reservation?.output ?? .max
        if lane.metrics.isSampled() {
            let began = NIODeadline.now()
            answer?.judge(into: &out)
            lane.metrics.time(.judgeAnswer, .now() - began)
        } else {
            answer?.judge(into: &out)
        }
        release(out)
    }

    /// Gives judged bytes to the client, and ends the answer if they were the last.
    private func release(_ out: ByteBuffer) {
        // The pipeline is large, and read where it stands: a copy would cost more than the judging.
        guard answer != nil else { return }
        if let tokens = answer?.unpaid {
            switch pay(for: tokens) {
            case .paid: return judgeStream(after: out)
            case .refused: return endAtLength(after: out)
            case .unrecorded: return fail(.ledger)
            }
        }
        if out.readableBytes > 0 {
            beginStream()
            if cachePlace != nil { noteForCache(out) }
            connection.write(out)
            unflushed = true
        }
        if let question = answer?.question { return consult(about: question) }
        if let reasoning = answer?.summaryWanted { return summarise(reasoning) }
        if answer?.isOver == true, let gate = answer?.gate {
            beginStream()
            let finding = gate.findings.first
            for finding in gate.findings { lane.metrics.refused(finding, inAnswer: true) }
            gateway.tally.judgedAnswer(stopped: finding != nil)
            usage = gate.knownUsage
            complete(Ending(finding.map(Completion.Outcome.init) ?? .complete, gate))
            if finding == nil {
                if cachePlace != nil, gate.opened.isEmpty {
                    keepInCache(nil, isStream: true, digests: gate.outputDigests)
                }
                call?.leave()
                leftLink = call?.linkBytes
                call = nil
            }
            return end()
        }
        if let fault = answer?.fault {
            gateway.log.warning("An upstream's stream broke", metadata: ["fault": "\(fault.what.rawValue)"])
            if !retry(after: .serverFailed) { fail(told(of: fault)) }
        }
    }

    /// Sends the head of a streamed answer, once.
    func beginStream() {
        guard !hasBegun else { return }
        hasBegun = true
        lane.metrics.add(.streamsBegun)
        lane.metrics.time(.firstByte, .now() - started)
        // From here on the request is not sent again, and its bytes are not needed.
        call?.commit()
        outgoing = nil
        connection.releaseBody()
        let stream = [("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache")]
        connection.beginStream(headers: answerHeaders(after: stream))
        // No other head follows this one.
        (promise, upstreamHeaders) = (nil, [])
    }

    func flush() {
        guard unflushed else { return }
        unflushed = false
        connection.flush()
    }

    // MARK: Whole answers

    private func judgeWhole() {
        guard let facts else { return }
        guard !facts.isStreamed else {
            // A client that reads events would find none, and take nothing for an answer.
            if !retry(after: .serverFailed) {
                fail(.upstream(upstreamMessage ?? "it was asked for a stream and sent none"))
            }
            return
        }
        let body = collected
        let foreign = foreign
        mark = .now()
        guard body.readableBytes > Self.inlineLimit * 2 else {
            return judgedWhole(WholeAnswer.judge(body, facts, from: foreign))
        }
        away(for: lease?.organisation.description ?? "") {
            WholeAnswer.judge(body, facts, from: foreign)
        } back: {
            self.judgedWhole($0)
        }
    }

    func judgedWhole(_ result: Result<WholeAnswer, UpstreamFault>) {
        step(.judgeAnswer)
        switch result {
        case .success(let whole) where whole.isDoubtful: consultAboutWhole()
        case .failure(let fault):
            gateway.log.warning("An upstream's answer is not one", metadata: ["fault": "\(fault.what.rawValue)"])
            if !retry(after: .serverFailed) { fail(told(of: fault)) }
        case .success(let whole) where whole.finding == nil && !whole.reasoning.isEmpty: summarise(whole)
        case .success(let whole):
            egress?.note(whole: whole.bytes, choices: whole.digests.count)
            gateway.tally.judgedAnswer(stopped: whole.finding != nil)
            if let finding = whole.finding { lane.metrics.refused(finding, inAnswer: true) }
            usage = whole.usage
            if cachePlace != nil, whole.finding == nil, whole.opened.isEmpty {
                keepInCache(whole.body, isStream: false, digests: whole.digests)
            }
            let reply = Reply(
                status: 200, headers: answerHeaders(after: [("content-type", "application/json")]), body: whole.body)
            finish(reply, Ending(whole))
        }
    }

    // MARK: Step 8: complete

    /// The headers every answer carries: the ids, the decision, the limits, and what may pass from the upstream.
    func answerHeaders(after first: [(String, String)] = []) -> [(String, String)] {
        var headers = first
        headers.reserveCapacity(first.count + upstreamHeaders.count + 12)
        headers += upstreamHeaders
        headers.append((dialect.requestIDHeader, decisionText))
        headers.append(("x-sluice-decision", decisionText))
        if let promise { headers.append(("x-sluice-receipt", promise)) }
        if let fallbackModel { headers.append(("x-sluice-model", fallbackModel)) }
        if !ignored.isEmpty { headers.append(("x-sluice-ignored", ignored.joined(separator: ", "))) }
        if let limits = lease?.limits { headers += limits.headers(dialect) }
        headers += curbHeaders
        return headers
    }

    /// The decision's id, and the promise that it will be in the public log.
    var proofHeaders: [(String, String)] {
        let id = ("x-sluice-decision", decisionText)
        return promise.map { [id, ("x-sluice-receipt", $0)] } ?? [id]
    }

    /// Tokens charged in the end: the upstream's count, else our own by length, else nothing where nothing came back.
    var settledTokens: Int {
        guard let usage = usage ?? answer?.gate.knownUsage else { return 0 }
        // The upstream's counts may be anything.
        let (sum, isTooMuch) = usage.input.addingReportingOverflow(usage.output)
        return isTooMuch ? .max : sum
    }

    /// Writes the completion, if there was an admission.
    func complete(_ ending: Ending) {
        note(ending)
        guard let sequence else { return }
        self.sequence = nil
        let settlement = settle(ending)
        var opened = ending.opened
        if !opened.isEmpty {
            answerNotes += facts?.shadowNotes(opened) ?? []
            opened.subtract(facts?.shadowed ?? [])
        }
        let answerPermission = opened.isEmpty || !permission.isEmpty ? "" : lease?.use(opened) ?? ""
        let counted = ending.usage.map {
            Completion.Usage(input: $0.input, output: $0.output, cached: $0.cached, reasoning: $0.reasoning)
        }
        let charged = ending.spending == nil ? nil : settlement.map { Completion.Usage($0.counts) }
        let elapsed = (NIODeadline.now() - started).nanoseconds / 1_000_000
        var completion = Completion(
            sequence: sequence, time: decision.milliseconds + elapsed, outcome: ending.outcome,
            answerCommitment: ending.commitment, usage: charged ?? counted, choices: ending.choices,
            choicesCut: ending.choicesCut,
            duration: UInt32(clamping: elapsed), settled: settlement.map { UInt64(max(0, $0.charged)) },
            permission: answerPermission)
        completion.notes = answerNotes
        gateway.ledger.complete(completion)
    }
}
