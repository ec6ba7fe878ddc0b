import Access
import Distillation
import Logging

// The marks in answers of groups under the measure `canary`.
extension WatchDesk {
    /// The marks of a group's answers and what the record holds of all of them; none where the measure is not set.
    func marks(of cluster: Cluster) -> (marks: [Curb.Canary], commitment: String?) {
        guard cluster.measures.contains(DistillationSettings.Measure.canary.rawValue), let list = settings.canaries
        else {
            return ([], nil)
        }
        let plan = list.plan(for: cluster.id, by: watcher.hash)
        let marks = plan.filter(\.isPlanted).map {
            Curb.Canary(instruction: $0.canary.instruction, commitment: $0.commitment)
        }
        return (marks, CanaryList.commitment(to: plan))
    }

    /// Puts on record which marks hold now, where the operator's list has changed since that was last written.
    func tellMarks() async {
        for id in book.clusters.keys.sorted() {
            guard let cluster = book.clusters[id] else { continue }
            let now = marks(of: cluster).commitment
            guard now != cluster.canaries else { continue }
            book.note(id) { $0.canaries = now }
            do {
                try await file(id, "cluster.mark", ["canaries": now ?? "none"])
            } catch {
                log.error("Marks could not be written", metadata: ["cluster": "\(id)", "reason": "\(error)"])
            }
        }
    }
}
