import NIOCore

@testable import Dialects

/// Numbers that are the same on every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

func buffer(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

extension ByteBuffer {
    var text: String { String(buffer: self) }
    /// The same bytes, in the middle of others.
    var displaced: ByteBuffer {
        var out = ByteBuffer(string: "{\"x\":")
        out.writeImmutableBuffer(self)
        out.writeString("\"]}")
        return out.getSlice(at: 5, length: readableBytes) ?? ByteBuffer()
    }
}

func chatRequest(_ extra: String = "") -> String {
    #"{"model":"m","messages":[{"role":"user","content":"hi"}]\#(extra)}"#
}

func messagesRequest(_ extra: String = "") -> String {
    #"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]\#(extra)}"#
}

func parse(_ body: String, _ dialect: Dialect = .openAI) throws -> ModelRequest {
    try ModelRequest.parse(buffer(body), dialect: dialect)
}

/// The texts of a request as `role place: text`.
func texts(_ request: ModelRequest) -> [String] {
    request.texts.map { "\($0.role) \($0.place): \($0.text.text)" }
}

/// Decodes a whole stream; every event that the decoder gives.
func decode(_ stream: String, _ request: ModelRequest, as model: String = "m") throws -> [AnswerEvent] {
    var sse = SSEDecoder(limit: 1 << 20)
    var decoder = AnswerDecoder(request, modelName: model)
    var events: [AnswerEvent] = []
    sse.append(buffer(stream))
    while let event = try sse.next() { try decoder.decode(event, into: &events) }
    try sse.finish()
    try decoder.finish()
    return events
}

/// The text of each channel, in the order in which the channels began.
func channels(_ pieces: some Sequence<AnswerPiece>) -> [String] {
    var order: [AnswerChannel] = []
    var said: [AnswerChannel: String] = [:]
    for piece in pieces {
        if said[piece.channel] == nil { order.append(piece.channel) }
        said[piece.channel, default: ""] += piece.text.text
    }
    return order.map { "\($0): \(said[$0] ?? "")" }
}
