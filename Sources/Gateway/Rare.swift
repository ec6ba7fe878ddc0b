/// A value that few exchanges have, in memory of its own, so that those without it pay for a reference alone.
///
/// A value: copies are apart.
@propertyWrapper
struct Rare<Value: Sendable>: Sendable {
    private final class Storage: @unchecked Sendable {
        // Safe to share: written only through a wrapper that alone refers to it.
        var value: Value?

        init(_ value: Value?) { self.value = value }
    }

    private var storage: Storage?

    init(wrappedValue: Value?) { storage = wrappedValue.map { Storage($0) } }

    var wrappedValue: Value? {
        get { storage?.value }
        set { storage = newValue.map { Storage($0) } }
        _modify {
            guard storage != nil else {
                var value: Value?
                yield &value
                if let value { storage = Storage(value) }
                return
            }
            if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage?.value) }
            let own = storage ?? Storage(nil)
            yield &own.value
            if own.value == nil { storage = nil }
        }
    }
}
