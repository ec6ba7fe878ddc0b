package import NIOCore

/// A channel's end that has written and not yet flushed.
package protocol Flushing: AnyObject {
    /// Gives what was written to the socket.
    func flushNow()
}

/// Gathers the flushes of one turn of an event loop and makes them one after another at its end.
///
/// System calls in a row are cheaper than between other work, and one who waits at the other end is woken once for many.
/// What is written waits for no clock: only for the events that came with it. Confined to its loop.
package final class FlushBatch {
    /// The most that wait: a long turn must not hold the first one's bytes back.
    private static let most = 32

    private let loop: any EventLoop
    private var waiting: [any Flushing] = []
    private var isScheduled = false
    /// What must be done before anything leaves; what it writes leaves with the rest.
    package var first: (() -> Void)?

    /// A batch of the flushes on `loop`.
    package init(loop: any EventLoop) {
        self.loop = loop
        waiting.reserveCapacity(Self.most)
    }

    /// Flushes `channel` at the end of this turn; it must ask once only until it is flushed.
    package func add(_ channel: any Flushing) {
        waiting.append(channel)
        guard waiting.count < Self.most else { return flush() }
        schedule()
    }

    /// Flushes at the end of this turn, even if no channel asks for it.
    package func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        loop.assumeIsolated().execute {
            self.isScheduled = false
            self.flush()
        }
    }

    private func flush() {
        first?()
        // What a flush brings about may write, and wait for the next one.
        let ready = waiting
        waiting.removeAll(keepingCapacity: true)
        for channel in ready { channel.flushNow() }
    }
}
