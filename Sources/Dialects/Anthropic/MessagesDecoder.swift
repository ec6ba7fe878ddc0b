internal import NIOCore

/// How far an Anthropic message has come.
struct MessagesState: Sendable {
    struct Block: Sendable, Equatable {
        var index: Int
        var type: String
    }

    var started = false
    var open: Block?
    var nextBlock = 0
    var stopReason: String?
    var stopped = false
    var memory = OutputMemory()
    /// Bytes of signatures and ciphertext so far.
    var sealed = 0

    /// - Throws: `UpstreamFault` unless the message has a stop reason.
    func requireFinished() throws(UpstreamFault) {
        guard started else { throw UpstreamFault(.unfinished, "the stream ended before the message began") }
        guard stopReason != nil else { throw UpstreamFault(.unfinished, "the stream ended before the stop reason") }
    }
}

extension AnswerDecoder {
    mutating func decodeMessages(_ event: SSEEvent, into events: inout [AnswerEvent]) throws(UpstreamFault) {
        throw UpstreamFault(.malformed, "not yet")
    }
}
