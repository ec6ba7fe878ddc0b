import NIOCore
import Testing

@testable import Dialects

@Suite("Events that are alike")
struct EventMoldTests {
    /// Decodes a stream that comes in pieces; with and without the short way.
    private static func decode(
        _ stream: String, _ request: ModelRequest, as model: String = "m", cut: Int, alike: Bool
    ) -> (events: [AnswerEvent], short: Int, fault: UpstreamFault?) {
        var sse = SSEDecoder(limit: 1 << 20)
        var decoder = AnswerDecoder(request, modelName: model)
        var (events, short): ([AnswerEvent], Int) = ([], 0)
        var rest = buffer(stream)
        do throws(UpstreamFault) {
            while rest.readableBytes > 0 {
                guard let part = rest.readSlice(length: min(cut, rest.readableBytes)) else { break }
                sse.append(part)
                while true {
                    if alike, decoder.takeAlike(from: &sse, into: &events) {
                        short += 1
                        continue
                    }
                    guard let event = try sse.next() else { break }
                    try decoder.decode(event, into: &events)
                }
            }
            try sse.finish()
            while let event = try sse.next() { try decoder.decode(event, into: &events) }
            try decoder.finish()
        } catch { return (events, short, error) }
        return (events, short, nil)
    }

    private static func same(_ one: AnswerEvent, _ other: AnswerEvent) -> Bool {
        one.raw == other.raw && one.choice == other.choice && one.pieces == other.pieces && one.kind == other.kind
            && one.usage == other.usage && one.isForClient == other.isForClient
    }

    /// Both ways give the same, and the short one is gone for at least so many events.
    private static func compare(
        _ stream: String, _ request: ModelRequest, as model: String = "m", cut: Int = .max, short least: Int,
        _ place: SourceLocation = #_sourceLocation
    ) {
        let long = decode(stream, request, as: model, cut: cut, alike: false)
        let both = decode(stream, request, as: model, cut: cut, alike: true)
        #expect(both.events.count == long.events.count, sourceLocation: place)
        #expect(zip(both.events, long.events).allSatisfy(same), sourceLocation: place)
        #expect(both.fault == long.fault, sourceLocation: place)
        #expect(both.short >= least, sourceLocation: place)
        if least == 0 { #expect(both.short == 0, sourceLocation: place) }
    }

    private static func chat(_ deltas: [String], model: String = "m", extra: String = "") -> String {
        let first = ChatDecoderTests.chunk(
            #"{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}"#, model: model, extra: extra)
        return first
            + deltas.map {
                ChatDecoderTests.chunk(
                    #"{"index":0,"delta":\#($0),"finish_reason":null}"#, model: model, extra: extra)
            }.joined() + ChatDecoderTests.end
    }

    private static func content(_ words: [String], beside: String = "") -> [String] {
        words.map { #"{"content":"\#($0)"\#(beside)}"# }
    }

    private static let words = ["The", " cell", " is", " é", " bound", " 细胞", " by", "\\n", " its", "", " a", " b"]

    @Test("Chat completions are read the short way, in pieces of any size", arguments: [1, 7, 64, 500, .max])
    func readsChat(cut: Int) throws {
        let request = try ChatDecoderTests.request()
        Self.compare(Self.chat(Self.content(Self.words)), request, cut: cut, short: 5)
        Self.compare(Self.chat(Self.words.map { #"{"reasoning_content":"\#($0)"}"# }), request, cut: cut, short: 5)
    }

    @Test("What is changed in every event is changed the short way too", arguments: [1, 64, .max])
    func readsRenamed(cut: Int) throws {
        let request = try ChatDecoderTests.request()
        let stream = Self.chat(Self.content(Self.words), model: "another/one")
        Self.compare(stream, request, as: "the-name", cut: cut, short: 5)
        Self.compare(stream.replacing("data: ", with: "event: x\ndata:"), request, as: "m", cut: cut, short: 5)
        let strange = Self.chat(Self.content(Self.words), extra: #","strange":[1,2],"obfuscation":"abc""#)
        Self.compare(strange, request, cut: cut, short: 5)
    }

    @Test(
        "An event is put together from the frame it came in, whatever stretch before its text is another",
        arguments: [
            ("abcdef", "abXYdef"), ("abcdef", "abdef"), ("abcdef", "abccdef"), ("aaaa", "aa"), ("aa", "aaaa"),
            ("abc", "abc"), ("abc", "xyz"), ("abc", "b"), ("a", "event: x abc"),
        ])
    func changes(_ before: String, _ other: String) throws {
        func frame(_ head: String, _ tail: String) throws -> EventMold.Frame {
            let range = head.utf8.count..<head.utf8.count + 4
            return try #require(EventMold.Frame(of: buffer(head + "text" + tail), text: range))
        }
        let taken = try frame(before, "end")
        let change = try #require(taken.change(to: frame(other, "end")))
        var out = buffer("first,")
        taken.write(around: buffer("words"), change, to: &out)
        #expect(String(buffer: out) == "first," + other + "wordsend")
        // More than one stretch is no change, but another frame.
        #expect(taken.change(to: try frame(other, "ends")) == nil)
    }

    @Test("An event that is written anew is the same however often it is asked for, and alone or behind others")
    func putTogether() throws {
        let stream = Self.chat(Self.content(Self.words), model: "another/one")
        let request = try ChatDecoderTests.request()
        let events = Self.decode(stream, request, as: "the-name", cut: .max, alike: true).events
        var all = buffer("before ")
        for event in events { event.write(to: &all) }
        #expect(String(buffer: all) == "before " + events.map { String(buffer: $0.raw) }.joined())
        #expect(events.allSatisfy { $0.raw == $0.raw })
    }

    @Test("Events whose meaning may depend on their text are read in full")
    func readsInFull() throws {
        let request = try ChatDecoderTests.request()
        let words = ["a", "b", "c", "d", "a", "a"]
        Self.compare(Self.chat(Self.content(words, beside: #","reasoning":"a""#)), request, short: 0)
        Self.compare(
            Self.chat(words.map { #"{"reasoning":"a","reasoning_content":"\#($0)"}"# }), request, short: 0)
        let probable = words.map {
            ChatDecoderTests.delta(
                #"{"content":"\#($0)"}"#, extra: #","logprobs":{"content":[{"token":"a","logprob":0}]}"#)
        }
        Self.compare(probable.joined() + ChatDecoderTests.end, request, short: 0)
        let two = try ChatDecoderTests.request(#","n":2"#)
        let choices = words.map { #"{"index":0,"delta":{"content":"\#($0)"}},{"index":1,"delta":{"content":"x"}}"# }
        Self.compare(choices.map { ChatDecoderTests.chunk($0) }.joined() + ChatDecoderTests.end, two, short: 0)
    }

    @Test("Output after a choice's end is a fault the short way too")
    func keepsOrder() throws {
        let stream =
            Self.chat(Self.content(["a", "b", "c"])).replacing("data: [DONE]\n\n", with: "")
            + Self.content(["d", "e"]).map { ChatDecoderTests.delta($0) }.joined()
        Self.compare(stream, try ChatDecoderTests.request(), short: 1)
    }

    @Test("Messages are read the short way", arguments: [1, 7, 64, .max])
    func readsMessages(cut: Int) throws {
        func event(_ type: String, _ rest: String) -> String {
            "event: \(type)\ndata: {\"type\":\"\(type)\"\(rest)}\n\n"
        }
        func deltas(_ index: Int, _ type: String, _ field: String) -> String {
            Self.words.map {
                event(
                    "content_block_delta",
                    #","index":\#(index),"delta":{"type":"\#(type)","\#(field)":"\#($0)"}"#)
            }.joined()
        }
        let stream =
            event("message_start", #","message":{"id":"m1","type":"message","role":"assistant","content":[]}"#)
            + event("content_block_start", #","index":0,"content_block":{"type":"thinking","thinking":""}"#)
            + deltas(0, "thinking_delta", "thinking") + event("content_block_stop", #","index":0"#)
            + event("content_block_start", #","index":1,"content_block":{"type":"text","text":""}"#)
            + deltas(1, "text_delta", "text") + event("content_block_stop", #","index":1"#)
            + event("message_delta", #","delta":{"stop_reason":"end_turn"}"#) + event("message_stop", "")
        let request = try parse(messagesRequest(#","stream":true"#), .anthropic)
        Self.compare(stream, request, cut: cut, short: 10)
        // A block that is closed takes no more.
        let late = stream.replacing(
            event("message_delta", #","delta":{"stop_reason":"end_turn"}"#), with: deltas(1, "text_delta", "text"))
        Self.compare(late, request, cut: cut, short: 10)
    }

    @Test("Streams put together at random give the same both ways")
    func agreesOnRandomStreams() throws {
        var random = SeededGenerator(11)
        let request = try ChatDecoderTests.request()
        let texts = ["a", " the", "é", "\\u0041", "\\\"", "", "\u{1}", "~12", "\"", "\\", "x\",\"reasoning\":\"y"]
        let besides = ["", "", "", #","role":"assistant""#, #","tool_calls":[]"#, #","new":"a""#, #","refusal":null"#]
        let ends = ["\n\n", "\n\n", "\n\n", "\r\n\r\n", "\r\r", "\n: note\n\n"]
        var short = 0
        for _ in 0..<400 {
            var stream = ""
            var (beside, extra, end) = ("", "", "\n\n")
            for _ in 0..<12 {
                if Int.random(in: 0..<3, using: &random) == 0 {
                    beside = besides.randomElement(using: &random) ?? ""
                    extra = Bool.random(using: &random) ? "" : #","usage":null"#
                    end = ends.randomElement(using: &random) ?? ""
                }
                let text = texts.prefix(Int.random(in: 2...texts.count, using: &random)).randomElement(using: &random)
                stream +=
                    ChatDecoderTests.chunk(
                        #"{"index":0,"delta":{"content":"\#(text ?? "")"\#(beside)},"finish_reason":null}"#,
                        extra: extra
                    ).dropLast(2) + end
            }
            if Bool.random(using: &random) { stream += ChatDecoderTests.end }
            for cut in [1, 50, Int.max] {
                let long = Self.decode(stream, request, cut: cut, alike: false)
                let both = Self.decode(stream, request, cut: cut, alike: true)
                #expect(both.events.count == long.events.count)
                #expect(zip(both.events, long.events).allSatisfy(Self.same), "\(stream)")
                #expect(both.fault == long.fault)
                short += both.short
            }
        }
        #expect(short > 500)
    }
}
