import Dialects
import NIOCore
import Safeguards

/// What a client is told in a model server's own words: an error's message is output like any other.
extension Exchange {
    /// The error that a client is given for an answer that is none.
    func told(of fault: UpstreamFault) -> APIError {
        // A guarded server could send its weights in its errors.
        guard guarded == nil, mayTell(fault.message) else {
            return .upstream("its answer could not be read (\(fault.what.rawValue))")
        }
        return .upstream(fault.message)
    }

    /// Whether the rules for answers let a server's words pass.
    func mayTell(_ words: String) -> Bool {
        guard let facts else { return false }
        var pieces = AnswerPieces()
        pieces.append(AnswerPiece(channel: .content, text: ByteBuffer(string: words)))
        var gate = ChoiceGate(index: 0, policy: facts.policy, beginning: nil)
        return gate.judge(whole: pieces) == nil
    }
}
