import Constitution
import Foundation
import Gateway
import Places
import Safeguards

/// What is wrong with the files that settings name, each looked at by itself: one mistake does not hide the next.
struct DoctorChecks {
    private(set) var problems: [String] = []

    init(_ settings: Settings) {
        check("tls.certificate") { _ = try CertificateShelf(settings) }
        check("constitution") { try Self.constitution(settings) }
        check("classifier") {
            _ = try ModelFile.load(settings.classifier.isEmpty ? ShippedFiles.classifier : settings.classifier)
        }
        if settings.secondStage != nil {
            check("heads") {
                _ = try SecondStageFiles.heads(settings.heads.isEmpty ? SecondStageFiles.headsPath : settings.heads)
            }
            check("encoder") {
                _ = try SecondStageFiles.encoder(
                    settings.encoder.isEmpty ? SecondStageFiles.encoderPath : settings.encoder)
            }
        }
        for (name, path) in [
            ("destinations.addresses", settings.addresses.countries),
            ("destinations.hosting", settings.addresses.hosting),
        ] where !path.isEmpty {
            check(name) {
                guard let data = FileManager.default.contents(atPath: path) else {
                    throw StartProblem("cannot read '\(path)'")
                }
                _ = try AddressBook([UInt8](data))
            }
        }
        if !settings.keysFile.isEmpty {
            check("keys_file") { try Self.keysFile(settings.keysFile) }
        }
        for (name, path) in [
            ("oidc.trust", settings.people.trust ?? ""), ("upstream.trust", settings.gateway.upstreamTrust),
        ]
        where !path.isEmpty {
            check(name) {
                guard let text = TextFile.read(path), text.contains("-----BEGIN CERTIFICATE-----") else {
                    throw StartProblem("'\(path)' cannot be read, or holds no certificate (PEM)")
                }
            }
        }
        check("var") { try Self.directory(settings.directory) }
    }

    private mutating func check(_ name: String, _ work: () throws -> Void) {
        do { try work() } catch {
            // Some name their place themselves.
            let words = "\(error)"
            problems.append(words.hasPrefix(name) ? words : "\(name): \(words)")
        }
    }

    /// Whether the rules can be read; whether their signature is good shows when the directory is opened.
    private static func constitution(_ settings: Settings) throws {
        guard settings.constitution != "built-in" else { return }
        guard let document = TextFile.bytes(settings.constitution) else {
            throw StartProblem("cannot read the constitution '\(settings.constitution)'")
        }
        _ = try ConstitutionRelease.load(document: document, signature: nil, trusting: [], allowingUnsigned: true)
        guard !settings.constitutionKey.isEmpty else { return }
        guard let file = TextFile.bytes(settings.constitutionKey) else {
            throw StartProblem("constitution_key: cannot read the public key '\(settings.constitutionKey)'")
        }
        _ = try VerifyingKey(file: file)
    }

    private static func keysFile(_ path: String) throws {
        guard let text = TextFile.read(path) else {
            throw StartProblem("cannot read '\(path)'")
        }
        var wrong: [String] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimming(while: \.isWhitespace)
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            if line.firstIndex(of: ":") ?? line.startIndex == line.startIndex { wrong.append("line \(number + 1)") }
        }
        if !wrong.isEmpty {
            throw StartProblem("\(path): \(wrong.joined(separator: ", ")) must be NAME:SECRET")
        }
    }

    private static func directory(_ path: String) throws {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
            guard isFolder.boolValue else { throw StartProblem("'\(path)' is a file; it must be a directory") }
            guard FileManager.default.isWritableFile(atPath: path) else {
                throw StartProblem("'\(path)' cannot be written")
            }
        }
    }
}
