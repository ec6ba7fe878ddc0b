/// How records are shown to people and to programs.
extension LedgerEntry {
    /// The column heads of `row`.
    public static let columns = ["SEQUENCE", "TIME (UTC)", "WHAT", "ORGANISATION", "MODEL", "DETAILS"]

    /// The record in as many columns as `columns` has; nothing in it can move a terminal's cursor.
    public var row: [String] {
        switch record {
        case .admission(let admission):
            [
                "\(sequence)", formattedTime(admission.time), admission.decision.name,
                printable(admission.organisation), printable(admission.model),
                ([admission.decisionID.description] + admission.decision.details.map(printable)).joined(separator: " "),
            ]
        case .completion(let completion):
            [
                "\(sequence)", formattedTime(completion.time), completion.outcome.name, "", "",
                (["of \(completion.sequence)", "\(completion.duration) ms"]
                    + (completion.usage.map { ["\($0.input)+\($0.output) tokens"] } ?? [])
                    + completion.outcome.details.map(printable)).joined(separator: " "),
            ]
        case .interruption(let interruption):
            [
                "\(sequence)", formattedTime(interruption.until), "interruption", "", "",
                "since \(formattedTime(interruption.since)): \(printable(interruption.reason))",
            ]
        case .growth(let growth):
            [
                "\(sequence)", formattedTime(growth.time), "growth", "", "",
                "of \(growth.sequence) to \(growth.reserved) micro-units",
            ]
        case .act(let act): ["\(sequence)", formattedTime(act.time)] + act.columns
        }
    }

    /// The record as one JSON object on one line.
    ///
    /// - Parameter withSalts: Whether to include what opens the commitments; whoever has a salt can test guesses of the text.
    public func json(withSalts: Bool = false) -> String {
        list(withSalts).json
    }

    /// The record's fields by name, for a terminal.
    public func fields(withSalts: Bool = false) -> [(name: String, value: String)] {
        list(withSalts).fields.map { ($0.name, $0.value.plain) }
    }

    /// The record without salts and chain value.
    var outsideJSON: String { list(false, withChain: false).json }

    private func list(_ withSalts: Bool, withChain: Bool = true) -> FieldList {
        var list = FieldList()
        list.add("sequence", sequence)
        switch record {
        case .admission(let admission): admission.describe(in: &list, withSalts)
        case .completion(let completion): completion.describe(in: &list, withSalts)
        case .interruption(let interruption):
            list.add("kind", "interruption")
            list.add("since", formattedTime(interruption.since))
            list.add("until", formattedTime(interruption.until))
            list.add("reason", interruption.reason)
        case .growth(let growth):
            list.add("kind", "growth")
            list.add("admission", growth.sequence)
            list.add("time", formattedTime(growth.time))
            list.add("reserved_micros", growth.reserved)
        case .act(let act): act.describe(in: &list)
        }
        if withChain { list.add("chain", chain.description) }
        return list
    }
}

extension Admission.Decision {
    fileprivate var name: String {
        switch self {
        case .admitted: "admitted"
        case .refused: "refused"
        case .denied: "denied"
        }
    }

    fileprivate var details: [String] {
        switch self {
        case .admitted: []
        case .refused(let category, let principle, let stage, let turn):
            [category, principle, "\(stage)"] + (turn.map { ["turn \($0)"] } ?? [])
        case .denied(let code): [code]
        }
    }
}

extension Completion.Outcome {
    fileprivate var name: String {
        switch self {
        case .complete: "complete"
        case .refusedMidStream: "refused_mid_stream"
        case .cut: "cut"
        case .failed: "failed"
        case .clientLeft: "client_left"
        }
    }

    fileprivate var details: [String] {
        switch self {
        case .complete, .clientLeft: []
        case .refusedMidStream(let category, let principle, let stage): [category, principle, "\(stage)"]
        case .cut(let reason), .failed(let reason): [reason]
        }
    }
}

extension Admission {
    fileprivate func describe(in list: inout FieldList, _ withSalts: Bool) {
        list.add("kind", "admission")
        list.add("decision_id", decisionID.description)
        list.add("time", formattedTime(time))
        list.add("organisation", organisation)
        list.add("account", account)
        list.add("key", key)
        list.add("model", model)
        list.add("dialect", dialect.word)
        list.add("stream", isStream)
        list.add("decision", decision.name)
        switch decision {
        case .admitted: break
        case .refused(let category, let principle, let stage, let turn):
            list.add("category", category)
            list.add("principle", principle)
            list.add("stage", "\(stage)")
            if let turn { list.add("turn", UInt64(turn)) }
        case .denied(let code): list.add("code", code)
        }
        if let score { list.add("score", score) }
        list.add("request", requestCommitment, withSalts: withSalts)
        list.add("constitution", digest: constitutionHash)
        list.add("classifier", digest: classifierHash)
        list.add("scaling_policy", digest: scalingPolicyHash)
        list.add("model_digest", digest: modelDigest)
        if !unjudged.isEmpty { list.add("unjudged", unjudged) }
        if !notes.isEmpty { list.add("notes", notes) }
        if !endUser.isEmpty { list.add("end_user", endUser) }
        if let charge {
            list.add("price", charge.price)
            list.add("reserved_micros", charge.reserved)
            list.add("day", UInt64(charge.day))
        }
        if !permission.isEmpty { list.add("permission", permission) }
    }
}

extension Completion {
    fileprivate func describe(in list: inout FieldList, _ withSalts: Bool) {
        list.add("kind", "completion")
        list.add("admission", sequence)
        list.add("time", formattedTime(time))
        list.add("outcome", outcome.name)
        switch outcome {
        case .complete, .clientLeft: break
        case .refusedMidStream(let category, let principle, let stage):
            list.add("category", category)
            list.add("principle", principle)
            list.add("stage", "\(stage)")
        case .cut(let reason), .failed(let reason): list.add("reason", reason)
        }
        list.add("choices", UInt64(choices))
        list.add("choices_cut", UInt64(choicesCut))
        list.add("duration_ms", UInt64(duration))
        if let usage {
            list.add("input_tokens", usage.input)
            list.add("output_tokens", usage.output)
            list.add("cached_tokens", usage.cached)
            list.add("reasoning_tokens", usage.reasoning)
        }
        if let settled { list.add("settled_micros", settled) }
        if !permission.isEmpty { list.add("permission", permission) }
        if !notes.isEmpty { list.add("notes", notes) }
        if let score { list.add("score", score) }
        list.add("answer", answerCommitment, withSalts: withSalts)
    }
}

/// `2026-11-22T08:15:30.123Z`; the plain number for a time outside the years 0 to 9999.
func formattedTime(_ milliseconds: Int64) -> String {
    let days = milliseconds >= 0 ? milliseconds / 86_400_000 : (milliseconds &+ 1) / 86_400_000 - 1
    guard days > -719_000, days < 2_932_897 else { return "\(milliseconds)" }
    let rest = Int(milliseconds - days * 86_400_000)
    // The civil calendar from a count of days, in years that begin in March and eras of 400 of them.
    let shifted = Int(days) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = (5 * dayOfYear + 2) / 153
    let month = march < 10 ? march + 3 : march - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfYear - (153 * march + 2) / 5 + 1, 2))T"
        + "\(padded(rest / 3_600_000, 2)):\(padded(rest / 60_000 % 60, 2)):\(padded(rest / 1000 % 60, 2))"
        + ".\(padded(rest % 1000, 3))Z"
}

/// The same text with everything that a terminal might obey written as `\u{…}`.
func printable(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
            out += "\\u{\(String(scalar.value, radix: 16))}"
        default: out.unicodeScalars.append(scalar)
        }
    }
    return out
}

extension Admission.Dialect {
    /// The dialect's name.
    fileprivate var word: String {
        switch self {
        case .openAI: "openai"
        case .anthropic: "anthropic"
        case .responses: "openai-responses"
        }
    }
}
