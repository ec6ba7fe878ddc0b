import Foundation
import Testing

@testable import Certificates

@Suite("The certificate of a listener")
struct ServerCertificateTests {
    /// A folder of its own with a certificate and its key.
    private final class Shelf {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-certificates-\(UUID())")
        var certificate: String { folder.appending(path: "server.pem").path }
        var key: String { folder.appending(path: "server.key").path }

        init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: folder) }

        func put(_ text: String, at path: String, mode: Int = 0o600) throws {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }

        func put(_ pair: (certificate: String, key: String)) throws {
            try put(pair.certificate, at: certificate)
            try put(pair.key, at: key)
        }
    }

    @Test("A replacement that fits is taken, once; files that have not changed are left alone")
    func renewal() throws {
        let shelf = try Shelf()
        try shelf.put(Pairs.first)
        let certificate = try ServerCertificate(certificate: shelf.certificate, key: shelf.key)
        #expect(certificate.look() == .same)
        try shelf.put(Pairs.second)
        #expect(certificate.look() == .renewed)
        #expect(certificate.look() == .same)
        #expect(certificate.ends > 4_000_000_000)
    }

    @Test("A half replacement is refused, said once, and taken when it is whole")
    func halfReplacement() throws {
        let shelf = try Shelf()
        try shelf.put(Pairs.first)
        let certificate = try ServerCertificate(certificate: shelf.certificate, key: shelf.key)
        try shelf.put(Pairs.second.certificate, at: shelf.certificate)
        guard case .refused(let reason) = certificate.look() else {
            Issue.record("a certificate with another's key was taken")
            return
        }
        #expect(reason.contains("does not belong"))
        #expect(certificate.look() == .same)
        try shelf.put(Pairs.second.key, at: shelf.key)
        #expect(certificate.look() == .renewed)
    }

    @Test(
        "What cannot be used is refused at the start, with the file's name and the way out",
        arguments: [
            ("open", "chmod 600"), ("text", "cannot be read as PEM"), ("empty", "PEM"), ("gone", "server.pem"),
            ("mixed", "does not belong"),
        ])
    func refusals(_ fault: String, _ word: String) throws {
        let shelf = try Shelf()
        try shelf.put(Pairs.first)
        switch fault {
        case "open": try shelf.put(Pairs.first.key, at: shelf.key, mode: 0o644)
        case "text": try shelf.put("no key at all", at: shelf.key)
        case "empty": try shelf.put("", at: shelf.certificate)
        case "gone": try FileManager.default.removeItem(atPath: shelf.certificate)
        default: try shelf.put(Pairs.second.key, at: shelf.key)
        }
        let error = #expect(throws: CertificateError.self) {
            try ServerCertificate(certificate: shelf.certificate, key: shelf.key)
        }
        #expect(error?.description.contains(word) == true)
    }
}

/// Certificates of nobody, each with its key, made for these tests.
private enum Pairs {
    static let first = (
        certificate: """
        -----BEGIN CERTIFICATE-----
        MIIBejCCAR+gAwIBAgIUedmxtSPjTHZvVX3X6P31e2uPl58wCgYIKoZIzj0EAwIw
        ETEPMA0GA1UEAwwGYS50ZXN0MCAXDTI2MTEyMjExNTgxNloYDzIxMjYxMDI5MTE1
        ODE2WjARMQ8wDQYDVQQDDAZhLnRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
        AAQup7jeQWvVQ+F7hneGywIKmOoCdGCbBXGmk/LWkhT3xq5Gumww67/NVJcdCKt8
        Aw+LU1pWH6Fs3IexRr1j0jS9o1MwUTAdBgNVHQ4EFgQUUJ2sUijiOS6SQS+gn26P
        BlPCwuQwHwYDVR0jBBgwFoAUUJ2sUijiOS6SQS+gn26PBlPCwuQwDwYDVR0TAQH/
        BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAliFxmV/BN407L+9RHmXKmynjUn3J
        so6kknw+7RwTnioCIQD6z1/2poHEa7IEg9FDxX+UhTIycfORoB+/U76DkH2VJg==
        -----END CERTIFICATE-----
        """,
        key: """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/yr2rkAdiccKX1R/
        Sof+VVUcQPyhnQLXCHPboCJysMahRANCAAQup7jeQWvVQ+F7hneGywIKmOoCdGCb
        BXGmk/LWkhT3xq5Gumww67/NVJcdCKt8Aw+LU1pWH6Fs3IexRr1j0jS9
        -----END PRIVATE KEY-----
        """
    )

    static let second = (
        certificate: """
        -----BEGIN CERTIFICATE-----
        MIIBeDCCAR+gAwIBAgIUIrRCwDJR/+Bc8EJoncLY+JGsqC4wCgYIKoZIzj0EAwIw
        ETEPMA0GA1UEAwwGYi50ZXN0MCAXDTI2MTEyMjExNTgxNloYDzIxMjYxMDI5MTE1
        ODE2WjARMQ8wDQYDVQQDDAZiLnRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
        AAQDucMGUZ32WFFEsL7QktOvkY+Ci3oqtjamsMDMwQuVRMbC2biHBKaHtPRLVyWC
        0Bf38oDBx9NkmW8DWlnwVyZ9o1MwUTAdBgNVHQ4EFgQUflNIkPa2+7RSEqze7nOd
        CWEyptswHwYDVR0jBBgwFoAUflNIkPa2+7RSEqze7nOdCWEyptswDwYDVR0TAQH/
        BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiADq4bBwNDhlq4IUovptMhmRxNDswF+
        HltzvYF4ntuPBwIgF4dFKgLI8yF9rdaHAq72q0CV1pLZF1qB6xfS+X/Hx0g=
        -----END CERTIFICATE-----
        """,
        key: """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgWMdvUBCbDtKEyCTo
        Q4Xz/6DsuOjzyzc778LuJuoil3ehRANCAAQDucMGUZ32WFFEsL7QktOvkY+Ci3oq
        tjamsMDMwQuVRMbC2biHBKaHtPRLVyWC0Bf38oDBx9NkmW8DWlnwVyZ9
        -----END PRIVATE KEY-----
        """
    )
}
