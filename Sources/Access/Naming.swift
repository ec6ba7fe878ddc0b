import Store

/// What names may be: any script, but nothing that a screen or a log would show as something else.
enum Naming {
    static let longest = 100

    /// Checks the name of an organisation, account or key.
    ///
    /// - Throws: `AccessError.invalid`, which names the place and the code point, and never repeats the name.
    static func check(_ name: String, field: String) throws(AccessError) {
        let count = name.unicodeScalars.count
        guard count > 0 else { throw .invalid(field: field, message: "is empty; give it 1 to \(longest) characters") }
        guard count <= longest else {
            throw .invalid(field: field, message: "has \(count) characters; at most \(longest) are allowed")
        }
        try checkScalars(name, field: field)
        guard name.first?.isWhitespace == false, name.last?.isWhitespace == false else {
            throw .invalid(field: field, message: "begins or ends with a space")
        }
        for prefix in ["org_", "acc_", "key_"] where name.hasPrefix(prefix) {
            throw .invalid(field: field, message: "begins with \(prefix), which is kept for identifiers")
        }
    }

    /// Checks a free text for people, such as the reason of a suspension.
    static func check(reason: String, field: String) throws(AccessError) {
        guard (1...300).contains(reason.unicodeScalars.count) else {
            throw .invalid(field: field, message: "must have 1 to 300 characters")
        }
        try checkScalars(reason, field: field)
    }

    /// Checks a list of models or routes; `nil` permits all.
    static func check(scope: [String]?, field: String) throws(AccessError) {
        guard let scope else { return }
        guard (1...100).contains(scope.count) else {
            throw .invalid(field: field, message: "must name 1 to 100 entries; leave it out to permit all")
        }
        for name in scope {
            guard (1...200).contains(name.unicodeScalars.count) else {
                throw .invalid(field: field, message: "has an entry that is empty or longer than 200 characters")
            }
            try checkScalars(name, field: field)
            guard !name.contains(where: \.isWhitespace), !name.dropLast().contains("*") else {
                throw .invalid(
                    field: field, message: "has an entry with a space, or with a * that is not its last character")
            }
        }
    }

    /// Checks a list of routes against those that there are; `nil` permits all.
    static func check(routes: [String]?) throws(AccessError) {
        try check(scope: routes, field: "routes")
        for name in routes ?? [] {
            let isKnown =
                name.hasSuffix("*")
                ? ScopedRoute.all.contains { $0.hasPrefix(name.dropLast()) } : ScopedRoute.all.contains(name)
            guard !isKnown else { continue }
            throw .invalid(
                field: "routes",
                message: "there is no '\(name.prefix(60))'; there are: \(ScopedRoute.all.joined(separator: ", "))")
        }
    }

    private static func checkScalars(_ text: String, field: String) throws(AccessError) {
        for (place, scalar) in text.unicodeScalars.enumerated() {
            guard let kind = objection(to: scalar) else { continue }
            let code = String(scalar.value, radix: 16, uppercase: true)
            let padded = String(repeating: "0", count: max(0, 4 - code.count)) + code
            throw .invalid(
                field: field, message: "has \(kind) (U+\(padded)) at character \(place + 1); leave it out")
        }
    }

    private static func objection(to scalar: Unicode.Scalar) -> String? {
        // Persian and the scripts of India need the two joiners.
        if scalar.value == 0x200c || scalar.value == 0x200d { return nil }
        return switch scalar.properties.generalCategory {
        case .control: "a control character"
        case .format: "an invisible formatting character"
        case .lineSeparator, .paragraphSeparator: "a line break"
        case .privateUse, .surrogate, .unassigned: "a character without a meaning"
        default: nil
        }
    }
}

extension Limits {
    func check() throws(AccessError) {
        try Self.check(requestsPerMinute, "requests_per_minute", 1_000_000_000)
        try Self.check(tokensPerMinute, "tokens_per_minute", 1_000_000_000_000)
        try Self.check(concurrency, "concurrency", 1_000_000_000)
    }

    private static func check(_ value: Int?, _ field: String, _ most: Int) throws(AccessError) {
        guard let value else { return }
        guard (1...most).contains(value) else {
            throw .invalid(field: field, message: "must be 1 to \(most); leave it out for no limit")
        }
    }
}
