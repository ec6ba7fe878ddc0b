import Access
import Dialects
import Ledger
import NIOCore
import NIOHTTP1

/// What the gateway answers of itself, without a model.
extension Gateway {
    /// The answer on a route that is no exchange.
    func answer(_ route: Route, headers: HTTPHeaders, target: String, client: String) -> Reply {
        let dialect = Route.dialect(method: .GET, target: target, headers: headers)
        let id = DecisionID().description
        switch route {
        case .health: return Self.status(200, "ok", nil)
        case .readiness:
            let impediment = impediment
            return Self.status(
                impediment == nil ? 200 : 503, impediment == nil ? "ready" : "not ready", impediment, warning: warning)
        case .description:
            return Reply(
                status: 200, headers: [("content-type", "application/json")], body: ClientInterface.document)
        case .models, .model:
            let now = Int64(NIODeadline.now().uptimeNanoseconds)
            switch gatekeeper.identify(key: headers.clientKey, from: client, now: now) {
            case .failure(let refusal): return refusal.apiError.reply(dialect, requestID: id)
            case .success(let visitor): return models(route, for: visitor, dialect: dialect, id: id)
            }
        default:
            return APIError.unknownRoute(target).reply(dialect, requestID: id)
        }
    }

    /// The models that a key may use today, or one of them.
    private func models(_ route: Route, for visitor: Visitor, dialect: Dialect, id: String) -> Reply {
        let names = snapshot.settings.servedNames.filter { visitor.mayUse(model: $0) }
        guard case .model(let name) = route else { return ModelList.list(names, dialect: dialect) }
        let plain = name.removingPercentEncoding
        guard names.contains(plain) else { return APIError.unknownModel(plain).reply(dialect, requestID: id) }
        return ModelList.model(plain, dialect: dialect)
    }

    private static func status(_ code: Int, _ word: String, _ reason: String?, warning: String? = nil) -> Reply {
        var body = ByteBuffer(string: "{\"status\":\"\(word)\"")
        for (name, text) in [("reason", reason), ("warning", warning)] {
            guard let text else { continue }
            let safe = text.unicodeScalars.filter { $0.value >= 0x20 && $0 != "\"" && $0 != "\\" }
            body.writeString(",\"\(name)\":\"\(String(String.UnicodeScalarView(safe)))\"")
        }
        body.writeString("}\n")
        return Reply(status: code, headers: [("content-type", "application/json")], body: body)
    }
}

/// The answer to `POST /v1/messages/count_tokens`: our own count, which is the one that limits and budgets go by.
enum TokenCount {
    static func reply(_ tokens: Int) -> Reply {
        Reply(
            status: 200, headers: [("content-type", "application/json")],
            body: ByteBuffer(string: "{\"input_tokens\":\(tokens)}"))
    }
}

extension GatewaySettings {
    /// The names of the models that are served, in the order of the configuration.
    var servedNames: [String] { modelNames.filter { models[$0]?.isServed ?? false } }
}

extension String {
    /// The text with `%XX` decoded; as it is where that would not be UTF-8.
    fileprivate var removingPercentEncoding: String {
        guard utf8.contains(UInt8(ascii: "%")) else { return self }
        var bytes: [UInt8] = []
        var rest = Array(utf8)[...]
        while let byte = rest.popFirst() {
            let pair = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            if byte == UInt8(ascii: "%"), pair.count == 2 {
                bytes.append(UInt8(pair[0] << 4 | pair[1]))
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self) ?? self
    }
}
