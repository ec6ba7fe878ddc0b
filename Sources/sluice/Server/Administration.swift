import Admin
import Certificates
import Crypto
import Foundation
import Outbound
import People
import Store

/// Who may administer a deployment, put together from its settings.
struct Administration: Sendable {
    let people: PeopleDesk
    let controls: PeopleControls
    private let settings: PeopleSettings

    /// Reads people and sessions from the store.
    init(_ settings: PeopleSettings, store: Store, keys: DeploymentKeys, listen: (host: String, port: Int)?)
        async throws
    {
        self.settings = settings
        do throws(PeopleError) {
            people = try await PeopleDesk.open(store: store, key: try keys.peopleKey(), rules: settings.rules)
        } catch {
            throw StartProblem("people: \(error.message)")
        }
        let allowsLocal = settings.rules.allowsLocal
        guard let oidc = settings.oidc else {
            controls = PeopleControls(desk: people, allowsLocal: { allowsLocal })
            return
        }
        let trust = settings.trust
        let client = OIDCClient(oidc) { request in
            let answer = try await OutboundCall(
                request.form == nil ? .get : .post, try OutboundURL(request.url), headers: request.headers,
                body: Array((request.form ?? "").utf8), largestAnswer: 1 << 20, trust: trust
            ).send()
            return OIDCAnswer(status: answer.status, maxAge: Self.maxAge(answer), body: answer.body)
        }
        let desk = OIDCDesk(people: people, client: client)
        controls = PeopleControls(desk: people, provider: { (desk, oidc.url) }, allowsLocal: { allowsLocal })
    }

    /// Seconds that an answer may be kept, as its cache-control says.
    private static func maxAge(_ answer: OutboundAnswer) -> Int? {
        let parts = (answer.header("cache-control") ?? "").split(separator: ",")
        return parts.map { $0.trimming(while: \.isWhitespace).lowercased() }
            .first { $0.hasPrefix("max-age=") }.flatMap { Int($0.dropFirst(8)) }
    }

    /// The listener for people and programs, if the settings name one.
    func listener(
        _ endpoint: (host: String, port: Int)?, keys: DeploymentKeys, tls: ServerCertificate?
    ) throws -> AdminListener? {
        guard let endpoint else { return nil }
        let token = settings.takesToken ? try keys.adminToken() : nil
        return .port(host: endpoint.host, port: endpoint.port, token: token, tls: tls, url: settings.url)
    }
}

extension DeploymentKeys {
    /// What the secrets of people's authenticators are sealed with, made at the first start.
    func peopleKey() throws(PeopleError) -> SymmetricKey {
        let path = folder + "/people.key"
        if let file = TextFile.bytes(path) {
            guard file.count == 32 else { throw .damaged("\(path) must hold 32 bytes; put the right file back") }
            return SymmetricKey(data: file)
        }
        let key = SymmetricKey(size: .bits256)
        guard TextFile.create(path, key.withUnsafeBytes { Array($0) }, secret: true) else {
            throw .damaged("cannot write \(path)")
        }
        return key
    }
}
