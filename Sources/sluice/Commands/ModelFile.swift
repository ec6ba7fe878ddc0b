import Crypto
import Foundation
import Safeguards

/// Where the shipped model lies, and how a model is read from a file.
enum ModelFile {
    /// Used when no `--model` is given.
    static let standardPath = "Models/stage1.sluice"

    /// Reads, hashes and checks a model file.
    static func load(_ path: String) throws -> LinearModel {
        let path = path == standardPath ? ShippedFiles.classifier : path
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandProblem("cannot read the classifier '\(path)'; name one with --model, or train one")
        }
        do {
            return try LinearModel(file: Array(data), hash: Array(SHA256.hash(data: data)))
        } catch {
            throw CommandProblem("\(path): \(error)")
        }
    }
}

/// Something that ends a command, said in one sentence.
struct CommandProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
