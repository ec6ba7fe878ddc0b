public import Store

/// Why a change to organisations or keys was not made.
public enum AccessError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A field of the request is wrong; the message says how it should be.
    case invalid(field: String, message: String)
    /// There is no such record.
    case notFound(field: String, message: String)
    /// The change contradicts what is there.
    case conflict(field: String, message: String)
    /// The store failed; nothing was changed.
    case store(StoreError)

    /// What was wrong, where, and the way out.
    public var description: String {
        switch self {
        case .invalid(let field, let message), .notFound(let field, let message), .conflict(let field, let message):
            "\(field): \(message)"
        case .store(let error):
            error.description
        }
    }
}
