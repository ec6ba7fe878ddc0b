/// What is wrong with a request's body, and where: a field by its path, a byte by its offset.
public struct RequestError: Error, Sendable, Equatable {
    /// What was wrong, where, and what was expected, in one sentence without a full stop.
    public var message: String
    /// The path of the field, as in `messages[2].content`; nil if the body is no JSON at all.
    public var param: String?
    /// The offset of the byte at which it was seen, from the start of the body.
    public var offset: Int?

    /// Makes an error; the message should already name the field.
    public init(message: String, param: String? = nil, offset: Int? = nil) {
        self.message = message
        self.param = param
        self.offset = offset
    }

    init(_ fault: JSONFault) {
        self.init(message: "\(fault.words) (byte \(fault.offset))", offset: fault.offset)
    }

    /// The same as a client sees it: 400.
    public var apiError: APIError {
        APIError(.invalidRequest, message, param: param, offset: offset)
    }
}
