import Access
import Constitution
import NIOCore
import Safeguards

/// A safeguard that could not judge, and what became of it.
struct Failure: Sendable, Equatable {
    let safeguard: String
    let category: String?
    let isOpen: Bool

    init(of safeguard: String, in category: String?, isOpen: Bool) {
        (self.safeguard, self.category, self.isOpen) = (safeguard, category, isOpen)
    }

    /// As it stands in the record.
    var note: String { "failed:\(safeguard) \(isOpen ? "open" : "closed")" + (category.map { " doubt=\($0)" } ?? "") }
}

extension GatewaySnapshot {
    /// Whether what a safeguard could not judge may be served all the same.
    ///
    /// The category that is in doubt and the model have to allow it both; an absolute category never does, and neither
    /// does a doubt that has no category.
    func failsOpen(in category: String?, for model: String?) -> Bool {
        guard let category = category.flatMap(constitution.category), !category.isAbsolute, category.onFailure == .open,
            stops.categories[category.id] == nil
        else { return false }
        return model.flatMap { settings.models[$0] }?.failsOpen ?? false
    }

    /// Whether a finding is recorded only; what is absolute or stopped is never in shadow.
    func isShadow(_ finding: Finding) -> Bool { settings.isShadow && shadowed.contains(finding.category) }

    /// The categories that are in shadow: what is absolute or stopped never is.
    var shadowed: Set<String> {
        guard settings.isShadow else { return [] }
        let stopped = stops.categories
        return Set(constitution.categories.lazy.filter { !$0.isAbsolute && stopped[$0.id] == nil }.map(\.id))
    }

    /// What was in force beside the releases whose hashes are recorded.
    var notes: [String] {
        stops.categories.isEmpty ? [] : ["stopped:" + stops.categories.keys.sorted().joined(separator: ",")]
    }
}

extension Exchange {
    /// Which categories permissions open for this exchange.
    var openNotes: [String] {
        guard let open = lease?.openings, !open.isEmpty else { return [] }
        return ["opened:" + open.sorted().joined(separator: ",")]
    }
}

extension RequestFacts {
    /// What the record says of an answer that crossed categories in shadow.
    func shadowNotes(_ crossed: Set<String>) -> [String] {
        crossed.intersection(shadowed).sorted().map {
            "shadow:\($0) \(explainer.constitution.category($0)?.principle ?? "") stage=answer"
        }
    }
}

extension JudgementPolicy {
    /// The category that a text's end speaks for most.
    func leaning(of text: ByteBuffer, _ side: Side) -> String? {
        text.withUnsafeReadableBytes { bytes in
            leaning(of: UnsafeRawBufferPointer(rebasing: bytes.suffix(8_192)).bindMemory(to: UInt8.self), side)
        }
    }
}

extension RequestVerdict {
    /// The verdict as a shadow lets it pass: what would have been refused is said in the record.
    var inShadow: RequestVerdict {
        guard let finding else { return self }
        var verdict = self
        let turn = turn.map { " turn=\($0)" } ?? ""
        verdict.notes.append("shadow:\(finding.category) \(finding.principle) stage=\(finding.stage.rawValue)\(turn)")
        verdict.finding = nil
        return verdict
    }
}
