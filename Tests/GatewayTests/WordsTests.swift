import Access
import Constitution
import Dialects
import Ledger
import NIOHTTP1
import Safeguards
import Testing
import Upstreams

@testable import Gateway

@Suite("Routes, languages, words")
struct WordsTests {
    @Test(
        "A request line asks for exactly one thing, and what is not served is unknown",
        arguments: [
            (HTTPMethod.POST, "/v1/chat/completions", Route.exchange(.openAI)),
            (.POST, "/v1/messages?beta=true", .exchange(.anthropic)),
            (.POST, "/v1/messages/", .unknown),
            (.POST, "/v1/messages/count_tokens", .tokenCount),
            (.POST, "/v1/messages/../chat/completions", .unknown),
            (.POST, "//v1/messages", .unknown),
            (.POST, "/V1/MESSAGES", .unknown),
            (.POST, "http://host/v1/messages", .unknown),
            (.POST, "/v1/completions", .exchange(.completions)),
            (.POST, "/v1/embeddings", .exchange(.embeddings)),
            (.POST, "/v1/moderations", .moderation),
            (.POST, "/v1/completions/", .unknown),
            (.GET, "/openapi.json", .description),
            (.PUT, "/sluice/v1/permissions", .wrongMethod(allow: "GET, POST")),
            (.GET, "/v1/messages", .wrongMethod(allow: "POST")),
            (.HEAD, "/v1/messages", .wrongMethod(allow: "POST")),
            (.DELETE, "/v1/models/m", .wrongMethod(allow: "GET")),
            (.GET, "/v1/models", .models),
            (.HEAD, "/v1/models", .models),
            (.GET, "/v1/models/", .unknown),
            (.GET, "/v1/models/a/b%20c?x=1", .model("a/b%20c")),
            (.GET, "/healthz", .health),
            (.HEAD, "/readyz", .readiness),
            (.GET, "", .unknown),
            (.GET, "*", .unknown),
            (.CONNECT, "host:443", .unknown),
        ])
    func routes(_ method: HTTPMethod, _ target: String, _ route: Route) {
        #expect(Route(method: method, target: target) == route)
    }

    @Test(
        "What the dialects have and nothing here does says so",
        arguments: [
            ("/v1/files", "files"), ("/v1/files/file-1/content", "files"), ("/v1/batches", "batches"),
            ("/v1/messages/batches/x", "batches"), ("/v1/responses/resp_1", "stored"), ("/v1/images/edits", "images"),
            ("/v1/audio/speech", "audio"),
        ])
    func absent(_ target: String, _ word: String) {
        guard case .notServed(let what) = Route(method: .POST, target: target) else {
            Issue.record("\(target) is served")
            return
        }
        #expect(what.contains(word))
        #expect(Route(method: .POST, target: "/v1/filesystem") == .unknown)
    }

    @Test("An error is in the dialect of the path, or of the client's headers")
    func dialects() {
        #expect(Route.dialect(method: .GET, target: "/v1/messages/x", headers: [:]) == .anthropic)
        #expect(Route.dialect(method: .GET, target: "/v1/models", headers: ["anthropic-version": "1"]) == .anthropic)
        #expect(Route.dialect(method: .GET, target: "/v1/models", headers: [:]) == .openAI)
    }

    @Test(
        "A key is read from either header, and from nothing else",
        arguments: [
            (["x-api-key": "k"], "k" as String?),
            (["authorization": "Bearer k"], "k"),
            (["authorization": "bEARER k"], "k"),
            (["authorization": "Bearer "], nil),
            (["authorization": "Basic k"], nil),
            (["api-key": "k"], nil),
            ([:], nil),
        ])
    func keys(_ headers: [String: String], _ key: String?) {
        #expect(HTTPHeaders(headers.map { ($0.key, $0.value) }).clientKey == key)
    }

    @Test(
        "Refusals are in the language of the last turn",
        arguments: [
            ("", Language.english), ("How does a sluice work?", .english), ("闸门怎么工作？", .chinese),
            ("请解释 sluice gate 的工作原理", .chinese), ("What does 水 mean, and where is the word from?", .english),
            ("Comment fonctionne une écluse à sas ?", .english), ("Как работает шлюз?", .english),
            ("12345 !?", .english),
            ("水門の仕組みを詳しく説明してくださいませんか", .english),
        ])
    func languages(_ text: String, _ language: Language) {
        #expect(Language(of: text.utf8) == language)
    }

    @Test(
        "A refusal names the category, the rule, the place, the decision and the way to appeal",
        arguments: [
            Language.english, .chinese,
        ])
    func explanations(_ language: Language) throws {
        let constitution = Fixtures.snapshot.constitution
        let decision = DecisionID()
        let explainer = Explainer(constitution: constitution, language: language, decision: decision)
        for category in constitution.categories {
            let principle = try #require(constitution.principle(category.principle))
            let finding = try Self.finding(category.id, category.principle)
            for part in [Explainer.Part.request(path: "messages[2].content"), .conversation, .answer] {
                let refusal = explainer.refusal(for: finding, in: part)
                let text = refusal.explanation
                #expect(text.contains(category.title.text(language)))
                #expect(text.contains(principle.title.text(language)) || text.contains(principle.text.text(language)))
                #expect(text.contains(decision.description))
                #expect(text.contains(language == .english ? "appeal" : "申诉"))
                #expect(part != .request(path: "messages[2].content") || text.contains("messages[2].content"))
                #expect(!text.contains("\n"))
                #expect(refusal.category == category.id && refusal.principle == category.principle)
                #expect(refusal.stopCategory != nil)
            }
        }
    }

    /// A finding as the safeguards make it, renamed.
    private static func finding(_ category: String, _ principle: String) throws -> Finding {
        var judge = TextJudge(policy: Fixtures.snapshot.policy, side: .answer)
        Array(Fixtures.phrase.utf8).withUnsafeBufferPointer { judge.feed($0) }
        judge.finish()
        var finding = try #require(judge.finding)
        finding.category = category
        finding.principle = principle
        return finding
    }

    @Test(
        "Every refusal at the gate has the status of the table",
        arguments: [
            (AccessRefusal.missingKey, 401), (.malformedKey, 401), (.unknownKey, 401), (.expired, 401), (.revoked, 401),
            (.tooManyFailures(retryAfter: 3), 429), (.organisationSuspended(reason: "r"), 403),
            (.organisationHeld(reason: "r"), 403), (.modelNotPermitted, 403), (.routeNotPermitted, 403),
            (.modelWithdrawn(reason: "r"), 403),
        ])
    func access(_ refusal: AccessRefusal, _ status: Int) {
        #expect(refusal.apiError.reply(.openAI, requestID: "r").status == status)
        #expect(refusal.apiError.reply(.anthropic, requestID: "r").status == status)
    }

    @Test(
        "Every error that ends an exchange has a status and a word in the record",
        arguments: [
            (
                UpstreamFailure.timedOut(.connect).apiError, 504, 504,
                Completion.Outcome.failed(reason: "upstream_timeout")
            ),
            (UpstreamFailure.unreachable("10.0.0.1").apiError, 502, 502, .failed(reason: "upstream")),
            (UpstreamFailure.busy.apiError, 503, 529, .failed(reason: "upstream_busy")),
            (UpstreamFailure.timedOut(.queue).apiError, 503, 529, .failed(reason: "upstream_busy")),
            (UpstreamFailure.timedOut(.total).apiError, 504, 504, .failed(reason: "upstream_timeout")),
            (APIError.stopped("inquiry"), 403, 403, .cut(reason: "service_stopped")),
            (APIError.modelStopped("m", "inquiry"), 403, 403, .cut(reason: "model_stopped")),
            (APIError.categoryStopped("c", "inquiry"), 403, 403, .cut(reason: "category_stopped")),
            (UpstreamFailure.closedEarly.apiError, 502, 502, .failed(reason: "upstream")),
            (UpstreamFailure.notHTTP("x").apiError, 502, 502, .failed(reason: "upstream")),
            (APIError.upstream(status: 500, says: "secret", retryAfter: nil), 502, 502, .failed(reason: "upstream")),
            (APIError.upstream(status: 401, says: "secret", retryAfter: nil), 502, 502, .failed(reason: "upstream")),
            (
                APIError.upstream(status: 400, says: "too long", retryAfter: nil), 400, 400,
                .failed(reason: "upstream_refused")
            ),
            (APIError.upstream(status: 429, says: nil, retryAfter: "x"), 429, 429, .failed(reason: "upstream_refused")),
            (APIError.upstream(status: 504, says: nil, retryAfter: nil), 504, 504, .failed(reason: "upstream_timeout")),
            (APIError.safeguard("classifier"), 503, 529, .failed(reason: "safeguard:classifier")),
            (APIError.ledger, 503, 529, .failed(reason: "ledger")),
            (APIError.draining, 503, 529, .cut(reason: "draining")),
            (RevocationReason.keyRevoked.apiError, 401, 401, .cut(reason: "revoked")),
            (
                RevocationReason.organisationSuspended(reason: "r").apiError, 403, 403,
                .cut(reason: "organization_suspended")
            ),
            (RevocationReason.modelWithdrawn(reason: "r").apiError, 403, 403, .cut(reason: "model_withdrawn")),
            (RevocationReason.permissionWithdrawn.apiError, 403, 403, .cut(reason: "permission_withdrawn")),
        ])
    func outcomes(_ error: APIError, _ openAI: Int, _ anthropic: Int, _ outcome: Completion.Outcome) {
        #expect(error.reply(.openAI, requestID: "r").status == openAI)
        #expect(error.reply(.anthropic, requestID: "r").status == anthropic)
        #expect(error.outcome == outcome)
        #expect(!error.message.contains("10.0.0.1") && !error.message.contains("secret"))
    }
}
