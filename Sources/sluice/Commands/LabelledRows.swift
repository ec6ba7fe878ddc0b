import Foundation
import Safeguards

/// Reads labelled prompts: JSON lines with `text`, `label`, `category`, `source`, `lang` and `licence`.
enum LabelledRows {
    /// The rows of the files in a folder whose licence allows weights to be shipped.
    static func read(_ folder: String, _ names: [String]) throws -> [LabelledText] {
        var rows: [LabelledText] = []
        for name in names {
            let path = folder + "/" + name
            guard let data = FileManager.default.contents(atPath: path) else {
                throw CommandProblem("cannot read '\(path)'; name the folder with --data")
            }
            for (index, line) in data.split(separator: 0x0A).enumerated() {
                do {
                    if let row = try row(line) { rows.append(row) }
                } catch {
                    throw CommandProblem("\(path):\(index + 1): not a labelled prompt (\(error))")
                }
            }
        }
        return rows
    }

    private static func row(_ line: Data) throws -> LabelledText? {
        let fields = try JSONSerialization.jsonObject(with: line) as? [String: Any] ?? [:]
        guard let text = fields["text"] as? String, let label = fields["label"] as? String,
            let kind = LabelledText.Kind(rawValue: label), let source = fields["source"] as? String
        else { throw CommandProblem("a field is missing") }
        guard (fields["licence"] as? String)?.contains("NC") != true else { return nil }
        var labels: Set<HarmLabel> = []
        if kind == .harmful {
            labels = [.harmful]
            switch fields["category"] as? String {
            case "cbrn": labels.formUnion([.chemical, .biological, .nuclearRadiological])
            case "jailbreak_wrapper": labels.insert(.wrapper)
            case let name: labels.insert(HarmLabel.decisive.first { $0.category == name } ?? .otherHarm)
            }
        }
        return LabelledText(
            text: Array(text.utf8), labels: labels, kind: kind, source: source,
            language: fields["lang"] as? String ?? "und", id: fields["id"] as? String ?? "")
    }
}
