public import Foundation

extension AdminCall {
    /// A call as an HTTP request.
    public struct Request: Sendable {
        /// `GET` or `POST`.
        public var method: String
        /// The path with its query, percent-encoded.
        public var path: String
        /// UTF-8 JSON; empty if the call has none.
        public var body: Data
    }

    /// The request that makes the server perform this call.
    public func request() throws -> Request {
        switch self {
        case .status: Self.get("status")
        case .events(let limit): Self.get("events?limit=\(limit)")
        case .listOrganisations: Self.get("organisations")
        case .createOrganisation(let body): try Self.post("organisations", body)
        case .showOrganisation(let name): Self.get("organisations/\(Self.encoded(name))")
        case .limitOrganisation(let name, let body): try Self.post("organisations/\(Self.encoded(name))/limits", body)
        case .suspendOrganisation(let name, let body):
            try Self.post("organisations/\(Self.encoded(name))/suspend", body)
        case .resumeOrganisation(let name): Self.post("organisations/\(Self.encoded(name))/resume")
        case .createAccount(let name, let body): try Self.post("organisations/\(Self.encoded(name))/accounts", body)
        case .listKeys(let name):
            Self.get("keys" + (name.map { "?organisation=\(Self.encoded($0))" } ?? ""))
        case .createKey(let body): try Self.post("keys", body)
        case .showKey(let id): Self.get("keys/\(Self.encoded(id))")
        case .rotateKey(let id, let body): try Self.post("keys/\(Self.encoded(id))/rotate", body)
        case .revokeKey(let id): Self.post("keys/\(Self.encoded(id))/revoke")
        case .money(let call): try call.request()
        case .cases(let call): try call.request()
        case .register(let call): call.request()
        case .distillation(let call): call.request()
        case .webhooks(let call): call.request()
        case .forget(let body): try Self.post("forget", body)
        case .people(let call): try call.request()
        case .session(let call): try call.request()
        case .keeping(let call): try call.request()
        case .egress(let call): try call.request()
        case .listStops: Self.get("stops")
        case .stop(let body): try Self.post("stops", body)
        case .resume(let body): try Self.post("stops/resume", body)
        case .reload: Self.post("reload")
        }
    }

    static func get(_ path: String) -> Request {
        Request(method: "GET", path: "/admin/v1/\(path)", body: Data())
    }

    static func post(_ path: String) -> Request {
        Request(method: "POST", path: "/admin/v1/\(path)", body: Data())
    }

    static func post(_ path: String, _ body: some Encodable) throws -> Request {
        Request(method: "POST", path: "/admin/v1/\(path)", body: try JSONEncoder().encode(body))
    }

    /// Everything but RFC 3986's unreserved characters, percent-encoded.
    public static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let plain = scalar.isASCII && (scalar.properties.isAlphabetic || (0x30...0x39).contains(byte))
            if plain || "-._~".utf8.contains(byte) { return String(Character(scalar)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }
}
