import NIOCore

@testable import Upstreams

/// Numbers that are the same in every run.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 2 &+ 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

/// Streams as model servers write them, for the guard to count.
struct EgressTraffic {
    /// How a server writes its events.
    enum Style: CaseIterable { case chat, clocked, messages, choices }

    var dice: Dice

    init(_ seed: UInt64) { dice = Dice(seed) }

    private static let words = ["water ", "the ", "of a mill, ", "\\n\\n", "Gauge ", "turns ", "水位很低，", "→ ", "42 "]

    /// A name that only this answer has.
    mutating func name() -> String { String(UInt64.random(in: .min ... .max, using: &dice), radix: 16) }

    /// The events of one answer, and the bytes of text in each.
    ///
    /// - Parameter padding: Bytes that nobody asked for, in every event.
    mutating func answer(_ style: Style, events: Int, padding: Int = 0) -> [(event: ByteBuffer, text: Int, choice: Int)]
    {
        let id = name()
        return (0..<events).map { place in
            let word = Self.words.randomElement(using: &dice) ?? ""
            let text = word.replacing("\\n", with: "\n").utf8.count
            let extra = padding == 0 ? "" : "\"system_note\":\"\(noise(padding))\","
            let choice = style == .choices ? place % 2 : 0
            // A clock that moves on once in twenty events.
            let created = style == .clocked ? 1_700_000_000 + place / 20 : 1_700_000_000
            let event =
                style == .messages
                ? "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\(extra)\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"\(word)\"}}\n\n"
                : "data: {\"id\":\"chatcmpl-\(id)\",\"object\":\"chat.completion.chunk\",\"created\":\(created),\(extra)\"model\":\"r1\",\"choices\":[{\"index\":\(choice),\"delta\":{\"content\":\"\(word)\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n"
            return (ByteBuffer(string: event), text, choice)
        }
    }

    /// Letters that do not repeat.
    private mutating func noise(_ count: Int) -> String {
        String(decoding: (0..<count).map { _ in UInt8.random(in: 0x61...0x7A, using: &dice) }, as: UTF8.self)
    }

    /// What a whole answer comes to: its bytes on the link, and its count.
    mutating func count(
        _ style: Style, events: Int, padding: Int = 0, rules: EgressRules = EgressRules()
    ) -> (count: EgressCount, link: Int64) {
        var count = EgressCount(rules)
        // A head, and what the transfer adds to each event.
        var link: Int64 = 320 + 400
        for one in answer(style, events: events, padding: padding) {
            count.note(event: one.event, text: one.text, choice: one.choice)
            link += Int64(one.event.readableBytes) + 8
        }
        return (count, link)
    }
}
