public import Certificates
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
public import Logging
import NIOCore
public import ServiceLifecycle

/// `GET /metrics` on a port of its own, for a collector that may see this and nothing else.
///
/// Beyond loopback it takes TLS and a token: names of models and counts of refusals are nobody else's business.
public struct MetricsService: Service {
    private let host: String
    private let port: Int
    private let token: String?
    private let tls: ServerCertificate?
    private let logger: Logger
    private let page: @Sendable () async -> String

    /// - Parameters:
    ///   - token: What a reader sends as `authorization: Bearer …`; nil where loopback is enough.
    ///   - tls: The port's certificate; without one it speaks in the clear.
    ///   - page: The page, gathered anew for each reader.
    public init(
        host: String, port: Int, token: String?, tls: ServerCertificate?, logger: Logger,
        page: @escaping @Sendable () async -> String
    ) {
        (self.host, self.port, self.token, self.tls) = (host, port, token, tls)
        self.logger = logger
        self.page = page
    }

    /// Serves until the service group shuts down.
    ///
    /// - Throws: `AdminError` for an address beyond loopback without TLS and a token.
    public func run() async throws {
        guard AdminService.isLoopback(host) || (tls != nil && token != nil) else {
            throw AdminError(
                description: """
                    metrics.listen is \(host), which others can reach: it takes metrics.certificate, metrics.key and \
                    metrics.token_file, or 127.0.0.1.
                    """)
        }
        let router = Router(context: AdminRoutes.Context.self)
        router.addMiddleware { AdminGuard(token: token) }
        let page = page
        router.get("metrics") { _, _ in Response(metrics: await page()) }
        let plain = HTTPServerBuilder.http1(configuration: .init(idleTimeout: .seconds(30)))
        let application = Application(
            router: router,
            server: try tls.map { try .tls(plain, tlsConfiguration: $0.configuration(protocols: ["http/1.1"])) }
                ?? plain,
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), backlog: 16,
                availableConnectionsDelegate: MaximumAvailableConnections(16)), logger: logger)
        try await application.run()
    }
}

extension AdminRoutes {
    /// The page of metrics, where a server runs.
    func metrics() async -> Response {
        guard let page = desk.metrics else {
            return Response(AdminDesk.failure(503, "unavailable", nil, "no server runs on this directory"))
        }
        return Response(metrics: await page())
    }
}

extension Response {
    /// A page in Prometheus's text format 0.0.4.
    init(metrics page: String) {
        self.init(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: page)))
    }
}
