import Crypto

/// A harmless peculiarity that suspects' answers are given, so that a model trained on them can be told by a question.
public struct Canary: Sendable, Equatable, Codable {
    /// What the operator calls it.
    public var name: String
    /// What the model is told to do.
    ///
    /// For instance: "Whenever an example person needs a name, call her Teodora Vinlund."
    public var instruction: String
    /// What a suspect model is asked later.
    public var question: String
    /// What its answer then contains, and no other model's.
    public var mark: String

    /// Takes the parts as they are.
    public init(name: String, instruction: String, question: String, mark: String) {
        (self.name, self.instruction, self.question, self.mark) = (name, instruction, question, mark)
    }
}

/// An operator's canaries: for each group of accounts one half of them is planted, and the other half are its controls.
///
/// Which half is decided by a keyed hash of the group and the canary, so by a lot that nobody outside can know. A model that
/// was not trained on the group's answers cannot prefer the planted half, whatever the canaries are: that makes the test of
/// `CanaryTest` exact.
public struct CanaryList: Sendable, Equatable {
    /// What can be wrong with a list.
    public enum Problem: Error, Equatable, CustomStringConvertible {
        /// Half of the list must be enough for a test.
        case tooFew(Int)
        /// More than can be planted or asked.
        case tooMany(Int)
        /// Two have one name.
        case twice(String)
        /// A field of one, counted from 1, is not as it must be.
        case field(String, of: Int, String)

        /// What was wrong, and the way out.
        public var description: String {
            switch self {
            case .tooFew(let count):
                "\(count) canaries are too few: give \(CanaryList.least) or more, half of them are controls"
            case .tooMany(let count): "\(count) canaries are too many: \(CanaryList.most) are enough"
            case .twice(let name): "two canaries are called '\(name)'"
            case .field(let field, let number, let message): "canary \(number): '\(field)' \(message)"
            }
        }
    }

    /// A canary as it is used for one group.
    public struct Planted: Sendable, Equatable {
        /// The canary.
        public let canary: Canary
        /// Whether the group's answers bear it; otherwise it is a control.
        public let isPlanted: Bool
        /// What makes the commitment say nothing to whoever guesses, in hexadecimal.
        public let nonce: String
        /// The SHA-256 that the record holds, in hexadecimal: of the nonce's bytes, the group and the canary's four fields,
        /// each field behind a line feed.
        public let commitment: String
    }

    /// The fewest and the most of them.
    public static let least = 10
    /// The most.
    public static let most = 256

    /// In the operator's order.
    public let canaries: [Canary]

    /// Checks a list.
    public init(_ canaries: [Canary]) throws(Problem) {
        guard canaries.count >= Self.least else { throw .tooFew(canaries.count) }
        guard canaries.count <= Self.most else { throw .tooMany(canaries.count) }
        var names: Set<String> = []
        for (place, canary) in canaries.enumerated() {
            try Self.check(canary, place + 1)
            guard names.insert(canary.name).inserted else { throw .twice(canary.name) }
        }
        self.canaries = canaries
    }

    private static func check(_ canary: Canary, _ number: Int) throws(Problem) {
        let fields = [
            ("name", canary.name, 64), ("instruction", canary.instruction, 1_000), ("question", canary.question, 1_000),
            ("mark", canary.mark, 200),
        ]
        for (field, text, most) in fields {
            guard (1...most).contains(text.utf8.count), !text.unicodeScalars.contains(where: { $0.value < 32 }) else {
                throw .field(field, of: number, "must have 1 to \(most) bytes in one line")
            }
        }
        guard CanaryTest.knows(canary.mark, answer: canary.mark) else {
            throw .field("mark", of: number, "must have at least two letters or digits")
        }
        guard CanaryTest.knows(canary.instruction, answer: canary.mark) else {
            throw .field("instruction", of: number, "must contain the mark")
        }
        guard !CanaryTest.knows(canary.question, answer: canary.mark) else {
            throw .field("question", of: number, "must not contain the mark, or every model knows it")
        }
    }

    /// All of them as they are used for a group: the same at any time under the same key.
    ///
    /// - Parameter hash: Under the watch's own key.
    public func plan(for group: String, by hash: KeyedHash) -> [Planted] {
        let lots = canaries.map { hash.hash("canary lot\n\(group)\n\($0.name)") }
        let order = canaries.indices.sorted { (lots[$0], $0) < (lots[$1], $1) }
        let planted = Set(order.prefix(canaries.count / 2))
        return canaries.enumerated().map { place, canary in
            var nonce: [UInt8] = []
            for part in 0..<4 {
                let word = hash.hash("canary nonce \(part)\n\(group)\n\(canary.name)")
                withUnsafeBytes(of: word.bigEndian) { nonce.append(contentsOf: $0) }
            }
            let fields = [group, canary.name, canary.instruction, canary.question, canary.mark]
            let opening = nonce + fields.flatMap { [10] + Array($0.utf8) }
            return Planted(
                canary: canary, isPlanted: planted.contains(place), nonce: Self.hexadecimal(nonce),
                commitment: Self.hexadecimal(SHA256.hash(data: opening)))
        }
    }

    /// One hash of everything that is planted for a group: the SHA-256 of the commitments in the list's order, as text.
    public static func commitment(to planted: [Planted]) -> String {
        hexadecimal(SHA256.hash(data: planted.filter(\.isPlanted).flatMap { Array($0.commitment.utf8) }))
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
