import NIOConcurrencyHelpers
import NIOCore
public import NIOSSL

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Why a certificate cannot be used: the file, and the way out.
public struct CertificateError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    public let description: String
}

/// The certificate of a listener, from two PEM files that may be replaced while the server runs.
///
/// Each handshake uses what the files held when they were last seen whole and fitting; a broken replacement changes nothing,
/// and connections that stand keep theirs. Whoever owns it calls `look` now and then, away from event loops.
public final class ServerCertificate: Sendable {
    /// What a look at the files found.
    public enum Look: Sendable, Equatable {
        /// They are as they were.
        case same
        /// Handshakes from now on use what they hold.
        case renewed
        /// They have changed, and cannot be used; what was in force still is.
        case refused(String)
    }

    private struct Material {
        var chain: [NIOSSLCertificateSource]
        var key: NIOSSLPrivateKeySource
        var ends: Int64
        var stamps: [FileMark]
    }

    /// The file of the certificate and of those that signed it, in this order, PEM.
    public let certificate: String
    /// The file of its private key, PEM.
    public let key: String
    private let material: NIOLockedValueBox<Material>
    /// The files as they were when they were last refused: said once.
    private let refused = NIOLockedValueBox<[FileMark]>([])

    /// Reads both files.
    ///
    /// - Parameters:
    ///   - certificate: The certificate and those that signed it, in this order, PEM.
    ///   - key: The certificate's private key, PEM; readable by its owner alone.
    /// - Throws: `CertificateError`, which names the file and the way out.
    public init(certificate: String, key: String) throws(CertificateError) {
        (self.certificate, self.key) = (certificate, key)
        material = NIOLockedValueBox(try Self.read(certificate, key))
    }

    private static func read(_ certificate: String, _ key: String) throws(CertificateError) -> Material {
        // Marked before they are read: what changes meanwhile is seen at the next look.
        let stamps = [FileMark(certificate), FileMark(key)]
        let mode = stamps[1].mode
        if mode & 0o077 != 0 {
            throw CertificateError(
                description: "The key \(key) can be read by others (mode \(String(mode, radix: 8))): chmod 600 \(key)")
        }
        let chain: [NIOSSLCertificate]
        do { chain = try NIOSSLCertificate.fromPEMFile(certificate) } catch {
            throw CertificateError(description: "The certificate \(certificate) cannot be read as PEM: \(error)")
        }
        guard let first = chain.first else {
            throw CertificateError(description: "The file \(certificate) holds no certificate; it must be PEM")
        }
        let secret: NIOSSLPrivateKey
        do { secret = try NIOSSLPrivateKey(file: key, format: .pem) } catch {
            throw CertificateError(description: "The private key \(key) cannot be read as PEM: \(error)")
        }
        let material = Material(
            chain: chain.map { .certificate($0) }, key: .privateKey(secret), ends: Int64(first.notValidAfter),
            stamps: stamps)
        do {
            // A key that is another certificate's shows here, before anybody is served by it.
            _ = try NIOSSLContext(
                configuration: .makeServerConfiguration(certificateChain: material.chain, privateKey: material.key))
        } catch {
            throw CertificateError(
                description: "The key \(key) does not belong to the certificate \(certificate): \(error)")
        }
        return material
    }

    /// When the certificate ends, seconds since 1970.
    public var ends: Int64 { material.withLockedValue { $0.ends } }

    /// Looks whether the files have changed, and takes them if they can be used.
    public func look() -> Look {
        let marks = [FileMark(certificate), FileMark(key)]
        guard marks != material.withLockedValue({ $0.stamps }) else { return .same }
        do throws(CertificateError) {
            let fresh = try Self.read(certificate, key)
            material.withLockedValue { $0 = fresh }
            return .renewed
        } catch {
            let isKnown = refused.withLockedValue { last in
                defer { last = marks }
                return last == marks
            }
            return isKnown ? .same : .refused(error.description)
        }
    }

    /// TLS 1.2 or later, with the certificate of the moment.
    ///
    /// - Parameter protocols: What is spoken inside, by ALPN's names, the best first.
    public func configuration(protocols: [String]) -> TLSConfiguration {
        let first = material.withLockedValue { $0 }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: first.chain, privateKey: first.key)
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = protocols
        configuration.sslContextCallback = { [material] _, promise in
            var changes = NIOSSLContextConfigurationOverride()
            material.withLockedValue { now in
                changes.certificateChain = now.chain
                changes.privateKey = now.key
            }
            promise.succeed(changes)
        }
        return configuration
    }
}

/// What tells that a file was replaced.
private struct FileMark: Sendable, Equatable {
    var size: Int64 = -1
    var seconds = 0
    var nanoseconds = 0
    var number: UInt64 = 0
    /// Who may read and write it.
    var mode: UInt32 = 0

    init(_ path: String) {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return }
        size = Int64(facts.st_size)
        #if canImport(Glibc)
            (seconds, nanoseconds) = (facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec)
        #else
            (seconds, nanoseconds) = (facts.st_mtimespec.tv_sec, facts.st_mtimespec.tv_nsec)
        #endif
        number = UInt64(facts.st_ino)
        mode = UInt32(facts.st_mode) & 0o777
    }
}
