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
            return Self.status(impediment == nil ? 200 : 503, impediment == nil ? "ready" : "not ready", impediment)
        case .models, .model:
            if let refusal = keyProblem(headers, client: client) { return refusal.reply(dialect, requestID: id) }
            guard case .model(let name) = route else {
                return ModelList.list(snapshot.settings.servedNames, dialect: dialect)
            }
            let plain = name.removingPercentEncoding
            guard snapshot.settings.models[plain] != nil else {
                return APIError.unknownModel(plain).reply(dialect, requestID: id)
            }
            return ModelList.model(plain, dialect: dialect)
        case .exchange, .wrongMethod, .unknown: return APIError.unknownRoute(target).reply(dialect, requestID: id)
        }
    }

    /// Why the key may not see the models; it is asked as for any other request.
    private func keyProblem(_ headers: HTTPHeaders, client: String) -> APIError? {
        let outcome = gatekeeper.admit(
            key: headers.clientKey, model: "", route: Route.models.pattern, from: client, tokens: 0,
            now: Int64(NIODeadline.now().uptimeNanoseconds))
        switch outcome {
        case .admitted(let lease):
            lease.end()
            return nil
        case .refused(.modelNotPermitted): return nil
        case .refused(let refusal): return refusal.apiError
        }
    }

    private static func status(_ code: Int, _ word: String, _ reason: String?) -> Reply {
        var body = ByteBuffer(string: "{\"status\":\"\(word)\"")
        if let reason {
            let safe = reason.unicodeScalars.filter { $0.value >= 0x20 && $0 != "\"" && $0 != "\\" }
            body.writeString(",\"reason\":\"\(String(String.UnicodeScalarView(safe)))\"")
        }
        body.writeString("}\n")
        return Reply(status: code, headers: [("content-type", "application/json")], body: body)
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
