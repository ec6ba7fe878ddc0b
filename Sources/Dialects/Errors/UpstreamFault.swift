/// Why an upstream's answer cannot be taken for one.
public struct UpstreamFault: Error, Sendable, Equatable {
    /// The kinds of fault; raw values are stable names for records and metrics.
    public enum What: String, Sendable {
        /// An event or body that is not the JSON it should be, or lacks what it must have.
        case malformed
        /// The upstream says itself that it failed, in the stream or in a body with status 200.
        case reported
        /// The bytes ended inside an event.
        case truncated
        /// The answer ended before every choice had a finish reason.
        case unfinished
        /// Events in an order that the dialect does not know.
        case order
        /// An event, or a sum of opaque ones, larger than its limit.
        case tooLarge = "too_large"
    }

    /// The kind of fault.
    public var what: What
    /// The fault in words: for the log and the record.
    ///
    /// It may quote an upstream's own error, never model output.
    public var message: String

    /// Makes a fault.
    public init(_ what: What, _ message: String) {
        self.what = what
        self.message = message
    }

    init(_ fault: JSONFault, in place: EventPlace) {
        self.init(.malformed, "\(place): \(fault.words) (byte \(fault.offset))")
    }
}
