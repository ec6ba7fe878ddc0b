internal import NIOCore

extension AnswerBody {
    /// Reads a whole message.
    mutating func readMessage(_ view: JSONView) throws(UpstreamFault) {
        throw UpstreamFault(.malformed, "not yet")
    }

    func messageBody(_ refusing: [Int: Refusal]) -> ByteBuffer { ByteBuffer() }
}
