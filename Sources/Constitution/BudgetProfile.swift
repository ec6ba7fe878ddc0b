/// A way of setting the budgets of a constitution: how much error each kind of harm is worth to whom.
public enum BudgetProfile: String, Sendable, CaseIterable {
    /// For open chat: mass harm, arms and cyber at 5 in 10,000 requests, everything else at 1 in 1,000.
    case open
    /// For deployments that would rather refuse too much: every category at 1 in 100.
    case strict
    /// For vetted laboratories of the life sciences: biology and chemistry at 2 in 10,000; the rest as it was.
    case vettedBiology = "vetted-biology"
    /// For those who test and defend systems: cyber at 2 in 10,000; the rest as it was.
    case vettedSecurity = "vetted-security"

    /// The budgets of a category under this profile; nil where they stay.
    public func budgets(of category: String) -> (requests: Double, answers: Double)? {
        switch self {
        case .strict: return (0.01, 0.0025)
        case .open where category == "biological": return (0.0002, 0.0001)
        case .open where category == "dual_use_biology": return (0.0005, 0.0002)
        case .open:
            let isGrave = ["chemical", "biological", "nuclear_radiological", "conventional_weapons_military", "cyber"]
            return isGrave.contains(category) ? (0.0005, 0.0002) : (0.001, 0.0005)
        case .vettedBiology: return Self.sciences.contains(category) ? (0.0002, 0.0001) : nil
        case .vettedSecurity: return category == "cyber" ? (0.0002, 0.0001) : nil
        }
    }

    private static let sciences = ["biological", "dual_use_biology", "chemical"]

    /// A document with the profile's budgets and the next version, the rest byte for byte.
    ///
    /// It has to be signed anew. Budgets are found where the shipped document has them: one line in each category.
    public func applied(to document: String) -> String {
        var category: String?
        var lines: [Substring] = document.split(separator: "\n", omittingEmptySubsequences: false)
        var isInCategories = false
        for index in lines.indices {
            let line = lines[index]
            if line.first.map({ $0 != " " && $0 != "#" && $0 != "\r" }) == true {
                isInCategories = line.hasPrefix("categories:")
                if line.hasPrefix("version:"), let number = Int(Self.value(line)) {
                    lines[index] = "version: \(number + 1)"
                }
            }
            guard isInCategories else { continue }
            let words = line.drop { $0 == " " }
            if words.hasPrefix("- id:") { category = Self.value(words) }
            if words.hasPrefix("budgets:"), let category, let budgets = budgets(of: category) {
                let indent = line.prefix(line.count - words.count)
                lines[index] =
                    "\(indent)budgets: {requests: \(Self.text(budgets.requests)), answers: \(Self.text(budgets.answers))}"
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func value(_ line: Substring) -> String {
        let value = line.drop { $0 != ":" }.dropFirst().drop { $0 == " " }
        return String(value.prefix { $0 != " " && $0 != "#" && $0 != "\r" })
    }

    /// A budget without an exponent.
    private static func text(_ budget: Double) -> String {
        let tenThousandths = Int((budget * 10_000).rounded())
        let digits = String(tenThousandths)
        return "0." + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
