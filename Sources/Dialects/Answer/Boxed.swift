/// What a stream has come to in one dialect, beginning from nothing.
protocol StreamState: Sendable { init() }

/// A state that takes no room until it is first written: most streams write one of many.
///
/// A value: copies share the memory until one of them writes.
struct Boxed<State: StreamState>: Sendable {
    private final class Storage: @unchecked Sendable {
        // Safe to share: written only through a box that alone refers to it.
        var state: State
        init(_ state: State) { self.state = state }
    }

    private var storage: Storage?

    /// The state.
    var state: State {
        _read {
            if let storage { yield storage.state } else { yield State() }
        }
        _modify {
            if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage?.state ?? State()) }
            let own = storage ?? Storage(State())
            yield &own.state
        }
    }
}
