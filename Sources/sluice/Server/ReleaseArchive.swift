import Constitution
import Crypto
import Encoder
import Foundation
import Gateway
import Safeguards

/// Every release that a server has judged by, kept under the hash that decisions name: so that each can be replayed.
///
/// Constitutions are copied; weights are linked, where the file system allows, so that they take no room twice.
struct ReleaseArchive {
    let folder: String

    /// The archive of a server's directory.
    init(directory: String) { folder = directory + "/releases" }

    /// Which files a classifier consists of, by their hashes.
    private struct Classifier: Codable {
        struct File: Codable {
            var path: String
            var sha256: String
        }

        var stage1: File
        var heads: File?
        var encoder: File?
        var profile: String?
        var secondHeads: File?
        var secondEncoder: File?
    }

    // MARK: Keeping

    /// Keeps the rules that a server begins to judge by.
    ///
    /// - Throws: What the file system says.
    func keep(_ rules: Rules, _ settings: Settings) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let document =
            settings.constitution == "built-in"
            ? ConstitutionRelease.builtInDocument : TextFile.bytes(settings.constitution) ?? []
        if Array(SHA256.hash(data: document)) == rules.release.hash {
            try write(Data(document), "constitution-\(rules.release.hashText).yaml")
        }
        let stage1 = settings.classifier.isEmpty ? ShippedFiles.classifier : settings.classifier
        var classifier = Classifier(stage1: try link(stage1, rules.policy.classifierHash))
        if let cascade = rules.secondStage {
            let heads = settings.heads.isEmpty ? SecondStageFiles.headsPath : settings.heads
            let encoder = settings.encoder.isEmpty ? SecondStageFiles.encoderPath : settings.encoder
            classifier.heads = try link(SecondStageFiles.find(heads), cascade.heads.hash)
            classifier.encoder = try link(SecondStageFiles.find(encoder), cascade.heads.encoderHash)
            classifier.profile = cascade.profile.rawValue
            if let second = cascade.second {
                classifier.secondHeads = try link(
                    SecondStageFiles.find(SecondStageFiles.secondHeadsPath), second.heads.hash)
                classifier.secondEncoder = try link(
                    SecondStageFiles.find(SecondStageFiles.secondEncoderPath), second.heads.encoderHash)
            }
        }
        let hash = GatewaySnapshot.classifierHash(rules.policy, rules.secondStage)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try write(try encoder.encode(classifier), "classifier-\(Self.hex(hash)).json")
    }

    private func write(_ data: Data, _ name: String) throws {
        let path = folder + "/" + name
        guard !FileManager.default.fileExists(atPath: path) else { return }
        try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    private func link(_ path: String, _ hash: [UInt8]) throws -> Classifier.File {
        let kept = folder + "/weights-\(Self.hex(hash))"
        let full = URL(fileURLWithPath: path).standardizedFileURL.path
        if !FileManager.default.fileExists(atPath: kept) {
            do {
                try FileManager.default.linkItem(atPath: full, toPath: kept)
            } catch {
                // Another file system: where it lies is noted, and its hash says whether it still is that file.
                return Classifier.File(path: full, sha256: Self.hex(hash))
            }
        }
        return Classifier.File(path: kept, sha256: Self.hex(hash))
    }

    static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    // MARK: Finding again

    /// What decisions with these hashes were made by.
    ///
    /// - Parameter stopped: Categories that an operator had stopped then.
    func replay(constitution: [UInt8], classifier: [UInt8], stopped: Set<String>) throws -> DecisionReplay {
        let name = "constitution-\(Self.hex(constitution)).yaml"
        guard let document = TextFile.bytes(folder + "/" + name) else {
            throw CommandProblem("the constitution of this decision is not in '\(folder)' (\(name))")
        }
        let release = try ConstitutionRelease.load(
            document: document, signature: nil, trusting: [], allowingUnsigned: true)
        guard release.hash == constitution else { throw CommandProblem("\(folder)/\(name) is not what its name says") }
        let list = "classifier-\(Self.hex(classifier)).json"
        guard let data = FileManager.default.contents(atPath: folder + "/" + list),
            let files = try? JSONDecoder().decode(Classifier.self, from: data)
        else { throw CommandProblem("the classifier of this decision is not in '\(folder)' (\(list))") }
        let model = try ModelFile.load(files.stage1.path)
        try check(model.hash, files.stage1)
        let policy = try JudgementPolicy(model: model, release: release, stopped: stopped)
        var cascade: Cascade?
        if let headsFile = files.heads, let encoderFile = files.encoder {
            let heads = try SecondStageFiles.heads(headsFile.path)
            try check(heads.hash, headsFile)
            let encoder = try SecondStageFiles.encoder(encoderFile.path)
            try check(encoder.hash, encoderFile)
            cascade = try Cascade(
                policy: policy, release: release, heads: heads, encoder: encoder,
                exemplars: release.constitution.exemplars,
                profile: files.profile.flatMap(Cascade.Profile.init) ?? .thorough, second: second(files))
        }
        guard GatewaySnapshot.classifierHash(policy, cascade) == classifier else {
            throw CommandProblem("\(folder)/\(list) does not lead to the classifier of this decision")
        }
        return DecisionReplay(policy: policy, secondStage: cascade, constitution: release.constitution)
    }

    private func second(_ files: Classifier) throws -> SecondJudge? {
        guard let headsFile = files.secondHeads, let encoderFile = files.secondEncoder else { return nil }
        let heads = try SecondStageFiles.secondHeads(headsFile.path)
        try check(heads.hash, headsFile)
        let encoder = try SecondStageFiles.secondEncoder(encoderFile.path)
        try check(encoder.hash, encoderFile)
        return try SecondJudge(heads: heads, encoder: encoder)
    }

    private func check(_ hash: [UInt8], _ file: Classifier.File) throws {
        guard Self.hex(hash) == file.sha256 else {
            throw CommandProblem("'\(file.path)' is no longer the file that judged (its SHA-256 was \(file.sha256))")
        }
    }
}
