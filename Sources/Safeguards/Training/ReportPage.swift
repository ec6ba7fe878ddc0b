/// A page of figures and tables that needs nothing beside it.
public struct ReportPage: Sendable {
    private var body = ""
    private let title: String

    /// An empty page.
    public init(title: String) { self.title = title }

    /// The whole document.
    public var html: String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(Self.escaped(title))</title><style>\(Self.style)</style></head>
        <body><main><h1>\(Self.escaped(title))</h1>
        \(body)</main></body></html>

        """
    }

    /// A heading above several sections.
    public mutating func chapter(_ heading: String) {
        body += "<h2 class=\"chapter\" id=\"\(Self.mark(heading))\">\(Self.escaped(heading))</h2>\n"
    }

    /// Links to the chapters of the page.
    public mutating func contents(_ headings: [String]) {
        let links = headings.map { "<a href=\"#\(Self.mark($0))\">\(Self.escaped($0))</a>" }
        body += "<nav>\(links.joined(separator: " · "))</nav>\n"
    }

    /// What a chapter is called in links.
    private static func mark(_ heading: String) -> String {
        String(heading.unicodeScalars.filter { $0.isASCII && $0.properties.isAlphabetic }.map(Character.init))
    }

    /// A heading with a sentence under it.
    public mutating func section(_ heading: String, _ sentence: String = "") {
        body += "<h2>\(Self.escaped(heading))</h2>\n"
        paragraph(sentence)
    }

    /// A paragraph; nothing for an empty text.
    public mutating func paragraph(_ text: String) {
        if !text.isEmpty { body += "<p>\(Self.escaped(text))</p>\n" }
    }

    /// What stands in a cell.
    public enum Cell: Sendable {
        /// Words.
        case text(String)
        /// A number that stands to the right.
        case number(String)
        /// A share, 0…1, with a bar; with the ends of its interval if they are known.
        case share(Double, ClosedRange<Double>?)
    }

    /// A table; scrolls sideways on a narrow screen.
    public mutating func table(_ heads: [String], _ rows: [[Cell]]) {
        guard !rows.isEmpty else { return paragraph("Nothing to show.") }
        body += "<div class=\"wide\"><table><thead><tr>"
        body += heads.map { "<th scope=\"col\">\(Self.escaped($0))</th>" }.joined() + "</tr></thead><tbody>\n"
        for row in rows { body += "<tr>" + row.map(Self.html).joined() + "</tr>\n" }
        body += "</tbody></table></div>\n"
    }

    /// A reliability diagram: what scores say against what texts are.
    public mutating func diagram(_ columns: [EvaluationSet.Column]) {
        func x(_ value: Double) -> String { Self.fixed(40 + 300 * value, 1) }
        func y(_ value: Double) -> String { Self.fixed(320 - 300 * value, 1) }
        body += "<svg viewBox=\"0 0 360 360\" role=\"img\" aria-label=\"Reliability diagram\">\n"
        for tick in 0...5 {
            let value = Double(tick) / 5
            body += "<line class=\"grid\" x1=\"\(x(value))\" x2=\"\(x(value))\" y1=\"\(y(0))\" y2=\"\(y(1))\"/>"
            body += "<line class=\"grid\" x1=\"\(x(0))\" x2=\"\(x(1))\" y1=\"\(y(value))\" y2=\"\(y(value))\"/>"
            body += "<text x=\"\(x(value))\" y=\"336\" text-anchor=\"middle\">\(Self.fixed(value, 1))</text>"
            body += "<text x=\"34\" y=\"\(y(value))\" text-anchor=\"end\" dy=\"4\">\(Self.fixed(value, 1))</text>\n"
        }
        body += "<line class=\"even\" x1=\"\(x(0))\" y1=\"\(y(0))\" x2=\"\(x(1))\" y2=\"\(y(1))\"/>\n"
        for column in columns {
            body += "<circle cx=\"\(x(column.score))\" cy=\"\(y(column.harm))\" r=\"5\"><title>"
            body += "score \(Self.fixed(column.score, 2)), harm \(Self.fixed(column.harm, 2)), \(column.texts) texts"
            body += "</title></circle>\n"
        }
        body += "<text x=\"190\" y=\"354\" text-anchor=\"middle\">score</text>"
        body +=
            "<text x=\"12\" y=\"170\" text-anchor=\"middle\" transform=\"rotate(-90 12 170)\">share of harm</text></svg>\n"
    }

    /// A number with so many places, without regard to the locale.
    static func fixed(_ value: Double, _ places: Int) -> String {
        guard value.isFinite else { return "–" }
        let scale = (0..<places).reduce(1.0) { result, _ in result * 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 1e15 else { return "–" }
        let digits = String(Int(scaled))
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        let sign = value < 0 && scaled > 0 ? "-" : ""
        return sign + padded.dropLast(places) + (places > 0 ? "." + padded.suffix(places) : "")
    }

    /// A share in percent.
    static func percent(_ share: Double) -> String { fixed(share * 100, share < 0.0995 ? 2 : 1) + " %" }

    private static func html(_ cell: Cell) -> String {
        switch cell {
        case .text(let text): return "<td>\(escaped(text))</td>"
        case .number(let text): return "<td class=\"number\">\(escaped(text))</td>"
        case .share(let value, let interval):
            let ends = interval.map { "<small> \(percent($0.lowerBound)) – \(percent($0.upperBound))</small>" } ?? ""
            let width = fixed(max(0, min(1, value)) * 100, 1)
            return
                "<td class=\"share\"><span class=\"bar\" style=\"width:\(width)%\"></span><b>\(percent(value))</b>\(ends)</td>"
        }
    }

    /// Text that no browser takes for markup.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            // Controls and marks that turn the direction of what follows are shown by number.
            case "\u{0}"..<"\u{20}" where scalar != "\n" && scalar != "\t", "\u{7F}"..<"\u{A0}",
                "\u{202A}"..."\u{202E}",
                "\u{2066}"..."\u{2069}", "\u{E0000}"..."\u{E007F}":
                result += "[U+\(String(scalar.value, radix: 16, uppercase: true))]"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static let style = """
        :root{color-scheme:light dark;--ink:#1d2430;--paper:#fff;--soft:#5d6878;--line:#d9dee6;--bar:#9cc3e6;--dot:#0b63b0}
        @media (prefers-color-scheme:dark){:root{--ink:#e6e9ee;--paper:#14181f;--soft:#9aa5b4;--line:#343c48;--bar:#2c5a86;--dot:#6db6f5}}
        body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
        main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 4rem}h1{font-size:1.6rem;margin:0 0 .5rem}
        h2{font-size:1.15rem;margin:2.2rem 0 .3rem}.chapter{font-size:1.4rem;margin-top:3rem;border-top:2px solid var(--line);padding-top:1rem}
        a{color:var(--dot)}p{margin:.3rem 0;max-width:46rem;color:var(--soft)}
        .wide{overflow-x:auto}table{border-collapse:collapse;margin:.6rem 0;min-width:24rem}
        th,td{text-align:left;padding:.25rem .7rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}
        th{font-weight:600;color:var(--soft);font-size:.85rem}.number{text-align:right;font-variant-numeric:tabular-nums}
        .share{position:relative;min-width:15rem;font-variant-numeric:tabular-nums}.share b,.share small{position:relative;font-weight:500}
        .share small{color:var(--soft)}.bar{position:absolute;left:0;bottom:1px;height:3px;background:var(--bar)}
        svg{width:22rem;max-width:100%}svg text{fill:var(--soft);font-size:11px}.grid{stroke:var(--line)}.even{stroke:var(--soft);stroke-dasharray:4 4}
        circle{fill:var(--dot)}
        """
}
