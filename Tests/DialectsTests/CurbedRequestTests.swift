import NIOCore
import Testing

@testable import Dialects

@Suite("Requests of accounts that may ask for less")
struct CurbedRequestTests {
    private func request(_ fields: String, _ dialect: Dialect = .openAI) throws -> ModelRequest {
        let body = #"{"model":"m","messages":[{"role":"user","content":"Hi"}]\#(fields)}"#
        return try ModelRequest.parse(ByteBuffer(string: body), dialect: dialect)
    }

    private func body(_ request: ModelRequest) -> String { String(buffer: request.upstreamBody(model: "m")) }

    @Test(
        "Only what is too much changes, byte for byte",
        arguments: [
            (#","n":8,"seed":1"#, #","n":1,"seed":1"#), (#","n":1"#, #","n":1"#), ("", ""),
            (#","logprobs":true,"top_logprobs":5,"n":2"#, #","logprobs":false,"top_logprobs":null,"n":1"#),
            (#","logprobs":false"#, #","logprobs":false"#),
        ])
    func curbed(_ given: String, _ left: String) throws {
        let curbed = try request(given).curbed(choices: 1, withoutLogprobs: true)
        #expect(body(curbed) == body(try request(left)))
        #expect(curbed.choices == 1 && curbed.texts.count == 1)
    }

    @Test("Without a bound nothing changes")
    func untouched() throws {
        let given = try request(#","n":8,"logprobs":true,"top_logprobs":5"#)
        let same = given.curbed(choices: nil, withoutLogprobs: false)
        #expect(body(same) == body(given) && same.choices == 8)
    }

    @Test(
        "Habits are read from what is there, whatever it is",
        arguments: [
            ("", nil, false), (#","temperature":0.7"#, 700, false), (#","temperature":0"#, 0, false),
            (#","temperature":1e300"#, nil, false), (#","tools":[]"#, nil, false),
            (
                #","temperature":2,"tools":[{"type":"function","function":{"name":"f","parameters":{}}}]"#, 2_000, true
            ),
        ] as [(String, Int?, Bool)])
    func habits(_ fields: String, _ temperature: Int?, _ hasTools: Bool) throws {
        #expect(try request(fields).habits == RequestHabits(temperature: temperature, hasTools: hasTools))
    }
}
