import Certificates
import Logging
import ServiceLifecycle

/// The certificates of a deployment's ports, each read once at the start.
struct CertificateShelf: Sendable {
    /// The client port's.
    let client: ServerCertificate?
    /// The admin port's.
    let admin: ServerCertificate?
    /// The metrics port's.
    let metrics: ServerCertificate?

    /// - Throws: `CertificateError` for files that cannot be used.
    init(_ settings: Settings) throws {
        client = try settings.tls.map { try ServerCertificate(certificate: $0.certificate, key: $0.key) }
        admin = try settings.people.tls.map { try ServerCertificate(certificate: $0.certificate, key: $0.key) }
        metrics = try settings.watching.metrics.flatMap {
            $0.certificate.isEmpty ? nil : try ServerCertificate(certificate: $0.certificate, key: $0.key)
        }
    }

    /// Those that there are, with the port that each is for.
    var all: [(port: String, certificate: ServerCertificate)] {
        [("clients", client), ("admin", admin), ("metrics", metrics)].compactMap { port, found in
            found.map { (port, $0) }
        }
    }
}

/// Looks four times a second whether certificates were replaced; handshakes after that use the new ones.
struct CertificateWatch: Service {
    let shelf: CertificateShelf
    let log: Logger

    func run() async throws {
        guard !shelf.all.isEmpty else {
            try? await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                for (port, certificate) in shelf.all { tell(certificate.look(), port, certificate) }
                try? await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    private func tell(_ look: ServerCertificate.Look, _ port: String, _ certificate: ServerCertificate) {
        switch look {
        case .same: break
        case .renewed:
            log.notice(
                "A certificate was renewed", metadata: ["port": "\(port)", "file": "\(certificate.certificate)"])
        case .refused(let reason):
            log.error(
                "A certificate was replaced by one that cannot be used; the one from before stays in force",
                metadata: ["port": "\(port)", "reason": "\(reason)"])
        }
    }
}
