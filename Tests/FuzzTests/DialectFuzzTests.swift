import Foundation
import NIOCore
import Testing

@testable import Dialects

extension Fuzzing {
    @Test("Server-sent events are the same wherever they are cut, and none is larger than the limit")
    func events() {
        let wrong = FuzzRun.run("events", percent: 20) { random, shows in
            let bytes = Mutator.mutate(random.pick(Corpus.streams).bytes, random.pick(Corpus.streams).bytes, &random)
            if shows { print(shown(bytes)) }
            let limit = random.chance(10) ? 200 : 1 << 20
            let whole = Self.decode(bytes, [0..<bytes.count], limit)
            let cut = Self.decode(bytes, Mutator.cut(bytes, &random), limit)
            guard limit == 200 || whole == cut else { return "cut elsewhere: \(whole) \(cut)" }
            return whole.events.allSatisfy { $0.count <= limit + 64 } ? nil : "an event over the limit"
        }
        #expect(wrong == [])
    }

    private struct Decoded: Equatable {
        var events: [[UInt8]] = []
        var fault: UpstreamFault?
    }

    private static func decode(_ bytes: [UInt8], _ pieces: [Range<Int>], _ limit: Int) -> Decoded {
        var (sse, got) = (SSEDecoder(limit: limit), Decoded())
        do throws(UpstreamFault) {
            for piece in pieces {
                sse.append(ByteBuffer(bytes: bytes[piece]))
                while let event = try sse.next() { got.events.append(Array(buffer: event.raw)) }
            }
            try sse.finish()
            while let event = try sse.next() { got.events.append(Array(buffer: event.raw)) }
        } catch {
            got.fault = error
        }
        return got
    }

    @Test("JSON is read within its bytes, to the same tape wherever it lies, and what it holds is UTF-8")
    func json() {
        var tape = JSONTape()
        let wrong = FuzzRun.run("json", percent: 25) { random, shows in
            let sources = random.chance(50) ? Corpus.bodies : Corpus.requests
            let bytes = Mutator.mutate(random.pick(sources).bytes, random.pick(Corpus.bodies).bytes, &random)
            if shows { print(shown(bytes)) }
            let isLenient = random.chance(50)
            let first = Self.scan(bytes, 0, isLenient, &tape)
            let tokens = tape.tokens
            let second = Self.scan([0x22] + bytes, 1, isLenient, &tape)
            guard first == second else { return "another verdict elsewhere: \(String(describing: first))" }
            guard first == nil else { return nil }
            guard tokens.count == tape.tokens.count else { return "another tape elsewhere" }
            return Self.complaint(bytes, tokens)
        }
        #expect(wrong == [])
    }

    private static func scan(_ bytes: [UInt8], _ skip: Int, _ isLenient: Bool, _ tape: inout JSONTape) -> Int? {
        bytes.withUnsafeBytes { raw in
            do throws(JSONFault) {
                try tape.scan(UnsafeRawBufferPointer(rebasing: raw[skip...]), acceptsLoneSurrogates: isLenient)
                return nil
            } catch { return error.offset }
        }
    }

    private static func complaint(_ bytes: [UInt8], _ tokens: ContiguousArray<JSONToken>) -> String? {
        let buffer = ByteBuffer(bytes: bytes)
        return JSONView.read(buffer, tokens) { view -> String? in
            for (index, token) in tokens.enumerated() {
                guard token.start < token.end, Int(token.end) <= bytes.count else {
                    return "token \(index) lies outside"
                }
                if token.kind != .key, view.next(index) <= index || view.next(index) > tokens.count {
                    return "token \(index) leads nowhere"
                }
                guard token.kind == .string || token.kind == .key else { continue }
                if String(validating: view.text(index).readableBytesView, as: UTF8.self) == nil {
                    return "token \(index) is no UTF-8"
                }
            }
            return nil
        }
    }

    @Test("Requests: every reader and every writer; what is written anew is read again")
    func requests() {
        let targets: [Dialect] = [.openAI, .anthropic, .responses, .gemini]
        let wrong = FuzzRun.run("requests", percent: 18) { random, shows in
            let source = random.pick(Corpus.requests)
            let bytes = Mutator.mutate(source.bytes, random.pick(Corpus.requests).bytes, &random)
            let (any, prefill) = (random.pick(targets), random.pick(UpstreamProfile.Prefill.allCases))
            // Legacy completions stay what they are as often as they become a conversation.
            let target = source.dialect == .completions && random.chance(50) ? .completions : any
            if shows { print(source.dialect, target, shown(bytes)) }
            var profile = UpstreamProfile()
            profile.prefill = prefill
            let made: ByteBuffer
            do throws(RequestError) {
                let request = try ModelRequest.parse(ByteBuffer(bytes: bytes), dialect: source.dialect)
                made =
                    target == source.dialect
                    ? request.upstreamBody(model: "other \"model\"")
                    : try request.translated(to: target, model: "other \"model\"", profile: profile).body
            } catch { return nil }
            do throws(RequestError) {
                guard target != .gemini else { return made.isJSONObject ? nil : "no JSON was written" }
                _ = try ModelRequest.parse(made, dialect: target)
                return nil
            } catch { return "\(source.dialect) for \(target): \(error.message): \(String(buffer: made))" }
        }
        #expect(wrong == [])
    }

    @Test("A request that goes on from a known beginning is what it is by itself, and so are its faults")
    func beginnings() {
        let wrong = FuzzRun.run("beginnings", percent: 5) { random, shows in
            let source = random.pick(Corpus.requests)
            let bytes = random.chance(50) ? source.bytes : Mutator.mutate(source.bytes, source.bytes, &random)
            guard let known = try? ModelRequest.parse(ByteBuffer(bytes: bytes), dialect: source.dialect),
                let beginning = known.beginning(texts: 1 + random.below(known.texts.count))
            else { return nil }
            let rest = Array(bytes[beginning.end...])
            let end = random.chance(30) ? rest : Mutator.mutate(rest, random.pick(Corpus.requests).bytes, &random)
            let body = ByteBuffer(bytes: bytes[..<beginning.end] + end)
            if shows { print(source.dialect, beginning.texts, shown(Array(buffer: body))) }
            let (alone, after) = (
                Self.seen(body, source.dialect, nil), Self.seen(body, source.dialect, beginning)
            )
            return alone == after ? nil : "\(alone)\n\(after)"
        }
        #expect(wrong == [])
    }

    /// All that a request says, or what is wrong with it.
    private static func seen(_ body: ByteBuffer, _ dialect: Dialect, _ beginning: RequestBeginning?) -> [String] {
        do throws(RequestError) {
            let request = try ModelRequest.parse(body, dialect: dialect, from: beginning)
            return request.texts.map { "\($0.role) \($0.turn ?? -1) \($0.place) \($0.size) \($0.text)" }
                + request.texts.indices.map { "\(request.texts.bytes(ofFirst: $0 + 1))" }
                + request.sensitive.map { "\($0.kind) \($0.path)" } + request.stops
                + [
                    "\(request.model) \(request.stream) \(request.choices) \(request.prompts) \(request.wantsUsage)",
                    "\(request.maxTokens ?? -1) \(request.endUser ?? "") \(request.upstreamBody(model: "other"))",
                ]
        } catch { return ["\(error.message) \(error.offset ?? -1)"] }
    }
}

extension Array<UInt8> {
    init(buffer: ByteBuffer) { self = Array(buffer.readableBytesView) }
}
