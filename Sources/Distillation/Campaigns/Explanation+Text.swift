extension Explanation {
    /// The explanation in words, a line each.
    public var lines: [String] {
        let owners = organisations == 1 ? "one organisation" : "\(organisations) organisations"
        var out = [
            "\(name): \(accounts.count) accounts of \(owners), \(exchanges) exchanges",
            "  from \(Self.date(first)) to \(Self.date(last))",
            "  log-odds that this is one operation: \(Self.decimal(score))",
            "",
        ]
        out.append("What ties them (what each kind of evidence adds; * says something by itself):")
        for (family, value) in contributions {
            let mark = families.contains(family) ? "*" : " "
            out.append(
                "  \(mark) \(Self.padded(family.rawValue, 13)) \(Self.padded(Self.decimal(value), 6)) \(organisations == 1 ? Self.saysOfOne(family) : Self.says(family))"
            )
        }
        if organisations == 1 {
            out.append("  They are one organisation's: the rules do nothing; a person looks at what it has agreed to.")
        }
        if let signUps {
            out.append(
                "  Their organisations signed up between \(Self.date(signUps.earliest)) and \(Self.date(signUps.latest))."
            )
        }
        for (contract, count) in contracts.sorted(by: { $0.key < $1.key }) {
            out.append("  \(count) accounts have a contract for '\(contract)': it covers what it names, not this.")
        }
        out.append("")
        out.append("What they share (others: organisations outside that use it too):")
        for tie in ties {
            out.append(
                "  \(Self.padded(tie.kind, 14)) \(tie.name)  members \(Self.padded(String(tie.members), 5)) others \(tie.others)"
            )
        }
        out += ["", "Activity over time:", "  " + bars, ""]
        out.append("No automatic step may rest on this alone; a person decides on anything that cannot be undone.")
        return out
    }

    private var bars: String {
        let marks = Array(" ▁▂▃▄▅▆▇█")
        let most = max(1, timeline.max() ?? 1)
        return String(timeline.map { marks[min(8, ($0 * 8 + most - 1) / most)] })
    }

    private static func says(_ family: EvidenceFamily) -> String {
        switch family {
        case .provisioning: "young organisations that signed up close together"
        case .rhythm: "load spread evenly over hours, days and members; first use at the same time"
        case .payment: "payment instruments shared by unrelated organisations"
        case .address: "addresses shared by unrelated organisations"
        case .client: "clients, system prompts and settings shared by unrelated organisations"
        case .wording: "wording that few others use"
        case .content: "the same rare questions; questions divided up without overlap (below 0: all ask the same)"
        case .intent: "prompts that ask for reasoning to be laid open, or for grading"
        }
    }

    /// What a family says where all accounts are one organisation's.
    private static func saysOfOne(_ family: EvidenceFamily) -> String {
        switch family {
        case .provisioning: "accounts first used in the same hours"
        case .rhythm: "equal loads, spread evenly around the clock"
        case .payment: "many payment instruments, each for several accounts"
        case .address: "a pool of addresses that accounts take turns at"
        case .client: "many client programs, each for several accounts"
        case .intent: "prompts that ask for reasoning or grading, which no contract names"
        case .wording, .content: "(says nothing of one organisation)"
        }
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    static func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }

    /// A moment as date and time, UTC.
    static func date(_ time: Int64) -> String {
        let days = Int(time / 86_400_000)
        let minutes = Int(time / 60_000) % 1440
        // Civil date from days since 1970 (proleptic Gregorian calendar).
        let shifted = days + 719_468
        let era = shifted / 146_097
        let ofEra = shifted - era * 146_097
        let year = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * year + year / 4 - year / 100)
        let month = (5 * ofYear + 2) / 153
        let day = ofYear - (153 * month + 2) / 5 + 1
        let number = month < 10 ? month + 3 : month - 9
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return
            "\(year + era * 400 + (number <= 2 ? 1 : 0))-\(two(number))-\(two(day)) \(two(minutes / 60)):\(two(minutes % 60))"
    }

    /// The explanation as one JSON object.
    public var json: String {
        func quoted(_ text: String) -> String { Verdict.quoted(text) }
        let evidence = contributions.map { "\(quoted($0.family.rawValue)):\(Self.decimal($0.value))" }
        let shared = ties.map {
            "{\"kind\":\(quoted($0.kind)),\"name\":\(quoted($0.name)),\"members\":\($0.members),\"others\":\($0.others)}"
        }
        return "{\"name\":\(quoted(name)),\"accounts\":[\(accounts.map(quoted).joined(separator: ","))],"
            + "\"organisations\":\(organisations),\"exchanges\":\(exchanges),\"first_ms\":\(first),\"last_ms\":\(last),"
            + "\"score\":\(Self.decimal(score)),\"evidence\":{\(evidence.joined(separator: ","))},"
            + "\"families\":[\(families.map(\.rawValue).sorted().map(quoted).joined(separator: ","))],"
            + "\"ties\":[\(shared.joined(separator: ","))],\"timeline\":[\(timeline.map(String.init).joined(separator: ","))]}"
    }

    /// A picture of who shares what: accounts on a ring, what they share inside it.
    public var svg: String {
        let shownAccounts = min(90, accounts.count)
        let shownTies = Array(ties.filter { $0.users.contains { $0 < shownAccounts } }.prefix(16))
        func point(_ index: Int, _ count: Int, _ radius: Double) -> (x: Double, y: Double) {
            let angle = 2 * Double.pi * Double(index) / Double(max(1, count))
            return (400 + radius * Self.sine(angle + Double.pi / 2), 430 + radius * Self.sine(angle))
        }
        var lines: [String] = []
        var marks: [String] = []
        for (index, tie) in shownTies.enumerated() {
            let centre = point(index, shownTies.count, 190)
            let colour = Self.colours[tie.kind] ?? "#666"
            for user in tie.users where user < shownAccounts {
                let end = point(user, shownAccounts, 340)
                lines.append(
                    "<line x1=\"\(Self.decimal(centre.x))\" y1=\"\(Self.decimal(centre.y))\" x2=\"\(Self.decimal(end.x))\" y2=\"\(Self.decimal(end.y))\" stroke=\"\(colour)\" stroke-opacity=\"0.35\"/>"
                )
            }
            marks.append(
                "<rect x=\"\(Self.decimal(centre.x - 6))\" y=\"\(Self.decimal(centre.y - 6))\" width=\"12\" height=\"12\" fill=\"\(colour)\"><title>\(tie.kind) \(tie.name): \(tie.members) members, \(tie.others) others</title></rect>"
            )
        }
        for index in 0..<shownAccounts {
            let at = point(index, shownAccounts, 340)
            marks.append(
                "<circle cx=\"\(Self.decimal(at.x))\" cy=\"\(Self.decimal(at.y))\" r=\"4\" fill=\"#333\"><title>\(Self.escaped(accounts[index]))</title></circle>"
            )
        }
        let legend = Self.colours.sorted { $0.key < $1.key }.enumerated().map { index, entry in
            "<text x=\"\(20 + index * 125)\" y=\"845\" fill=\"\(entry.value)\">■ \(entry.key)</text>"
        }
        let title = "\(name): \(accounts.count) accounts of \(organisations) organisations"
        return
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 800 860\" font-family=\"sans-serif\" font-size=\"15\" role=\"img\">"
            + "<title>\(title)</title><rect width=\"800\" height=\"860\" fill=\"#fff\"/>"
            + "<text x=\"20\" y=\"30\" font-size=\"18\">\(title)\(shownAccounts < accounts.count ? " (the first \(shownAccounts) shown)" : "")</text>"
            + lines.joined() + marks.joined() + legend.joined() + "</svg>\n"
    }

    private static let colours = [
        "payment": "#b5332e", "address": "#2364aa", "neighbourhood": "#5fa8d3", "network": "#8d99ae",
        "client": "#3f7d20",
        "system": "#c77d0a",
    ]

    private static func escaped(_ text: String) -> String {
        String(text.flatMap { $0 == "&" ? "&amp;" : $0 == "<" ? "&lt;" : $0 == ">" ? "&gt;" : String($0) })
    }

    /// The sine, by its series: a picture needs no more digits.
    private static func sine(_ angle: Double) -> Double {
        var x = angle.remainder(dividingBy: 2 * Double.pi)
        if x > Double.pi / 2 { x = Double.pi - x }
        if x < -Double.pi / 2 { x = -Double.pi - x }
        let square = x * x
        return x * (1 - square / 6 * (1 - square / 20 * (1 - square / 42 * (1 - square / 72))))
    }
}
