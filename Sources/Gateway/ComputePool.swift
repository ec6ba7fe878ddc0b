import NIOConcurrencyHelpers
import NIOPosix
import Synchronization

/// A bounded set of threads for judging that is too long for an event loop, fair between organisations.
///
/// Each organisation has a queue of its own and they are served in turn, so one that sends very long texts delays itself first.
/// A job that cannot start before its deadline is not run: its caller is told, and the failure rule decides.
final class ComputePool: Sendable {
    /// What became of a job.
    enum Outcome: Sendable { case run, late }

    private struct Job: Sendable {
        let deadline: ContinuousClock.Instant
        let work: @Sendable (Outcome) -> Void
    }

    private struct Queues {
        var byOrganisation: [String: [Job]] = [:]
        var turn: [String] = []
        var count = 0

        mutating func add(_ job: Job, for organisation: String) {
            if byOrganisation[organisation] == nil { turn.append(organisation) }
            byOrganisation[organisation, default: []].append(job)
            count += 1
        }

        mutating func next() -> Job? {
            guard !turn.isEmpty else { return nil }
            let organisation = turn.removeFirst()
            guard var jobs = byOrganisation[organisation], !jobs.isEmpty else { return nil }
            let job = jobs.removeFirst()
            count -= 1
            byOrganisation[organisation] = jobs.isEmpty ? nil : jobs
            if !jobs.isEmpty { turn.append(organisation) }
            return job
        }
    }

    private let threads: NIOThreadPool
    private let queues = Mutex(Queues())
    private let capacity: Int
    private let patience: Duration

    /// - Parameters:
    ///   - capacity: Jobs that may wait, over all organisations.
    ///   - patience: How long a job may wait before it is late.
    init(threads count: Int, capacity: Int = 1_024, patience: Duration = .seconds(5)) {
        threads = NIOThreadPool(numberOfThreads: max(1, count))
        self.capacity = capacity
        self.patience = patience
        threads.start()
    }

    /// Jobs that run at the same time.
    var threadCount: Int { threads.numberOfThreads }

    /// Jobs waiting at this moment.
    var depth: Int { queues.withLock { $0.count } }

    /// Queues one job; `work` is called once, on a thread of the pool.
    ///
    /// - Returns: False if the pool is full: then `work` is never called.
    func submit(for organisation: String, work: @escaping @Sendable (Outcome) -> Void) -> Bool {
        let job = Job(deadline: .now + patience, work: work)
        let accepted = queues.withLock { queues in
            guard queues.count < capacity else { return false }
            queues.add(job, for: organisation)
            return true
        }
        guard accepted else { return false }
        threads.submit { [self] _ in
            guard let next = queues.withLock({ $0.next() }) else { return }
            next.work(next.deadline < .now ? .late : .run)
        }
        return true
    }

    /// Lets running jobs end and stops the threads.
    func shutDown() async {
        await withCheckedContinuation { done in threads.shutdownGracefully { _ in done.resume() } }
    }
}
