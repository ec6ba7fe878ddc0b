extension ConstitutionRelease {
    /// The whole constitution for a person to read, in one language, with its hash and who signed it.
    public func text(in language: Language) -> String {
        let word = Words(language)
        let rules = constitution
        var lines = [
            "\(rules.name)", "\(word.version) \(rules.version), \(rules.date)", "SHA-256 \(hashText)",
            signature.map { "\(word.signedBy) \($0.key)" } ?? word.unsigned, "",
            rules.preamble.text(language), "", word.principles,
        ]
        for principle in rules.principles {
            lines += [
                "", "  \(principle.title.text(language)) (\(principle.id))", "  \(principle.text.text(language))",
            ]
            lines += principle.sources.map { "    · \($0)" }
        }
        lines += ["", word.categories]
        for category in rules.categories {
            lines += ["", "  \(category.title.text(language)) (\(category.id))"]
            lines.append("  \(word.rests) \(category.principle) · \(word.rules(of: category))")
            lines += ["  \(word.permits)"] + category.permits.map { "    + \($0.text(language))" }
            lines += ["  \(word.forbids)"] + category.forbids.map { "    - \($0.text(language))" }
            if !category.phrases.isEmpty {
                lines += ["  \(word.phrases)"] + category.phrases.map { "    = \($0)" }
            }
            if !category.permitExamples.isEmpty || !category.forbidExamples.isEmpty {
                lines += ["  \(word.examples)"] + category.permitExamples.map { "    + \($0)" }
                lines += category.forbidExamples.map { "    - \($0)" }
            }
        }
        return lines.joined(separator: "\n")
    }
}

/// The few words between the constitution's own.
private struct Words {
    let version, signedBy, unsigned, principles, categories, rests, permits, forbids, phrases, examples: String
    private let language: Language

    init(_ language: Language) {
        self.language = language
        switch language {
        case .english:
            (version, signedBy, unsigned) = ("Version", "Signed by key", "No verified signature")
            (principles, categories, rests) = ("PRINCIPLES", "CATEGORIES", "Rests on")
            (permits, forbids, phrases) = ("Permitted:", "Forbidden:", "Refused wherever they occur:")
            examples = "Examples, permitted (+) and forbidden (-):"
        case .chinese:
            (version, signedBy, unsigned) = ("版本", "签名密钥", "没有经过验证的签名")
            (principles, categories, rests) = ("原则", "类别", "依据原则")
            (permits, forbids, phrases) = ("允许：", "禁止：", "出现即拒绝的语句：")
            examples = "示例（+ 允许，- 禁止）："
        }
    }

    /// Absolute or not, failure rule and budgets, on one line.
    func rules(of category: Category) -> String {
        let budgets = (decimal(category.requestBudget), decimal(category.answerBudget))
        switch language {
        case .english:
            return (category.isAbsolute ? "absolute" : "can be opened by permission")
                + (category.borders.map { ", the edge of \($0)" } ?? "")
                + " · fails \(category.onFailure.rawValue) · refused in error: at most \(budgets.0) of ordinary requests, "
                + "\(budgets.1) of answers"
        case .chinese:
            return (category.isAbsolute ? "绝对禁止" : "可经许可开放") + (category.borders.map { "，\($0) 的边缘类别" } ?? "")
                + " · 故障时\(category.onFailure == .closed ? "拒绝" : "放行") · 误拒上限：普通请求 \(budgets.0)，回答 \(budgets.1)"
        }
    }
}
