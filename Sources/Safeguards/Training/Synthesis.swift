public import Constitution

/// Writes texts to learn from, by template and from a seed: short requests that name a forbidden act in the general
/// words of the constitution, each with an ordinary twin, and texts without content.
///
/// Nothing it writes holds a substance, an amount, a step or an answer; nothing of it is kept but the weights.
public struct Synthesis {
    /// The name of the source that its texts have.
    public static let source = "synthetic"

    /// As many as training takes.
    public static let standardCount = 28_000

    private let books: [(book: Phrasebook, share: Int)]
    private let release: Constitution?
    private var generator: SeededGenerator
    private var noise: Contentless

    /// As many as training the second stage's heads takes.
    public static let headCount = 36_000

    /// A generator at its start.
    ///
    /// - Parameters:
    ///   - constitution: What it permits and forbids is asked for in its own sentences too.
    ///   - seed: The same seed gives the same texts.
    public init(constitution: Constitution?, seed: UInt64) {
        release = constitution
        generator = SeededGenerator(seed: seed ^ 0x5379_6E74_6865_7369)
        noise = Contentless(seed: seed)
        books = Phrasebook.all.map { book in
            (book, book.language == "en" ? 16 : book.language == "zh" ? 8 : book.isWide ? 2 : 1)
        }
    }

    /// The next texts: forbidden requests with their twins, and after every second one a text without content.
    public mutating func texts(_ count: Int) -> [LabelledText] {
        var result: [LabelledText] = []
        let shares = books.reduce(0) { $0 + $1.share }
        while result.count < count {
            var dice = Int.random(in: 0..<shares, using: &generator)
            let book = books.first { entry in
                dice -= entry.share
                return dice < 0
            }
            guard let book = book?.book else { break }
            for _ in 0..<2 { result += pair(book) }
            result.append(noise.next())
        }
        return Array(result.prefix(count))
    }

    /// Categories and how often each is drawn.
    private static let draws: [(label: HarmLabel, share: Int)] = [
        (.chemical, 4), (.biological, 4), (.nuclearRadiological, 3), (.conventionalWeaponsMilitary, 4), (.cyber, 4),
        (.otherHarm, 8),
    ]

    /// A forbidden request, an ordinary one in the same form, and a permitted one about the same subject.
    private mutating func pair(_ book: Phrasebook) -> [LabelledText] {
        switch Int.random(in: 0..<40, using: &generator) {
        case 0: if let pair = extraction(book) { return pair }
        case 1, 2: if let pair = articles(book) { return pair }
        default: break
        }
        // Where more is known of what people do to each other, more of it is drawn.
        var dice = Int.random(in: 0..<(book.isWide ? 43 : 27), using: &generator)
        let label =
            Self.draws.first { draw in
                dice -= draw.share
                return dice < 0
            }?.label ?? .otherHarm
        let name = label.category
        var forms = book["ask"]
        if Bool.random(using: &generator), Bool.random(using: &generator), !book["quiet"].isEmpty {
            forms = book["quiet"]
        }
        var (acts, calm) = (book[name], book["ordinary"])
        if Int.random(in: 0..<4, using: &generator) == 0, !book[name + " write"].isEmpty {
            (forms, acts, calm) = (book["write"], book[name + " write"], book["ordinary write"])
        }
        let form = pick(forms, book)
        let act = pick(acts, book)
        let harm = text(Phrasebook.fill(form, act), [.harmful, label], .harmful, book.language)
        // The twin is asked in the very same form, lest the form itself look harmful, and often with the same verb.
        let calmAct = twin(of: act, book) ?? pick(calm, book)
        let twin = text(Phrasebook.fill(form, calmAct), [], .benign, book.language)
        var result = [harm, twin]
        if !book["plain"].isEmpty { result.append(text(pick(book["plain"], book), [], .benign, book.language)) }
        // The same act, by one who wants it prevented, noticed or punished.
        if Int.random(in: 0..<3, using: &generator) == 0, forms != book["write"], !book["shield"].isEmpty {
            let shielded = Phrasebook.fill(pick(book["shield"], book), act)
            return result + [text(shielded, [], .borderline, book.language)]
        }
        let topics = book[name + " topic"]
        guard !topics.isEmpty, !book["topic ask"].isEmpty else { return result }
        let subject = Phrasebook.fill(pick(book["topic ask"], book), pick(topics, book))
        return result + [text(subject, [], .borderline, book.language)]
    }

    /// Asking for the model itself: it has no label of its own, and is learned as talking a model out of its rules.
    private mutating func extraction(_ book: Phrasebook) -> [LabelledText]? {
        guard !book["extract"].isEmpty else { return nil }
        let twin = Phrasebook.fill(
            pick(book["topic ask"].prefix(2) + book["topic ask"].suffix(4), book), pick(book["model topic"], book))
        return [
            text(pick(book["extract"], book), [.harmful, .wrapper], .harmful, book.language),
            text(twin, [], .borderline, book.language),
        ]
    }

    /// One sentence that a category of the constitution forbids, and one that it permits.
    private mutating func articles(_ book: Phrasebook) -> [LabelledText]? {
        guard let language = Language(rawValue: book.language),
            let category = release?.categories.randomElement(using: &generator)
        else { return nil }
        let labels = HarmLabel.decisive.filter { $0.category == category.id }
        guard let label = labels.first, let forbidden = category.forbids.randomElement(using: &generator),
            let permitted = category.permits.randomElement(using: &generator)
        else { return nil }
        return [
            text(forbidden.text(language), [.harmful, label], .harmful, book.language),
            text(permitted.text(language), [], .borderline, book.language),
        ]
    }

    /// Something ordinary that begins as a forbidden act does: an entry `verb > rest` of the section "twin".
    private mutating func twin(of act: String, _ book: Phrasebook) -> String? {
        guard Int.random(in: 0..<3, using: &generator) > 0 else { return nil }
        let gap = book.language == "zh" ? "" : " "
        let twins = book["twin"].compactMap { entry -> String? in
            guard let sign = entry.firstIndex(of: ">"), sign > entry.startIndex else { return nil }
            let verb = String(entry[..<entry.index(before: sign)]) + gap
            guard act.hasPrefix(verb) else { return nil }
            return String(verb) + String(entry[entry.index(after: sign)...].drop { $0 == " " })
        }
        return twins.isEmpty ? nil : pick(twins, book)
    }

    private mutating func pick(_ entries: some Collection<String>, _ book: Phrasebook) -> String {
        book.expand(entries.randomElement(using: &generator) ?? "", &generator)
    }

    private func text(_ text: String, _ labels: Set<HarmLabel>, _ kind: LabelledText.Kind, _ language: String)
        -> LabelledText
    {
        LabelledText(text: Array(text.utf8), labels: labels, kind: kind, source: Self.source, language: language)
    }
}
