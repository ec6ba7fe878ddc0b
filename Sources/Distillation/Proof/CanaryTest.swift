import Glibc

/// Whether a model knows answers that were planted in ours, more often than answers that were made the same way and
/// planted nowhere.
///
/// A one-sided exact test (Fisher): the probability that at least so many of all known answers fall on the canaries, if
/// planted and control questions were alike.
/// - SeeAlso: Fisher, The Design of Experiments (1935), chapter 2.
public struct CanaryTest: Sendable, Equatable {
    /// How many canaries and controls were asked, and how many of each the model knew.
    public let canaries: Int
    /// How many canaries it knew.
    public let canariesKnown: Int
    /// How many controls were asked.
    public let controls: Int
    /// How many controls it knew.
    public let controlsKnown: Int

    /// What can be wrong with the numbers.
    public enum Problem: Error, Equatable, CustomStringConvertible {
        /// Without both kinds there is nothing to compare.
        case tooFew(canaries: Int, controls: Int)

        /// What was wrong, and the way out.
        public var description: String {
            switch self {
            case .tooFew(let canaries, let controls):
                "\(canaries) canaries and \(controls) controls are too few; the test needs at least 5 of each"
            }
        }
    }

    /// A test of what was counted; what was known is at most what was asked.
    public init(canaries: Int, known canariesKnown: Int, controls: Int, known controlsKnown: Int) throws(Problem) {
        guard canaries >= 5, controls >= 5 else { throw .tooFew(canaries: canaries, controls: controls) }
        self.canaries = canaries
        self.canariesKnown = min(max(0, canariesKnown), canaries)
        self.controls = controls
        self.controlsKnown = min(max(0, controlsKnown), controls)
    }

    /// The probability of this or more by chance, in 0...1.
    public var pValue: Double {
        let known = canariesKnown + controlsKnown
        let most = min(canaries, known)
        guard canariesKnown <= most, canariesKnown > 0 else { return 1 }
        let whole = Self.logChoose(canaries + controls, known)
        var sum = 0.0
        for count in canariesKnown...most where known - count <= controls {
            sum += exp(Self.logChoose(canaries, count) + Self.logChoose(controls, known - count) - whole)
        }
        return min(1, sum)
    }

    private static func logChoose(_ all: Int, _ some: Int) -> Double {
        lgamma(Double(all) + 1) - lgamma(Double(some) + 1) - lgamma(Double(all - some) + 1)
    }

    /// Whether an answer is in a text, compared in lower case without punctuation and with single spaces.
    public static func knows(_ text: String, answer: String) -> Bool {
        let wanted = plain(answer)
        return wanted.count > 2 && plain(text).contains(wanted)
    }

    private static func plain(_ text: String) -> String {
        var out = " "
        for character in text.lowercased() {
            if character.isLetter || character.isNumber {
                out.append(character)
            } else if out.last != " " {
                out.append(" ")
            }
        }
        return out.last == " " ? out : out + " "
    }
}
