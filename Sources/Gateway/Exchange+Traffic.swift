import Access
import Dialects
import Ledger
import NIOCore
import NIOHTTP1
import Store

// What those are given who watch traffic for coordinated accounts, and what the gateway does with accounts that are.
extension Exchange {
    /// Keeps of a judged request what those need who watch traffic, until the exchange is over; while the model server works.
    func watch(_ request: ModelRequest) {
        guard gateway.traffic.isOpen else { return }
        let began = NIODeadline.now()
        watched = WatchedRequest(request, headers, address: connection.customer(of: headers))
        watchTime = .now() - began
    }

    /// Hands the exchange over, now that it is over.
    ///
    /// - Parameter began: What time it is.
    func handOver(_ end: LaneMetrics.End, at began: NIODeadline) {
        guard let request = self.watched.take(), let lease, let facts else { return }
        var watched = WatchedExchange(
            request, time: decision.milliseconds, organisation: lease.organisation.text, account: lease.account.text,
            model: modelName ?? facts.model, inputTokens: facts.inputTokens, isStreamed: facts.isStreamed)
        watched.succeeded = end == .complete || end == .stopped
        if let usage {
            // The upstream's counts may be anything.
            if usage.input > 0 { watched.promptTokens = min(usage.input, 1 << 32) }
            watched.completionTokens = min(max(0, usage.output), 1 << 32)
        }
        lane.traffic.offer(watched)
        lane.metrics.time(.watch, watchTime + (.now() - began))
    }

    /// The request as the account may ask it while it is under a curb; the record keeps what was sent.
    func curbed(_ request: ModelRequest) -> ModelRequest {
        guard let curb = lease?.curb else { return request }
        return request.curbed(choices: curb.choices, withoutLogprobs: curb.hidesLogprobs)
    }

    /// The request as the model's servers are asked it: with the instruction that marks answers, where a curb says so.
    ///
    /// What is judged, watched and recorded stays the client's own.
    func marked(_ request: ModelRequest) -> ModelRequest {
        guard let canary = lease?.curb?.canary, let marked = request.instructed(by: canary.instruction) else {
            return request
        }
        isMarked = true
        return marked
    }

    /// For the record: under which curbs the exchange ran, and what its mark was committed to.
    var curbNotes: [String] {
        guard let curb = lease?.curb else { return [] }
        guard isMarked, let canary = curb.canary else { return ["curb:" + curb.id] }
        return ["curb:" + curb.id, "canary:" + canary.commitment]
    }

    /// What an answer says of the curbs that it was made under; whoever is under one may know and object.
    var curbHeaders: [(String, String)] {
        guard let curb = lease?.curb else { return [] }
        return [
            ("x-sluice-measures", isMarked ? curb.words + "; canary" : curb.words),
            ("x-sluice-appeal", "/sluice/v1/appeals"),
        ]
    }
}

/// What a request says of whoever asks it, beside what its exchange keeps anyway.
struct WatchedRequest {
    let prompt: [UInt8]
    let client: UInt64
    let system: UInt64
    let address: String
    let maxTokens: Int
    let temperature: Int?
    let hasTools: Bool

    init(_ request: ModelRequest, _ headers: HTTPHeaders, address: String) {
        prompt =
            request.lastText?.withBytes { bytes in
                [UInt8](UnsafeRawBufferPointer(rebasing: bytes.prefix(WatchedExchange.longestPrompt)))
            } ?? []
        let habits = request.habits
        var system = QuickHash()
        for index in request.texts.indices where request.texts.role(at: index).isSystem {
            request.texts[index].withBytes { system.add($0) }
        }
        (client, self.system, self.address) = (headers.fingerprint, system.value, address)
        (maxTokens, temperature, hasTools) = (request.maxTokens ?? 0, habits.temperature, habits.hasTools)
    }
}

extension WatchedExchange {
    /// What a request said, with what its exchange knows of it.
    init(
        _ request: WatchedRequest, time: Int64, organisation: String, account: String, model: String, inputTokens: Int,
        isStreamed: Bool
    ) {
        self.init(
            time: time, organisation: organisation, account: account, address: request.address, client: request.client,
            model: model, system: request.system, prompt: request.prompt, promptTokens: inputTokens,
            maxTokens: request.maxTokens, temperature: request.temperature, isStreamed: isStreamed,
            hasTools: request.hasTools)
    }
}

extension Curb.Terms {
    /// The terms in a header's words.
    var words: String {
        var parts = ["id=" + id.replacing(" ", with: "+")]
        switch reasoning {
        case .pass: break
        case .summarise: parts.append("reasoning=summary")
        case .withhold: parts.append("reasoning=withheld")
        }
        if let choices { parts.append("n=\(choices)") }
        if hidesLogprobs { parts.append("logprobs=withheld") }
        return parts.joined(separator: "; ")
    }
}

extension HTTPHeaders {
    /// A hash of the client's program and of the names of its headers in their order.
    var fingerprint: UInt64 {
        var hash = QuickHash()
        for (name, value) in self {
            hash.add(name)
            if name.utf8.count == 10, name.lowercased() == "user-agent" { hash.add(value) }
        }
        return hash.value
    }
}

/// A fast hash of a few texts; who must not be able to make others collide hashes it again under a key.
struct QuickHash {
    /// How much of one text counts.
    private static let longest = 4_096
    private var state: UInt64 = 0

    /// 0 if nothing was added.
    var value: UInt64 { state }

    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var value = state ^ 0x9E37_79B9_7F4A_7C15 &+ UInt64(bytes.count)
        let part = bytes.prefix(Self.longest)
        var place = part.startIndex
        while part.endIndex - place >= 8 {
            value = Self.mix(value ^ bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            place += 8
        }
        var rest: UInt64 = 0
        while place < part.endIndex {
            rest = rest << 8 | UInt64(bytes[place])
            place += 1
        }
        state = max(1, Self.mix(Self.mix(value) ^ rest))
    }

    /// Multiplication to 128 bits, both halves joined.
    private static func mix(_ value: UInt64) -> UInt64 {
        let product = (value ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
        return product.high ^ product.low
    }
}
