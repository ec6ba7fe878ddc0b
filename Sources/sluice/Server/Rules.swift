import Access
import Constitution
import Crypto
import Foundation
import Gateway
import Safeguards
import Store

/// The written rules and the classifier, loaded and checked: what every request is judged by.
struct Rules {
    let release: ConstitutionRelease
    let policy: JudgementPolicy
    /// Both stages together; nil where the first judges alone.
    let secondStage: Cascade?
    /// Guards outside this process; nil where there are none.
    let guards: GuardPanel?
    /// What an operator should know although it does not keep the server from starting.
    var warnings: [String] = []

    /// Loads both; the built-in rules are signed with the deployment's own key.
    ///
    /// - Parameter stops: Categories in it are judged by the lowest bar.
    /// - Throws: `StartProblem` that names the file and the way out.
    init(_ settings: Settings, keys: DeploymentKeys, stops: Stops = Stops()) throws {
        if settings.constitution == "built-in" {
            release = try keys.builtInRelease()
        } else {
            (release, warnings) = try Self.load(settings, keys: keys)
        }
        let path = settings.classifier.isEmpty ? ShippedFiles.classifier : settings.classifier
        policy = try JudgementPolicy(
            model: ModelFile.load(path), release: release, stopped: Set(stops.categories.keys))
        secondStage = try Self.secondStage(settings, policy, release, &warnings)
        guards = Guards.panel(settings.guards, release.constitution)
        try ReleaseArchive(directory: keys.directory).keep(self, settings)
    }

    /// These rules come into force, for the record.
    var event: ChangeEvent {
        ChangeEvent(
            time: SystemTime.wall, actor: "server", action: "constitution.release", subject: release.hashText,
            detail: [
                "name": release.constitution.name, "version": "\(release.constitution.version)",
                "signed": release.signature == nil ? "no" : "yes",
                "classifier": ReleaseArchive.hex(GatewaySnapshot.classifierHash(policy, secondStage)),
            ])
    }

    private static func secondStage(
        _ settings: Settings, _ policy: JudgementPolicy, _ release: ConstitutionRelease, _ warnings: inout [String]
    ) throws -> Cascade? {
        guard let profile = settings.secondStage else { return nil }
        do {
            return try Cascade(
                policy: policy, release: release,
                heads: SecondStageFiles.heads(settings.heads.isEmpty ? SecondStageFiles.headsPath : settings.heads),
                encoder: SecondStageFiles.encoder(
                    settings.encoder.isEmpty ? SecondStageFiles.encoderPath : settings.encoder),
                exemplars: release.constitution.exemplars,
                profile: profile, second: settings.secondEncoder ? SecondStageFiles.second(&warnings) : nil)
        } catch {
            throw StartProblem("second_stage: \(error)")
        }
    }

    private static func load(_ settings: Settings, keys: DeploymentKeys) throws -> (ConstitutionRelease, [String]) {
        let path = settings.constitution
        guard let document = TextFile.bytes(path) else { throw StartProblem("cannot read the constitution '\(path)'") }
        let signature = TextFile.bytes(path + ".sig")
        var trusted = [keys.verifyingKey]
        if !settings.constitutionKey.isEmpty {
            guard let file = TextFile.bytes(settings.constitutionKey) else {
                throw StartProblem("cannot read the public key '\(settings.constitutionKey)'")
            }
            trusted = [try VerifyingKey(file: file)]
        }
        let mustBeSigned = !settings.constitutionKey.isEmpty
        do throws(ConstitutionError) {
            let release = try ConstitutionRelease.load(
                document: document, signature: signature, trusting: trusted, allowingUnsigned: !mustBeSigned)
            let note =
                "The constitution is not signed: run 'sluice constitution sign \(path) --key \(keys.signingPath)'"
            return (release, signature == nil ? [note] : [])
        } catch {
            throw StartProblem("\(path): \(error)")
        }
    }
}

/// The keys that belong to one deployment: the one that signs its rules, and the token for its admin API.
struct DeploymentKeys {
    let folder: String
    /// The server's directory.
    let directory: String
    let signingKey: SigningKey

    var verifyingKey: VerifyingKey { signingKey.verifyingKey }
    var signingPath: String { folder + "/constitution.key" }

    /// Reads the keys of a server's directory; makes what is not there yet.
    init(_ home: ServerDirectory) throws {
        directory = home.path
        folder = home.path + "/keys"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let path = folder + "/constitution.key"
        if let file = TextFile.bytes(path) {
            signingKey = try SigningKey(file: file)
            return
        }
        signingKey = SigningKey()
        guard TextFile.create(path, String(decoding: signingKey.file, as: UTF8.self), secret: true),
            TextFile.create(path + ".pub", String(decoding: signingKey.verifyingKey.file, as: UTF8.self), secret: false)
        else { throw StartProblem("cannot write \(path)") }
    }

    /// The built-in rules, signed with this deployment's key; the signature lies beside the key.
    func builtInRelease() throws -> ConstitutionRelease {
        let document = ConstitutionRelease.builtInDocument
        let path = folder + "/built-in-\(ConstitutionRelease.builtIn.hashText.prefix(16)).sig"
        if let file = TextFile.bytes(path) {
            return try ConstitutionRelease.load(document: document, signature: file, trusting: [verifyingKey])
        }
        let signature = try signingKey.sign(document)
        guard TextFile.create(path, String(decoding: signature.file, as: UTF8.self), secret: false) else {
            throw StartProblem("cannot write \(path)")
        }
        return try ConstitutionRelease.load(document: document, signature: signature.file, trusting: [verifyingKey])
    }

    /// The token for the admin API over TCP, made at the first start.
    func adminToken() throws -> String {
        let path = folder + "/admin.token"
        if let token = TextFile.read(path)?.trimming(while: \.isWhitespace), !token.isEmpty { return token }
        let token =
            "adm-"
            + SymmetricKey(size: .bits256).withUnsafeBytes {
                $0.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            }
        guard TextFile.create(path, token + "\n", secret: true) else { throw StartProblem("cannot write \(path)") }
        return token
    }
}

/// Why the server does not start, and the way out.
struct StartProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
