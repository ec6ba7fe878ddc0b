import Crypto
import Encoder
import Foundation
import Safeguards

/// Where the second stage's files lie, and how they are read.
enum SecondStageFiles {
    /// Used when nothing else is named.
    static let encoderPath = ".models/encoder.sluice"
    /// Used when nothing else is named.
    static let headsPath = "Models/stage2.sluice"

    /// Maps and hashes an encoder (`Tools/make-encoder.py` writes it).
    static func encoder(_ path: String) throws -> SentenceEncoder {
        do throws(EncoderError) {
            let file = try EncoderFile(path: find(path))
            var hash = SHA256()
            hash.update(bufferPointer: file.bytes)
            return try SentenceEncoder(file: file, hash: Array(hash.finalize()))
        } catch {
            throw CommandProblem("\(error)")
        }
    }

    /// Reads, hashes and checks a file of heads.
    static func heads(_ path: String) throws -> Heads {
        let path = find(path)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandProblem("cannot read the heads '\(path)'; name them with --heads, or train some")
        }
        do {
            return try Heads(file: Array(data), hash: Array(SHA256.hash(data: data)))
        } catch {
            throw CommandProblem("\(path): \(error)")
        }
    }

    /// Whether both standard files are there.
    static var areInstalled: Bool {
        [encoderPath, headsPath].allSatisfy { FileManager.default.fileExists(atPath: find($0)) }
    }

    /// A path that is relative: from the working directory, or from the folders above the program.
    static func find(_ path: String) -> String {
        guard !path.hasPrefix("/"), !FileManager.default.fileExists(atPath: path) else { return path }
        guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            return path
        }
        var folder = URL(fileURLWithPath: program).deletingLastPathComponent()
        for _ in 0..<5 {
            for place in [folder, folder.appendingPathComponent("share/sluice")] {
                let found = place.appendingPathComponent(path).path
                if FileManager.default.fileExists(atPath: found) { return found }
            }
            folder.deleteLastPathComponent()
        }
        return path
    }
}
