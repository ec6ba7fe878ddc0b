import Dispatch
import Distillation
import Foundation

/// The processor time that this thread has used, in seconds.
func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Reads a file on a thread of its own, a few blocks ahead of whoever takes them.
final class ReadAhead: @unchecked Sendable {
    // Safe: `source` is the reading thread's alone; the rest is touched under the lock.
    private let source: LineSource
    private let lock = NSCondition()
    private var blocks: [LineBlock] = []
    private var end: Result<Void, ReadingError>?
    /// The processor time that reading took; whole once `next` has returned nil.
    private(set) var seconds = 0.0

    private static let most = 8

    init(_ source: LineSource) {
        self.source = source
        Thread.detachNewThread { [self] in read() }
    }

    private func read() {
        let begin = threadSeconds()
        var ended: Result<Void, ReadingError>?
        while ended == nil {
            var block: LineBlock?
            do throws(ReadingError) {
                block = try source.next()
                if block == nil { ended = .success(()) }
            } catch {
                ended = .failure(error)
            }
            lock.lock()
            while blocks.count >= Self.most { lock.wait() }
            if let block { blocks.append(block) }
            if let ended {
                seconds = threadSeconds() - begin
                end = ended
            }
            lock.signal()
            lock.unlock()
        }
    }

    /// The next lines; nil at the end.
    func next() throws(ReadingError) -> LineBlock? {
        lock.lock()
        defer { lock.unlock() }
        while blocks.isEmpty, end == nil { lock.wait() }
        guard blocks.isEmpty else {
            defer { lock.signal() }
            return blocks.removeFirst()
        }
        if case .failure(let error) = end { throw error }
        return nil
    }
}

/// Looks on threads of their own, as many at a time as there are processors; they end in the order they began.
///
/// A look depends on what was taken before it and on nothing else, so the verdicts are those of one thread.
final class LookingAhead {
    private var current: [Job] = []
    private let most = max(1, min(4, ProcessInfo.processInfo.activeProcessorCount))
    /// The processor time that the looks took which have ended.
    private(set) var seconds = 0.0

    func start(_ look: TrafficWatch.Look) { current.append(Job(look)) }

    /// Waits until another look may begin.
    func makeRoom(_ watch: inout TrafficWatch) { finish(&watch, leaving: most - 1) }

    /// Waits for all looks, or all but the latest few.
    func finish(_ watch: inout TrafficWatch, leaving few: Int = 0) {
        while current.count > few {
            let job = current.removeFirst()
            guard let found = job.wait() else { continue }
            watch.end(found.assessment, of: job.look)
            seconds += found.seconds
        }
    }

    private final class Job: @unchecked Sendable {
        // Safe: `found` is written before the signal and read after the wait.
        let look: TrafficWatch.Look
        private let done = DispatchSemaphore(value: 0)
        private var found: (assessment: Assessment, seconds: Double)?

        init(_ look: TrafficWatch.Look) {
            self.look = look
            DispatchQueue.global().async { [self] in
                let begin = threadSeconds()
                found = (self.look.search(), threadSeconds() - begin)
                done.signal()
            }
        }

        func wait() -> (assessment: Assessment, seconds: Double)? {
            done.wait()
            return found
        }
    }
}
