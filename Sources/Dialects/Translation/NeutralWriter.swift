internal import NIOCore

/// Writes a neutral request as the body for an upstream; every dialect has an extension of its own.
struct NeutralWriter {
    let view: JSONView
    var request: NeutralRequest
    let source: ModelRequest
    let target: Dialect
    let model: String
    let profile: UpstreamProfile
    var out = JSONWriter()

    init(
        view: JSONView, request: NeutralRequest, source: ModelRequest, target: Dialect, model: String,
        profile: UpstreamProfile
    ) {
        (self.view, self.request, self.source) = (view, request, source)
        (self.target, self.model, self.profile) = (target, model, profile)
    }

    /// The error for a field that this dialect has no words for.
    func cannot(_ index: Int, _ why: String = "cannot be expressed") -> RequestError {
        view.cannot(index, why, in: target)
    }

    /// Refuses a setting if the client chose it.
    func refuse(_ settings: NeutralRequest.Setting...) throws(RequestError) {
        for setting in settings {
            if let chosen = request.settings[setting] { throw cannot(chosen.index) }
        }
    }

    /// Writes a member whose value is JSON already.
    mutating func member(_ key: StaticString, _ value: ByteBuffer?) {
        guard let value else { return }
        out.raw(key)
        out.raw(value)
    }

    /// Writes `"key":"text"`.
    mutating func member(_ key: StaticString, text: ByteBuffer?) {
        guard let text else { return }
        out.raw(key)
        out.string(text)
    }

    /// A list, with commas between.
    mutating func list<Element>(
        _ elements: [Element], _ write: (inout NeutralWriter, Element) throws(RequestError) -> Void
    ) throws(RequestError) {
        out.raw("[")
        for (number, element) in elements.enumerated() {
            if number > 0 { out.raw(",") }
            try write(&self, element)
        }
        out.raw("]")
    }

    mutating func stops(_ key: StaticString) {
        guard !request.stops.isEmpty else { return }
        out.raw(key)
        out.raw("[")
        for (number, stop) in request.stops.enumerated() {
            if number > 0 { out.raw(",") }
            out.string(stop.value)
        }
        out.raw("]")
    }

    /// The texts of the turns of a system or developer before the first other turn, and the turns behind them.
    ///
    /// - Throws: `RequestError` for such a turn later on, which only some dialects can place.
    func instructions() throws(RequestError) -> (texts: [ByteBuffer], turns: [NeutralTurn]) {
        var texts: [ByteBuffer] = []
        var turns: [NeutralTurn] = []
        for turn in request.turns {
            guard turn.role == .system || turn.role == .developer else {
                turns.append(turn)
                continue
            }
            guard turns.isEmpty else {
                throw cannot(turn.index, "is a system turn between others and cannot be expressed")
            }
            for part in turn.parts {
                guard case .text(let text) = part.kind else { throw cannot(part.index) }
                texts.append(text)
            }
        }
        return (texts, turns)
    }

    /// Turns of one role in a row as one, as some servers demand: results of parallel calls belong together.
    ///
    /// - Throws: `RequestError` if no turn is left, which no server answers.
    func merged(_ turns: [NeutralTurn]) throws(RequestError) -> [NeutralTurn] {
        var merged: [NeutralTurn] = []
        for turn in turns where !turn.parts.isEmpty {
            if let last = merged.indices.last, merged[last].role == turn.role {
                merged[last].parts += turn.parts
            } else {
                merged.append(turn)
            }
        }
        guard !merged.isEmpty else {
            throw cannot(request.turns.last?.index ?? 0, "leaves no turn to answer, which cannot be expressed")
        }
        return merged
    }

    /// An object that a schema-less tool takes.
    static let anySchema = ByteBuffer(string: "{\"type\":\"object\",\"properties\":{}}")

    /// The media type and data of a part, as one `data:` address.
    mutating func dataAddress(_ type: ByteBuffer, _ base64: ByteBuffer) {
        var address = ByteBuffer(string: "data:")
        address.writeImmutableBuffer(type)
        address.writeStaticString(";base64,")
        address.writeImmutableBuffer(base64)
        out.string(address)
    }
}

extension NeutralReasoning {
    /// A number of tokens as a word: a coarse measure, below 4,096 low, below 16,384 medium, else high.
    var word: String? {
        switch self {
        case .off: "none"
        case .adaptive: nil
        case .effort(let word): word
        case .budget(let tokens): tokens < 4_096 ? "low" : tokens < 16_384 ? "medium" : "high"
        }
    }
}
