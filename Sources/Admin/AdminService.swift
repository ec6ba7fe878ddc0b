public import Access
public import Certificates
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
public import Logging
public import NIOCore
public import People
public import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where the admin API listens.
public enum AdminListener: Sendable {
    /// A Unix socket that only its owner may open.
    case unixSocket(path: String)
    /// A port for callers who are signed in, or present the bootstrap token (16 characters at least), where there is one.
    ///
    /// Without TLS it is on this machine's loopback. `url` is where browsers reach it, if a proxy stands before it.
    case port(host: String, port: Int, token: String?, tls: ServerCertificate?, url: String? = nil)
}

/// Why the admin API cannot listen as configured.
public struct AdminError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, and the way out.
    public let description: String
}

/// The admin API as a service, on one socket or several.
public struct AdminService: Service {
    private let listeners: [AdminListener]
    private let desk: AdminDesk
    private let logger: Logger
    private let patience: TimeAmount

    /// Checks the listeners; nothing is bound yet.
    ///
    /// - Parameter patience: Until a connection's first request must have its head.
    /// - Throws: `AdminError` for a path too long for a socket, an address that isn't loopback and has no TLS, or a token too short.
    public init(
        listeners: [AdminListener], desk: AdminDesk, logger: Logger, patience: TimeAmount = .seconds(15)
    ) throws(AdminError) {
        for listener in listeners { try Self.check(listener) }
        self.patience = patience
        self.listeners = listeners
        self.desk = desk
        self.logger = logger
    }

    /// Serves until the service group shuts down.
    public func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for listener in listeners {
                group.addTask { try await serve(listener) }
            }
            try await group.waitForAll()
        }
    }

    /// The longest path that fits a socket address, in bytes, the final NUL not counted.
    static let longestPath = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    private static func check(_ listener: AdminListener) throws(AdminError) {
        switch listener {
        case .unixSocket(let path):
            guard (1...longestPath).contains(path.utf8.count) else {
                throw AdminError(
                    description: """
                        The path of the admin socket has \(path.utf8.count) bytes, and a Unix socket takes 1 to \
                        \(longestPath): \(path). Choose a shorter directory, or start the server inside it.
                        """)
            }
        case .port(let host, let port, let token, let tls, _):
            guard tls != nil || isLoopback(host) else {
                throw AdminError(
                    description: """
                        The admin API would listen on \(host), which others can reach, and has no TLS. Use 127.0.0.1 or \
                        ::1, or give it a certificate (admin.tls_certificate and admin.tls_key).
                        """)
            }
            guard (0...65535).contains(port) else {
                throw AdminError(description: "The admin port is \(port); it must be 0 to 65535.")
            }
            guard token.map({ $0.utf8.count >= 16 }) ?? true else {
                throw AdminError(
                    description: "The admin token has \(token?.utf8.count ?? 0) characters; give it 16 or more.")
            }
        }
    }

    /// Whether an address is this machine's own, in numbers: names can be made to point anywhere.
    public static func isLoopback(_ host: String) -> Bool {
        var four = in_addr()
        if inet_pton(AF_INET, host, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
        return host == "::1"
    }

    private func serve(_ listener: AdminListener) async throws {
        let patience = patience
        let http = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [FirstRequestDeadline(patience)], idleTimeout: .seconds(30),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 32 * 1024, maxHeaderFieldCount: 100)))
        switch listener {
        case .unixSocket(let path):
            // The socket must never be open to others, not even between bind and chmod.
            let mask = umask(0o177)
            let application = Application(
                router: Self.router(desk, door: AdminDoor(machine: "admin-socket")), server: http,
                configuration: Self.configuration(.unixDomainSocket(path: path)),
                onServerRunning: { _ in
                    umask(mask)
                    chmod(path, 0o600)
                }, logger: logger)
            defer {
                umask(mask)
                unlink(path)
            }
            try await application.run()
        case .port(let host, let port, let token, let tls, let url):
            let server =
                try tls.map {
                    try HTTPServerBuilder.tls(http, tlsConfiguration: $0.configuration(protocols: ["http/1.1"]))
                } ?? http
            let application = Application(
                router: Self.router(desk, door: AdminDoor(token: token, isTLS: tls != nil, url: url)), server: server,
                configuration: Self.configuration(.hostname(host, port: port)), logger: logger)
            try await application.run()
        }
    }

    static func router(_ desk: AdminDesk, door: AdminDoor) -> Router<AdminContext> {
        AdminRoutes(desk: desk, door: door).router()
    }

    private static func configuration(_ address: BindAddress) -> ApplicationConfiguration {
        ApplicationConfiguration(
            address: address, backlog: 64, availableConnectionsDelegate: MaximumAvailableConnections(64))
    }
}

/// Keeps access in order while the server runs: clocks, idle windows, and when keys were last used.
public struct AccessUpkeep: Service {
    private let service: AccessService
    private let interval: Duration
    private let logger: Logger

    /// - Parameter interval: Between two rounds; last uses reach the store this late.
    public init(service: AccessService, every interval: Duration = .seconds(5), logger: Logger) {
        self.service = service
        self.interval = interval
        self.logger = logger
    }

    /// Works until the service group shuts down, then once more.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await round()
                try? await Task.sleep(for: interval)
            }
        }
        await round()
    }

    private func round() async {
        do {
            try await service.maintain()
        } catch {
            logger.warning("last uses of keys could not be written", metadata: ["error": "\(error)"])
        }
    }
}

/// Forgets sessions that are over, and writes down when the others were last used.
public struct PeopleUpkeep: Service {
    private let people: PeopleDesk
    private let interval: Duration
    private let logger: Logger

    /// - Parameter interval: Between two rounds; last uses reach the store this late.
    public init(people: PeopleDesk, every interval: Duration = .seconds(30), logger: Logger) {
        (self.people, self.interval, self.logger) = (people, interval, logger)
    }

    /// Works until the service group shuts down, then once more.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await round()
                try? await Task.sleep(for: interval)
            }
        }
        await round()
    }

    private func round() async {
        do {
            try await people.maintain(at: SystemTime.wall)
        } catch {
            logger.warning("Sessions could not be kept", metadata: ["error": "\(error.message)"])
        }
    }
}
