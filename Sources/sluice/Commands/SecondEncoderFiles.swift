import Crypto
import Encoder
import Foundation
import Safeguards

extension SecondStageFiles {
    /// Used when nothing else is named.
    static let secondEncoderPath = ".models/encoder2b.sluice"
    /// Used when nothing else is named.
    static let secondHeadsPath = "Models/stage2b.sluice"

    /// Maps and hashes the second encoder (`Tools/make-second-encoder.py` writes it).
    static func secondEncoder(_ path: String) throws -> TransformerEncoder {
        do throws(EncoderError) {
            let file = try EncoderFile(path: find(path))
            var hash = SHA256()
            hash.update(bufferPointer: file.bytes)
            return try TransformerEncoder(file: file, hash: Array(hash.finalize()))
        } catch {
            throw CommandProblem("\(error)")
        }
    }

    /// Reads, hashes and checks a file of heads behind the second encoder.
    static func secondHeads(_ path: String) throws -> SecondHeads {
        let path = find(path)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandProblem("cannot read the second encoder's heads '\(path)'; train some")
        }
        do {
            return try SecondHeads(file: Array(data), hash: Array(SHA256.hash(data: data)))
        } catch {
            throw CommandProblem("\(path): \(error)")
        }
    }

    /// The second encoder with its heads; nil where they are not installed, which is noted.
    ///
    /// - Throws: What is wrong with files that are there: a wrong one is never used.
    static func second(_ warnings: inout [String]) throws -> SecondJudge? {
        guard isSecondInstalled else {
            warnings.append(
                "The second encoder is not installed, so the first one serves alone: 'Tools/setup.sh encoder2b' writes it"
            )
            return nil
        }
        return try SecondJudge(heads: secondHeads(secondHeadsPath), encoder: secondEncoder(secondEncoderPath))
    }

    /// Whether both standard files are there.
    static var isSecondInstalled: Bool {
        [secondEncoderPath, secondHeadsPath].allSatisfy { FileManager.default.fileExists(atPath: find($0)) }
    }
}
