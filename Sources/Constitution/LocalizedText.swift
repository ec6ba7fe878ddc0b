/// A language in which a constitution speaks.
public enum Language: String, Sendable, CaseIterable {
    /// English.
    case english = "en"
    /// Chinese, in simplified characters.
    case chinese = "zh"
}

/// A text in every language of a constitution; neither half is empty.
public struct LocalizedText: Sendable, Equatable, Encodable {
    private enum CodingKeys: String, CodingKey {
        case english = "en"
        case chinese = "zh"
    }

    /// The English text.
    public var english: String
    /// The Chinese text.
    public var chinese: String

    /// Pairs a text with its translation.
    public init(english: String, chinese: String) {
        self.english = english
        self.chinese = chinese
    }

    /// The text in one language.
    public func text(_ language: Language) -> String {
        switch language {
        case .english: english
        case .chinese: chinese
        }
    }
}
