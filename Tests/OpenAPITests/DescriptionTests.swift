import OpenAPI
import Testing

@Suite("A description of an interface")
struct DescriptionTests {
    @Test("Operations of one path stand together, and parameters in braces are told")
    func operationsOfOnePathStandTogether() {
        let made = Description(
            title: "A", words: "B", version: "1",
            securitySchemes: [("key", ["type": "http", "scheme": "bearer"])],
            schemas: [("Error", .object([.required("message", .string)]))],
            operations: [
                Operation("GET", "/boats/{name}", "One boat", tag: "boats", answers: [.init(200, "It")]),
                Operation("GET", "/boats", "All boats", tag: "boats", answers: [.init(200, "They")]),
                Operation(
                    "POST", "/boats/{name}", "Change it", tag: "boats", security: ["key"],
                    body: .object([.required("length", .integer(1...400))], isClosed: true),
                    answers: [.json(400, "No", .named("Error")), .init(204, "Done")]),
            ]
        ).json
        #expect(made["paths"]?.names == ["/boats/{name}", "/boats"])
        let boat = made["paths"]?["/boats/{name}"]
        #expect(boat?.names == ["get", "post"])
        #expect(
            boat?["get"]?["parameters"]
                == [["name": "name", "in": "path", "required": true, "schema": ["type": "string", "minLength": 1]]])
        #expect(boat?["post"]?["responses"]?.names == ["204", "400"])
        #expect(boat?["post"]?["security"] == [["key": []]])
        #expect(boat?["get"]?["operationId"] == "getBoatsName")
    }

    @Test(
        "Text is escaped as JSON wants it",
        arguments: [("a", "\"a\""), ("\"\\\n", "\"\\\"\\\\\\n\""), ("\u{1}é", "\"\\u0001é\"")])
    func textIsEscaped(_ text: String, _ json: String) { #expect(JSONValue.string(text).text == json) }
}
