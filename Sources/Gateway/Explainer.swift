import Constitution
import Dialects
import Ledger
import Safeguards

/// Puts a refusal into words: which rule, where, under which decision, and how to object; in the language of the request.
struct Explainer: Sendable {
    /// Where the text that met a rule stood.
    enum Part: Sendable, Equatable {
        /// A text of the request, and the path to it, such as `messages[2].content`.
        case request(path: String)
        /// The request as a whole: its turns together.
        case conversation
        /// The model's answer.
        case answer
    }

    let constitution: Constitution
    let language: Language
    let decision: DecisionID

    /// The refusal that a client sees.
    ///
    /// - Parameter mayAsk: Whether the organisation may ask for a permission that would open the category.
    func refusal(for finding: Finding, in part: Part, mayAsk: Bool = false) -> Refusal {
        Refusal(
            category: finding.category,
            principle: finding.principle,
            explanation: text(for: finding, in: part) + (mayAsk ? wayOut(finding.category) : ""),
            decision: decision.description,
            stopCategory: Self.stopCategory(finding.category))
    }

    private func text(for finding: Finding, in part: Part) -> String {
        let category = constitution.category(finding.category)?.title.text(language) ?? finding.category
        let principle = constitution.principle(finding.principle)?.title.text(language) ?? finding.principle
        let rule = "\(constitution.name) \(constitution.version), \(finding.category)/\(finding.principle)"
        switch language {
        case .english:
            return """
                \(place(part)) was stopped by the rule "\(category)": \(principle) (\(rule)). \
                Decision \(decision). If this is a mistake, send this decision id to the operator of this service to appeal: \
                a person will look at it.
                """
        case .chinese:
            return """
                \(place(part))触及规则“\(category)”，已被停止：\(principle)（\(rule)）。\
                决定编号：\(decision)。如认为有误，请将此编号提交给本服务的运营方申诉，由人工复核。
                """
        }
    }

    /// What permission would have opened it.
    private func wayOut(_ category: String) -> String {
        switch language {
        case .english:
            " A permission for the category '\(category)' would have opened this request: your organisation may ask for one "
                + "by POST /sluice/v1/permissions, with its purpose, volume and end."
        case .chinese: "“\(category)”类别的许可可以放行此请求：贵机构可通过 POST /sluice/v1/permissions 申请，并说明用途、数量和期限。"
        }
    }

    private func place(_ part: Part) -> String {
        switch (part, language) {
        case (.request(let path), .english): "This request (\(path))"
        case (.request(let path), .chinese): "该请求（\(path)）"
        case (.conversation, .english): "This conversation, taken as a whole,"
        case (.conversation, .chinese): "该对话整体上"
        case (.answer, .english): "The model's answer"
        case (.answer, .chinese): "模型的回答"
        }
    }

    /// The nearest of the categories that Anthropic's clients know (`stop_details.category`).
    private static func stopCategory(_ category: String) -> String? {
        switch category {
        case "biological", "dual_use_biology": "bio"
        case "cyber": "cyber"
        case "model_extraction": "reasoning_extraction"
        default: "general_harms"
        }
    }
}

extension Language {
    /// The language to explain a refusal in: Chinese where at least a third of the letters of the last turn are Han.
    init(of text: some Sequence<UInt8>) {
        self =
            text.withContiguousStorageIfAvailable { Language(ofBytes: UnsafeRawBufferPointer($0)) }
            ?? Array(text).withUnsafeBytes { Language(ofBytes: $0) }
    }

    private init(ofBytes text: UnsafeRawBufferPointer) {
        // Eight bytes at a time: where all are ASCII there is nothing to count.
        let whole = text.count & ~7
        let isASCII =
            stride(from: 0, to: whole, by: 8).allSatisfy {
                text.loadUnaligned(fromByteOffset: $0, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            } && text[whole...].allSatisfy { $0 < 0x80 }
        guard !isASCII else {
            self = .english
            return
        }
        var (han, other) = (0, 0)
        for byte in text {
            // E4...E9 lead the CJK unified ideographs in UTF-8; a letter of ASCII counts a third, a word being longer than a character.
            switch byte {
            case 0xE4...0xE9: han += 3
            case 0x41...0x5A, 0x61...0x7A: other += 1
            case 0xC3...0xDF, 0xE0...0xE3, 0xEA...0xF4: other += 3
            default: continue
            }
        }
        self = han > 0 && han * 2 >= other ? .chinese : .english
    }
}
