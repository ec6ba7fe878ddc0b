import Access
import Constitution
import Dialects
import NIOCore
import Safeguards
import Store
import Upstreams

/// Asking the second stage: on the compute pool, with a deadline, and with a rule for when it cannot judge.
extension Exchange {
    /// Runs `work` of the second stage and comes back with its result.
    func consult<Value: Sendable>(
        work: @escaping @Sendable () -> Value, back: @escaping (Value) -> Void, failed: @escaping () -> Void
    ) {
        let drill = snapshot.settings.drill
        away(for: lease?.organisation.description ?? "", deadline: snapshot.settings.secondStageDeadline) {
            drill.strikes() ? nil : work()
        } back: {
            back($0)
        } failed: {
            failed()
        }
    }

    /// A safeguard could not judge this much of the answer; whether it may leave all the same.
    func failedOpen(about text: [UInt8], by safeguard: String = "second_stage") -> Bool {
        let category = text.withUnsafeBufferPointer { snapshot.policy.leaning(of: $0, .answer) }
        let isOpen = snapshot.failsOpen(in: category, for: call?.model ?? facts?.model)
        let note = Failure(of: safeguard, in: category, isOpen: isOpen).note
        if !answerNotes.contains(note), answerNotes.count < 16 { answerNotes.append(note) }
        return isOpen
    }

    private func settle(_ found: StageFinding?) {
        phase = .streaming
        var out = ByteBuffer()
        answer?.settle(found, into: &out)
        judgeStream(after: out)
    }

    /// Asks about a stretch of the answer before it may leave; what is judged so far is sent meanwhile.
    func consult(about question: [AnswerDoubt]) {
        guard let cascade = facts?.secondStage else { return fail(.safeguard("second_stage")) }
        flush()
        let share = guardedShare
        consult {
            cascade.word(on: question, share: share)
        } back: { word in
            guard let wary = word.wary else { return self.settle(word.found) }
            self.askGuards(about: wary, at: question[wary.doubt].range.upperBound) {
                self.settle($0.map { StageFinding(doubt: wary.doubt, finding: $0) } ?? word.found)
            }
        } failed: {
            // Of several doubts the strictest decides.
            guard question.allSatisfy({ self.failedOpen(about: $0.stretch) }) else {
                return self.fail(.safeguard("second_stage"))
            }
            self.settle(nil)
        }
    }

    /// Asks about what is doubtful in a whole answer.
    func consultAboutWhole() {
        guard let facts, let cascade = facts.secondStage else {
            return fail(.safeguard("second_stage"))
        }
        let (body, foreign, share, summaries) = (collected, foreign, guardedShare, summaries)
        consult {
            var doubts = WholeDoubts(cascade, share: share)
            let result = WholeAnswer.judge(
                body, facts, from: foreign, asking: { doubts.judge($0) }, summaries: summaries)
            return (result, doubts)
        } back: { (judged: (Result<WholeAnswer, UpstreamFault>, WholeDoubts)) in
            guard !judged.1.hasFound, let wary = judged.1.wary else { return self.judgedWhole(judged.0) }
            self.askGuards(about: wary.doubt, at: 0) { finding in
                guard let finding else { return self.judgedWhole(judged.0) }
                let found = StageFinding(doubt: wary.doubt.doubt, finding: finding)
                self.stopWhole(body, facts, choice: wary.choice, found)
            }
        } failed: {
            self.judgedWithoutSecondStage(body, facts)
        }
    }

    /// The whole answer once more, one of its choices stopped by what guards said of a doubt.
    private func stopWhole(_ body: ByteBuffer, _ facts: RequestFacts, choice: Int, _ found: StageFinding) {
        var asked = 0
        let ask = { (_: [AnswerDoubt]) -> StageFinding? in
            defer { asked += 1 }
            return asked == choice ? found : nil
        }
        judgedWhole(WholeAnswer.judge(body, facts, from: foreign, asking: ask, summaries: summaries))
    }

    /// The whole answer under the failure rule.
    private func judgedWithoutSecondStage(_ body: ByteBuffer, _ facts: RequestFacts) {
        var isOpen = true
        let ask = { (doubts: [AnswerDoubt]) -> StageFinding? in
            isOpen = doubts.allSatisfy { self.failedOpen(about: $0.stretch) } && isOpen
            return nil
        }
        let result = WholeAnswer.judge(body, facts, from: foreign, asking: ask, summaries: summaries)
        if isOpen { judgedWhole(result) } else { fail(.safeguard("second_stage")) }
    }
}
