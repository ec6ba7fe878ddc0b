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

    /// The second stage could not judge this much of the answer; whether it may leave all the same.
    private func failedOpen(about text: [UInt8]) -> Bool {
        let category = text.withUnsafeBufferPointer { snapshot.policy.leaning(of: $0, .answer) }
        let isOpen = snapshot.failsOpen(in: category, for: call?.model ?? facts?.model)
        let note = Failure(of: "second_stage", in: category, isOpen: isOpen).note
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
        guard let cascade = judges?.secondStage ?? snapshot.secondStage else { return fail(.safeguard("second_stage")) }
        flush()
        consult {
            Asked(found: cascade.judge(question))
        } back: {
            self.settle($0.found)
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
        guard let cascade = judges?.secondStage ?? snapshot.secondStage, let facts else {
            return fail(.safeguard("second_stage"))
        }
        let (body, foreign, summaries) = (collected, foreign, summaries)
        consult {
            WholeAnswer.judge(body, facts, from: foreign, asking: { cascade.judge($0) }, summaries: summaries)
        } back: {
            self.judgedWhole($0)
        } failed: {
            self.judgedWithoutSecondStage(body, facts)
        }
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

    /// What the second stage said: something, or that there is nothing.
    private struct Asked: Sendable {
        let found: StageFinding?
    }
}
