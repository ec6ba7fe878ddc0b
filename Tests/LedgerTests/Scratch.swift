import Glibc
import Synchronization

@testable import Ledger

/// A directory of its own for one test, in memory where the system has such a place, deleted at the end.
final class Scratch: Sendable {
    private static let counter = Atomic<Int>(0)
    let path: String

    init() {
        let number = Self.counter.wrappingAdd(1, ordering: .relaxed).newValue
        let place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        path = "\(place)/sluice-ledger-\(getpid())-\(number)"
        mkdir(path, 0o700)
    }

    deinit {
        Self.remove(path)
    }

    private static func remove(_ directory: String) {
        for name in (try? namesInDirectory(directory)) ?? [] where name != "." && name != ".." {
            unlink(directory + "/" + name)
        }
        rmdir(directory)
    }

    /// The bytes of a file in it.
    func bytes(_ name: String) throws -> [UInt8] {
        let file = try OpenFile(path + "/" + name, O_RDONLY)
        return try file.bytes(Int(file.size()), at: 0)
    }

    /// Replaces a file in it.
    func write(_ bytes: [UInt8], to name: String) throws {
        let file = try OpenFile(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC)
        try bytes.withUnsafeBytes { try file.write($0, at: 0) }
    }

    /// The newest segment's name.
    func newestSegment() throws -> String {
        SegmentHeader.fileName(try segments(in: path).last ?? 1)
    }
}

extension Admission {
    /// An ordinary admission, a little different for every number.
    static func sample(_ number: Int = 0, decision: Decision = .admitted) -> Admission {
        var commitment = Commitment(to: .request)
        commitment.update("request \(number)".utf8)
        return Admission(
            decisionID: DecisionID(at: 1_790_000_000_000 + Int64(number)), time: 1_790_000_000_000 + Int64(number),
            organisation: "org_lighthouse", account: "acc_1", key: "key_\(number % 7)", model: "smollm2-135m",
            dialect: number % 2 == 0 ? .openAI : .anthropic, isStream: number % 3 == 0, decision: decision,
            requestCommitment: commitment.seal(), constitutionHash: Hash256(Array(repeating: 0xC0, count: 32)),
            classifierHash: Hash256(Array(repeating: 0xC1, count: 32)), unjudged: number % 5 == 0 ? ["image"] : [],
            score: Float(number % 100) / 100)
    }
}

extension Completion {
    /// An ordinary completion of an admission.
    static func sample(of sequence: UInt64) -> Completion {
        var commitment = Commitment(to: .answer)
        commitment.update("answer \(sequence)".utf8)
        return Completion(
            sequence: sequence, time: 1_790_000_001_000, outcome: .complete, answerCommitment: commitment.seal(),
            usage: Usage(input: 12, output: 34), duration: 250, score: 0.01)
    }
}
