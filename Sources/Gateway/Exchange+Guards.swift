import Access
import Constitution
import Dialects
import Ledger
import NIOCore
import Safeguards

/// Asking guards outside this process, where the stages of our own let a request pass that is near the line.
extension Exchange {
    /// Whether guards are asked about a request with this verdict.
    func guards(for verdict: RequestVerdict) -> GuardPanel? {
        guard let panel = snapshot.guards, verdict.finding == nil, let cascade = snapshot.secondStage,
            cascade.isWary(of: verdict.peak, share: snapshot.settings.guardShare)
        else { return nil }
        return panel
    }

    /// Asks them, all at once, off the event loop.
    func ask(
        _ panel: GuardPanel, about request: ModelRequest, after verdict: RequestVerdict,
        back: @escaping (RequestVerdict) -> Void, failed: @escaping (String, RequestVerdict) -> Void
    ) {
        let (policy, now) = (snapshot.policy, decision.milliseconds)
        let longest = panel.routes.map(\.timeout).max() ?? .seconds(2)
        let exchange = GuardExchange(request)
        awayTask(deadline: longest + .seconds(1)) {
            await panel.ask(about: exchange, under: policy, inDoubt: verdict.leaning, at: now)
        } back: { words in
            let after = verdict.after(
                words, constitution: self.snapshot.constitution, opening: self.lease?.openings ?? [])
            guard after.finding == nil, let silent = words.first(where: { $0.isSilent }) else { return back(after) }
            failed("guard:\(silent.name)", after)
        } failed: {
            failed("guard", verdict)
        }
    }
}

extension GuardWord {
    /// Whether it said nothing.
    var isSilent: Bool { if case .failure = said { true } else { false } }
}

extension RequestVerdict {
    /// The verdict with what the guards said: one that refuses is enough.
    ///
    /// - Parameter opened: Categories that a permission opens: what a guard finds of them is noted and goes on.
    func after(_ words: [GuardWord], constitution: Constitution, opening opened: Set<String> = []) -> RequestVerdict {
        var verdict = self
        verdict.notes += words.map(\.note)
        verdict.opened.formUnion(words.compactMap(\.category).filter(opened.contains))
        guard let word = words.first(where: { $0.category.map { !opened.contains($0) } ?? false }),
            let id = word.category,
            let category = constitution.category(id), case .success(let opinion) = word.said
        else { return verdict }
        verdict.finding = Finding(
            category: id, principle: category.principle, stage: .external, score: opinion.score, position: 0)
        verdict.peak = max(peak, opinion.score)
        return verdict
    }
}

extension GuardExchange {
    /// The turns of a request as people and the model wrote them; nothing of ours, no system texts, no definitions.
    init(_ request: ModelRequest) {
        var turns: [Turn] = []
        for text in request.texts {
            let words = String(buffer: text.text)
            switch text.role {
            case .user, .tool: turns.append(Turn(isModel: false, text: words))
            // A legacy completion's text is its user's.
            case .prefill where request.dialect == .completions: turns.append(Turn(isModel: false, text: words))
            case .assistant, .prefill: turns.append(Turn(isModel: true, text: words))
            default: continue
            }
        }
        if turns.isEmpty { turns = request.texts.suffix(1).map { Turn(isModel: false, text: String(buffer: $0.text)) } }
        self.init(turns: turns)
    }
}
