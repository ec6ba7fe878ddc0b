/// Judges a request of many texts: each alone, and all of a conversation one after the other.
public struct RequestJudge: Sendable {
    private let policy: JudgementPolicy
    private var conversation: TextJudge
    private var isFirst = true
    /// Whether the last finding came of the turns together, and of none alone.
    public private(set) var foundInConversation = false
    /// The highest score of any text or of the conversation so far, 0…1.
    public private(set) var peak: Float = 0
    /// The categories that were crossed and did not stop the request, because a permission opens them.
    public private(set) var opened: Set<String> = []

    /// A judge that has seen no text.
    ///
    /// - Parameter bytes: How long all texts will be together, where that is known.
    public init(policy: JudgementPolicy, bytes: Int = 0) {
        self.policy = policy
        conversation = TextJudge(policy: policy, side: .request, bytes: bytes)
    }

    /// Judges the next text.
    ///
    /// - Parameters:
    ///   - text: Its UTF-8.
    ///   - continuing: Whether it follows the text before as one conversation; else a new conversation begins.
    /// - Returns: What the text alone or the conversation up to its end crosses.
    public mutating func judge(_ text: UnsafeBufferPointer<UInt8>, continuing: Bool) -> Finding? {
        if !isFirst {
            if continuing {
                conversation.mark()
            } else {
                conversation = TextJudge(policy: policy, side: .request, bytes: text.count)
            }
        }
        var found: Finding?
        let isAlone = !continuing || isFirst
        if !isAlone {
            let alone = TextJudge(policy, .request, whole: text)
            found = alone.finding
            peak = max(peak, alone.peak)
            opened.formUnion(alone.opened)
        }
        isFirst = false
        conversation.feed(text)
        conversation.finish()
        peak = max(peak, conversation.peak)
        opened.formUnion(conversation.opened)
        foundInConversation = !isAlone && found == nil && conversation.finding != nil
        return found ?? conversation.finding
    }
}
