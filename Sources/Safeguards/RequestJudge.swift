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
        if isAlone {
            conversation.feed(text)
            conversation.finish()
        } else {
            let alone = readTwice(text)
            found = alone.finding
            peak = max(peak, alone.peak)
            opened.formUnion(alone.opened)
        }
        isFirst = false
        peak = max(peak, conversation.peak)
        opened.formUnion(conversation.opened)
        foundInConversation = !isAlone && found == nil && conversation.finding != nil
        return found ?? conversation.finding
    }

    /// Reads a text by itself and as going on from the conversation.
    ///
    /// What is left of the turns before leaves the windows soon. From there on both judges are in the same state and would say
    /// the same, so that one reads the rest for both.
    private mutating func readTwice(_ text: UnsafeBufferPointer<UInt8>) -> TextJudge {
        var alone = TextJudge(policy: policy, side: .request, bytes: text.count)
        var (place, tries) = (0, 0)
        while tries < Self.mostTries, let end = Self.pause(in: text, after: place) {
            let piece = UnsafeBufferPointer(rebasing: text[place..<end])
            alone.feed(piece)
            conversation.feed(piece)
            (place, tries) = (end, tries + 1)
            guard conversation.isWhere(alone) else { continue }
            // What the conversation came to before counts for it alone.
            peak = max(peak, conversation.peak)
            opened.formUnion(conversation.opened)
            alone.feed(UnsafeBufferPointer(rebasing: text[place...]))
            alone.finish()
            conversation = alone
            return alone
        }
        let rest = UnsafeBufferPointer(rebasing: text[place...])
        alone.feed(rest)
        alone.finish()
        conversation.feed(rest)
        conversation.finish()
        return alone
    }

    /// How often two judges are compared over one text.
    private static let mostTries = 24
    /// The bytes after which they are first compared.
    private static let firstStretch = 320
    /// The bytes after which they are compared again.
    private static let stretch = 64

    /// A place to compare at, between two words; nil where the rest of the text is not worth it.
    private static func pause(in text: UnsafeBufferPointer<UInt8>, after place: Int) -> Int? {
        var end = place + (place == 0 ? firstStretch : stretch)
        let last = min(text.count - stretch, end + 64)
        while end < last {
            if text[end - 1] == 0x20 || text[end - 1] == 0x0A || text[end] >= 0xC0 { return end }
            end += 1
        }
        return nil
    }
}
