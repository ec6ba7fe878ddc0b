import Access
import Constitution
import Ledger
import NIOCore
import Safeguards

/// What the second stage said of the doubts of an answer, and which of them guards outside are asked about.
struct StageWord: Sendable {
    /// What it found; nil where there is nothing.
    var found: StageFinding?
    /// The cleared doubt that is nearest to the line, if one is near; only where nothing was found.
    var wary: Wary?

    /// A cleared doubt near the line.
    struct Wary: Sendable {
        let doubt: Int
        let stretch: [UInt8]
        let score: Float
        let leaning: String?
    }
}

extension Cascade {
    /// Judges doubts, and says which one that it clears is nearest to the line.
    ///
    /// - Parameter share: How near: the share of ordinary texts that score so high; nil where nobody else is asked.
    func word(on doubts: [AnswerDoubt], share: Double?) -> StageWord {
        var (opened, wary): (Set<String>, StageWord.Wary?) = ([], nil)
        for (index, doubt) in doubts.enumerated() {
            let verdict = judge(stretch: doubt.stretch)
            opened.formUnion(verdict.opened)
            if var found = verdict.finding {
                found.position = doubt.range.upperBound
                return StageWord(found: StageFinding(doubt: index, finding: Finding(found), opened: opened))
            }
            guard let share, isWary(of: verdict.score, share: share), verdict.score > wary?.score ?? -1 else {
                continue
            }
            wary = .init(doubt: index, stretch: doubt.stretch, score: verdict.score, leaning: verdict.leaning)
        }
        let found = opened.isEmpty ? nil : StageFinding(doubt: doubts.count, finding: nil, opened: opened)
        return StageWord(found: found, wary: wary)
    }
}

/// Asking guards outside about an answer: what the second stage has cleared only just does not leave before they have spoken.
extension Exchange {
    /// How near to the line an answer must come for guards to be asked; nil where there are none.
    var guardedShare: Double? { snapshot.guards == nil ? nil : snapshot.settings.guardShare }

    /// Asks all guards about a stretch of the answer with its request.
    ///
    /// - Parameter back: Takes the rule that they stop it under; not called where a guard was silent and the failure
    ///   rule is closed.
    func askGuards(about wary: StageWord.Wary, at position: Int, back: @escaping (Finding?) -> Void) {
        guard let panel = snapshot.guards, let turns = facts?.turns else { return back(nil) }
        let exchange = GuardExchange(turns: turns, answer: String(decoding: wary.stretch, as: UTF8.self))
        let policy = snapshot.policy
        let now = decision.milliseconds
        let longest = panel.routes.map(\.timeout).max() ?? .seconds(2)
        let silent = { (name: String) in
            if self.failedOpen(about: wary.stretch, by: name) { back(nil) } else { self.fail(.safeguard(name)) }
        }
        awayTask(deadline: longest + .seconds(1)) {
            await panel.ask(about: exchange, under: policy, inDoubt: wary.leaning, at: now)
        } back: { words in
            for word in words where self.answerNotes.count < 16 { self.answerNotes.append(word.note) }
            if let finding = self.finding(of: words, at: position) { return back(finding) }
            guard let word = words.first(where: { $0.isSilent }) else { return back(nil) }
            silent("guard:\(word.name)")
        } failed: {
            silent("guard")
        }
    }

    /// The first guard that refuses under a category that is neither open nor in shadow; what is in shadow is noted.
    private func finding(of words: [GuardWord], at position: Int) -> Finding? {
        for word in words {
            guard case .success(let opinion) = word.said,
                let category = word.category.flatMap(snapshot.constitution.category)
            else { continue }
            if lease?.openings.contains(category.id) == true { continue }
            if let note = facts?.shadowNotes([category.id]).first {
                if !answerNotes.contains(note) { answerNotes.append(note) }
                continue
            }
            return Finding(
                category: category.id, principle: category.principle, stage: .external, score: opinion.score,
                position: position)
        }
        return nil
    }
}

/// The doubts of a whole answer, choice by choice, as they are put to the second stage.
struct WholeDoubts: Sendable {
    private let cascade: Cascade
    private let share: Double?
    /// How many choices have been asked about.
    private var choices = 0
    /// The cleared doubt nearest to the line, over all choices, and whose it is.
    private(set) var wary: (choice: Int, doubt: StageWord.Wary)?
    /// Whether the second stage stopped a choice.
    private(set) var hasFound = false

    init(_ cascade: Cascade, share: Double?) { (self.cascade, self.share) = (cascade, share) }

    /// What the second stage says of the next choice's doubts.
    mutating func judge(_ doubts: [AnswerDoubt]) -> StageFinding? {
        defer { choices += 1 }
        let word = cascade.word(on: doubts, share: share)
        hasFound = hasFound || word.found?.finding != nil
        if let own = word.wary, own.score > wary?.doubt.score ?? -1 { wary = (choices, own) }
        return word.found
    }
}
