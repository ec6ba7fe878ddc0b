import Foundation
import NIOCore
import Testing

@testable import Dialects

@Suite("Errors")
struct APIErrorTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var kind: APIError.Kind
        var openAI: (status: Int, code: String?)
        var anthropic: (status: Int, type: String)
        var retry: String?
        var testDescription: String { "\(kind)" }
        init(_ kind: APIError.Kind, _ openAI: (Int, String?), _ anthropic: (Int, String), retry: String? = nil) {
            (self.kind, self.openAI, self.anthropic, self.retry) = (kind, openAI, anthropic, retry)
        }
    }

    static let rows: [Row] = [
        Row(.invalidRequest, (400, nil), (400, "invalid_request_error")),
        Row(.policy, (400, "content_policy_violation"), (400, "invalid_request_error"), retry: "false"),
        Row(.invalidKey, (401, "invalid_api_key"), (401, "authentication_error"), retry: "false"),
        Row(.revoked, (401, "invalid_api_key"), (401, "permission_error"), retry: "false"),
        Row(
            .permission(code: "unsupported_country"), (403, "unsupported_country"), (403, "permission_error"),
            retry: "false"),
        Row(.unknownModel, (404, "model_not_found"), (404, "not_found_error")),
        Row(.unknownRoute, (404, "unknown_url"), (404, "not_found_error")),
        Row(.wrongMethod, (405, "method_not_allowed"), (405, "invalid_request_error")),
        Row(.rateLimited, (429, "rate_limit_exceeded"), (429, "rate_limit_error")),
        Row(.concurrency, (429, "concurrency_limit_exceeded"), (429, "rate_limit_error")),
        Row(.budget, (429, "insufficient_quota"), (429, "rate_limit_error"), retry: "false"),
        Row(.tooLarge, (413, "request_too_large"), (413, "request_too_large"), retry: "false"),
        Row(.overloaded, (503, "server_is_overloaded"), (529, "overloaded_error"), retry: "true"),
        Row(.safeguardUnavailable("encoder"), (503, "safeguard_unavailable"), (529, "overloaded_error"), retry: "true"),
        Row(.ledgerUnavailable, (503, "ledger_unavailable"), (529, "overloaded_error"), retry: "true"),
        Row(.upstreamFailed, (502, "upstream_failed"), (502, "api_error")),
        Row(.upstreamTimeout, (504, "upstream_timeout"), (504, "timeout_error")),
        Row(.requestTimeout, (408, "request_timeout"), (408, "invalid_request_error")),
        Row(.draining, (503, "server_is_draining"), (529, "overloaded_error"), retry: "true"),
        Row(.internal, (500, "internal_error"), (500, "api_error")),
    ]

    @Test("Each kind has its status, type, code and advice in both dialects", arguments: rows)
    func rendersRows(_ row: Row) throws {
        let error = APIError(row.kind, "Say \"why\".", param: "a.b", retryAfter: 1.25)
        for dialect in [Dialect.openAI, .anthropic] {
            let reply = error.reply(dialect, requestID: "req_1")
            let body = try JSONSerialization.jsonObject(with: Data(reply.body.readableBytesView)) as? [String: Any]
            let inner = body?["error"] as? [String: Any]
            #expect((inner?["message"] as? String)?.hasPrefix("Say \"why\".") == true)
            let headers = Dictionary(reply.headers) { first, _ in first }
            #expect(headers["x-should-retry"] == row.retry)
            #expect(headers["retry-after"] == (row.retry == "false" ? nil : "2"))
            #expect(headers["retry-after-ms"] == (row.retry == "false" ? nil : "1250"))
            #expect(headers["content-type"] == "application/json")
            if dialect == .openAI {
                #expect(reply.status == row.openAI.status)
                #expect(inner?["code"] as? String == row.openAI.code)
                #expect(inner?["param"] as? String == "a.b")
                #expect(inner?["type"] is String)
                #expect(headers["x-request-id"] == "req_1")
            } else {
                #expect(reply.status == row.anthropic.status)
                #expect(body?["type"] as? String == "error")
                #expect(inner?["type"] as? String == row.anthropic.type)
                #expect(body?["request_id"] as? String == "req_1")
                #expect(headers["request-id"] == "req_1")
            }
        }
    }

    @Test("A safeguard that cannot judge is named; a used-up budget says so without a time")
    func namesSafeguards() {
        #expect(
            APIError(.safeguardUnavailable("encoder"), "Try again.").reply(.anthropic, requestID: "r").body.text
                .contains("safeguard: encoder"))
        let budget = APIError(.budget, "Used up.", retryAfter: 60).reply(.anthropic, requestID: "r")
        #expect(budget.body.text.contains(#""details":{"error_code":"enforced_spend_limit_reached"}"#))
        #expect(!budget.headers.contains { $0.0.hasPrefix("retry-after") })
    }

    @Test(
        "What can be tried again says when",
        arguments: [APIError.Kind.rateLimited, .concurrency, .overloaded, .draining])
    func saysWhen(_ kind: APIError.Kind) {
        #expect(APIError(kind, "x").reply(.openAI, requestID: "r").headers.contains { $0 == ("retry-after", "1") })
    }

    @Test("Hostile numbers do not trap", arguments: [Double.nan, .infinity, -1, 1e300])
    func survivesNumbers(_ number: Double) {
        _ = APIError(.rateLimited, "x", retryAfter: number).reply(.openAI, requestID: "r")
        _ = RateLimitStatus.duration(number)
        _ = RateLimitStatus.time(number)
        let status = RateLimitStatus(requests: .init(limit: 1, remaining: -5, reset: number), tokens: nil)
        #expect(status.headers(.openAI, now: number).contains { $0 == ("x-ratelimit-remaining-requests", "0") })
    }

    @Test(
        "Durations are written as OpenAI writes them",
        arguments: [
            (0, "0ms"), (0.012, "12ms"), (0.0001, "1ms"), (1, "1s"), (1.5, "1.5s"), (1.01, "1.1s"), (59.95, "1m0s"),
            (60, "1m0s"), (360, "6m0s"), (3603, "1h0m3s"),
        ] as [(Double, String)])
    func writesDurations(_ seconds: Double, _ text: String) { #expect(RateLimitStatus.duration(seconds) == text) }

    @Test(
        "Points in time are RFC 3339",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_312_799.5, "2026-11-22T02:00:00Z"),
            (4_102_444_800, "2100-01-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] as [(Double, String)])
    func writesTimes(_ seconds: Double, _ text: String) {
        #expect(RateLimitStatus.time(seconds) == text)
    }

    @Test("Limits are told in the dialect's header fields")
    func writesLimits() {
        let status = RateLimitStatus(
            requests: .init(limit: 60, remaining: 59, reset: 1), tokens: .init(limit: 1000, remaining: 10, reset: 0.5))
        let openAI = Dictionary(status.headers(.openAI, now: 0)) { first, _ in first }
        #expect(openAI["x-ratelimit-limit-requests"] == "60")
        #expect(openAI["x-ratelimit-reset-tokens"] == "500ms")
        #expect(openAI.count == 6)
        let anthropic = Dictionary(status.headers(.anthropic, now: 59)) { first, _ in first }
        #expect(anthropic["anthropic-ratelimit-requests-reset"] == "1970-01-01T00:01:00Z")
        #expect(anthropic["anthropic-ratelimit-tokens-remaining"] == "10")
    }

    @Test(
        "Of an upstream's header fields only those that are listed pass",
        arguments: [
            ("content-type", true), ("accept", false), ("traceparent", false),
            ("authorization", false), ("x-api-key", false),
            ("cookie", false), ("set-cookie", false), ("openai-organization", false),
            ("openai-project", false),
            ("anthropic-beta", false), ("anthropic-organization-id", false),
            ("x-stainless-lang", false), ("user-agent", false),
            ("server", false), ("x-request-id", false), ("retry-after", true),
            ("x-forwarded-for", false),
            ("transfer-encoding", false), ("content-length", false), ("connection", false),
            ("content-encoding", false),
        ])
    func filtersHeaders(_ name: String, _ down: Bool) {
        #expect(HeaderRules.passesToClient(name) == down)
    }

    @Test("Models are listed in both dialects")
    func listsModels() throws {
        for dialect in [Dialect.openAI, .anthropic] {
            let reply = ModelList.list(["a", "b\"c"], dialect: dialect)
            let body = try #require(
                try JSONSerialization.jsonObject(with: Data(reply.body.readableBytesView)) as? [String: Any])
            let data = try #require(body["data"] as? [[String: Any]])
            #expect(data.compactMap { $0["id"] as? String } == ["a", "b\"c"])
            #expect(data[0][dialect == .openAI ? "object" : "type"] as? String == "model")
            #expect(body["last_id"] as? String == (dialect == .openAI ? nil : "b\"c"))
            #expect(ModelList.model("a", dialect: dialect).body.text.contains(#""id":"a""#))
            #expect(ModelList.list([], dialect: dialect).body.text.contains(#""data":[]"#))
        }
    }
}
