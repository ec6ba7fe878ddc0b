import Constitution
import Crypto
import Foundation
import Ledger
import NIOCore
import Safeguards
import Testing

// Answers that pass as they came may hold numbers and halves of surrogates that Foundation refuses: `isJSONObject` does not.
@testable import Dialects
@testable import Gateway

@Suite("Fuzzing", .serialized)
struct Fuzzing {
    /// The shipped rules with one harmless category more, and the shipped weights.
    static let snapshot: GatewaySnapshot = {
        let category = """

              - id: origami_ritual
                title: {en: Origami rituals, zh: 折纸仪式}
                principle: human-dignity
                absolute: false
                on_failure: closed
                budgets: {requests: 0.002, answers: 0.0005}
                permits:
                  - {en: Folding paper., zh: 折纸。}
                forbids:
                  - {en: The ritual that this test made up., zh: 本测试虚构的仪式。}
                phrases:
                  - \(Corpus.phrase)

            """
        do {
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            let data = try Data(contentsOf: root.appendingPathComponent("Models/stage1.sluice"))
            let model = try LinearModel(file: Array(data), hash: Array(SHA256.hash(data: data)))
            let shipped = String(decoding: ConstitutionRelease.builtInDocument, as: UTF8.self)
            let document = shipped.trimmingCharacters(in: .newlines) + "\n" + category
            let release = try ConstitutionRelease.load(
                document: Array(document.utf8), signature: nil, trusting: [], allowingUnsigned: true)
            return GatewaySnapshot(
                settings: GatewaySettings(models: []), policy: try JudgementPolicy(model: model, release: release),
                constitution: release.constitution)
        } catch {
            fatalError("the project's own files are broken: \(error)")
        }
    }()

    static let facts: [(dialect: Dialect, facts: RequestFacts)] = Corpus.requests.compactMap { dialect, bytes in
        guard let request = try? ModelRequest.parse(ByteBuffer(bytes: bytes), dialect: dialect) else { return nil }
        return (dialect, RequestFacts(request, snapshot: snapshot, decision: DecisionID()))
    }

    /// How the server speaks, if its answers are written anew.
    private static func speech(
        _ server: Dialect, for client: Dialect, _ random: inout SeededGenerator
    ) -> ServerSpeech? {
        var profile = UpstreamProfile()
        if random.chance(25) { profile.inline = random.pick(UpstreamProfile.Inline.allCases) }
        if random.chance(10) { profile.reasoning = .withhold }
        guard server != client || client == .responses || profile.changesAnswers else { return nil }
        return ServerSpeech(dialect: server, profile: profile)
    }

    @Test(
        "Streams: every reader and every writer; the same bytes wherever they are cut, whole or with an error, and no refused phrase"
    )
    func streams() {
        let wrong = FuzzRun.run("streams", percent: 16) { random, shows in
            let source = random.pick(Corpus.streams)
            let bytes = Mutator.mutate(source.bytes, random.pick(Corpus.streams).bytes, &random)
            let client = random.pick(Self.facts)
            let speech = Self.speech(source.dialect, for: client.dialect, &random)
            guard speech != nil || source.dialect == client.dialect else { return nil }
            if shows { print(client.dialect, source.dialect, speech as Any, shown(bytes)) }
            let whole = Self.run(client.facts, speech, bytes, [0..<bytes.count])
            let cut = Self.run(client.facts, speech, bytes, Mutator.cut(bytes, &random))
            guard whole.text == cut.text else { return "cut elsewhere:\n\(whole.text)\n\(cut.text)" }
            guard !whole.text.contains(Corpus.phrase) else { return "the phrase left" }
            return Self.complaint(whole, client.dialect)
        }
        #expect(wrong == [])
    }

    private static func run(
        _ facts: RequestFacts, _ speech: ServerSpeech?, _ bytes: [UInt8], _ pieces: [Range<Int>]
    ) -> (text: String, hasFailed: Bool) {
        var pipeline = facts.makePipeline(from: speech)
        var out = ByteBuffer()
        for piece in pieces where !pipeline.isOver && pipeline.fault == nil {
            _ = pipeline.read(ByteBuffer(bytes: bytes[piece]))
            pipeline.judge(into: &out)
        }
        if !pipeline.isOver, pipeline.fault == nil {
            pipeline.readEnd()
            pipeline.judge(into: &out)
        }
        let hasFailed = pipeline.fault != nil && !pipeline.isOver
        if hasFailed { pipeline.fail(.upstream("it broke"), into: &out) }
        return (String(buffer: out), hasFailed)
    }

    /// A stream ends with its dialect's end, or its dialect's error; nothing but events is in it.
    private static func complaint(_ got: (text: String, hasFailed: Bool), _ client: Dialect) -> String? {
        var (sse, rest) = (SSEDecoder(limit: 1 << 24), got.text.utf8.count)
        var (last, hasError) = (SSEEvent?.none, false)
        sse.append(ByteBuffer(string: got.text))
        while let event = try? sse.next() {
            rest -= event.raw.readableBytes
            hasError = hasError || String(buffer: event.data).hasPrefix("{\"error\":")
            guard event.data == ByteBuffer(string: "[DONE]") || event.data.isJSONObject else {
                return "no JSON: \(String(buffer: event.data).prefix(300))"
            }
            last = event
        }
        // What is no field of an event was taken out, or it would be missing here.
        guard rest == 0, let last else { return "\(rest) bytes are no event: \(got.text.suffix(300).debugDescription)" }
        let ends = got.hasFailed ? failed[client] : ended[client]
        let end = last.name.map { String(buffer: $0) } ?? String(buffer: last.data)
        guard let ends, ends.contains(end) else {
            return "\(client), failed: \(got.hasFailed), ends with \(end.prefix(200))"
        }
        return client == .openAI && got.hasFailed && !hasError ? "no error is told" : nil
    }

    private static let ended: [Dialect: [String]] = [
        .openAI: ["[DONE]"], .completions: ["[DONE]"], .anthropic: ["message_stop"],
        .responses: ["response.completed", "response.incomplete"],
    ]
    private static let failed: [Dialect: [String]] = [
        .openAI: ["[DONE]"], .completions: ["[DONE]"], .anthropic: ["error"],
        .responses: ["response.failed", "error"],
    ]

    @Test("Whole answers: every reader and every writer; a fault or a body of JSON, and no refused phrase")
    func bodies() {
        let wrong = FuzzRun.run("bodies", percent: 8) { random, shows in
            let source = random.pick(Corpus.bodies)
            let bytes = Mutator.mutate(source.bytes, random.pick(Corpus.bodies).bytes, &random)
            let client = random.pick(Self.facts)
            let speech = Self.speech(source.dialect, for: client.dialect, &random)
            guard speech != nil || source.dialect == client.dialect else { return nil }
            if shows { print(client.dialect, source.dialect, shown(bytes)) }
            guard case .success(let answer) = WholeAnswer.judge(ByteBuffer(bytes: bytes), client.facts, from: speech)
            else {
                return nil
            }
            let text = String(buffer: answer.body)
            guard answer.body.isJSONObject else { return "no JSON: \(text)" }
            return text.contains(Corpus.phrase) ? "the phrase left: \(text)" : nil
        }
        #expect(wrong == [])
    }
}
