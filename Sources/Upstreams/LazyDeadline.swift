package import NIOCore

/// A deadline that is moved often and rarely met, such as "the next byte within two minutes".
///
/// Moving it costs a store. While one is set, a task looks at it at least once a second; otherwise nothing is scheduled.
/// Confined to its event loop.
package final class LazyDeadline {
    private static let grain = TimeAmount.seconds(1)

    private let loop: any EventLoop
    private var deadline = NIODeadline.distantFuture
    private var isArmed = false
    private var onExpiry: (() -> Void)?

    /// A deadline that calls `onExpiry`, on the loop, when it has passed.
    package init(loop: any EventLoop, onExpiry: @escaping () -> Void) {
        self.loop = loop
        self.onExpiry = onExpiry
    }

    /// Whether a deadline is set.
    package var isSet: Bool { deadline != .distantFuture }

    /// Sets or moves the deadline.
    package func set(within limit: TimeAmount) {
        set(at: .now() + limit)
    }

    /// Sets or moves the deadline to a point in time.
    package func set(at time: NIODeadline) {
        deadline = time
        if !isArmed { arm() }
    }

    /// Takes the deadline away.
    package func clear() { deadline = .distantFuture }

    /// Takes the deadline away for good and lets go of what would have been called.
    package func stop() {
        deadline = .distantFuture
        onExpiry = nil
    }

    private func arm() {
        isArmed = true
        let next = min(deadline, .now() + Self.grain)
        // Of a callback nobody can wait for the end, so it costs no promise. A loop that is shut down has no more deadlines.
        _ = try? loop.assumeIsolated().scheduleCallback(at: next, handler: self)
    }

    fileprivate func look() {
        isArmed = false
        guard isSet else { return }
        guard deadline <= .now() else { return arm() }
        deadline = .distantFuture
        onExpiry?()
    }
}

extension LazyDeadline: NIOScheduledCallbackHandler {
    package func handleScheduledCallback(eventLoop: some EventLoop) { look() }
}
