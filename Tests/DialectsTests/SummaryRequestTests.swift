import NIOCore
import Testing

@testable import Dialects

@Suite("Summaries of reasoning")
struct SummaryRequestTests {
    private func answer(_ content: String) -> ByteBuffer {
        var writer = JSONWriter()
        writer.raw(
            "{\"id\":\"s\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,")
        writer.raw("\"message\":{\"role\":\"assistant\",\"content\":")
        writer.string(content)
        writer.raw("},\"finish_reason\":\"stop\"}]}")
        return writer.buffer
    }

    @Test("The request is a chat that holds the reasoning as text, whatever it says")
    func request() throws {
        let reasoning = "It said: \"}],\"model\":\"other\" \u{1}\n水"
        let body = SummaryRequest.body(of: ByteBuffer(string: reasoning), model: "scribe")
        let request = try ModelRequest.parse(body, dialect: .openAI)
        #expect(request.model == "scribe" && !request.stream)
        #expect(request.texts.last.map { String(buffer: $0.text) } == reasoning)
    }

    @Test(
        "The summary is the text of the answer, without space around it",
        arguments: [("  A level. \n", "A level."), ("水位很低。", "水位很低。"), (" \n\t", nil), ("", nil)] as [(String, String?)]
    )
    func text(_ content: String, _ expected: String?) {
        #expect(SummaryRequest.text(in: answer(content), most: 100).map { String(buffer: $0) } == expected)
    }

    @Test("A long one is cut between characters", arguments: 1...24)
    func long(_ most: Int) {
        let whole = "水é🌊 level 水é🌊"
        let text = SummaryRequest.text(in: answer(whole), most: most).map { String(buffer: $0) }
        #expect(text.map { whole.hasPrefix($0) && $0.utf8.count <= most } ?? (most < 3))
    }

    @Test(
        "What is no answer has no summary", arguments: ["", "{}", "[1]", "{\"error\":{\"message\":\"no\"}}", "\u{0}"])
    func none(_ body: String) {
        #expect(SummaryRequest.text(in: ByteBuffer(string: body), most: 100) == nil)
    }
}
