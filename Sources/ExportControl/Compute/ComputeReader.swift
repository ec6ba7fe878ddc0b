/// Reads customers and orders from JSON lines.
public enum ComputeReader {
    /// Why a line is none.
    public struct Problem: Error, CustomStringConvertible {
        /// The field.
        public let field: String
        /// What is wrong, and the way out.
        public let message: String
        /// Both, in one line.
        public var description: String { "\(field): \(message)" }
    }

    private static func object(_ line: [UInt8]) throws(Problem) -> ExactJSON {
        do throws(ExactJSON.Problem) {
            let value = try ExactJSON(line)
            if case .object = value { return value }
        } catch {
            throw Problem(field: "line", message: "no JSON (\(error))")
        }
        throw Problem(field: "line", message: "no JSON object")
    }

    private static func text(_ value: ExactJSON, _ field: String) throws(Problem) -> String {
        guard let text = value[field]?.text, !text.isEmpty else {
            throw Problem(field: field, message: "a text is needed")
        }
        return text
    }

    private static func texts(_ value: ExactJSON, _ field: String) throws(Problem) -> [String] {
        switch value[field] {
        case nil, .null?: return []
        case .string(let text)?: return [text]
        case .array(let values)?:
            let texts = values.compactMap(\.text)
            guard texts.count == values.count else { throw Problem(field: field, message: "texts are needed") }
            return texts
        default: throw Problem(field: field, message: "a text or a list of texts is needed")
        }
    }

    private static func place(_ code: String, _ field: String) throws(Problem) -> Place {
        guard let place = Place(code) else {
            throw Problem(field: field, message: "'\(code.prefix(20))' is no ISO 3166 code (CN)")
        }
        return place
    }

    private static func day(_ text: String, _ field: String) throws(Problem) -> CalendarDay {
        guard let day = CalendarDay(text) else {
            throw Problem(field: field, message: "'\(text.prefix(20))' is no day (2026-01-31)")
        }
        return day
    }

    /// `{id, name, hq, role, owners, addresses, address_kind, payments, payment_countries, devices, usage,
    /// first_advanced_purchase, facts: {has_public_presence, …}}`; all but `id` may be left out.
    public static func customer(_ line: [UInt8]) throws(Problem) -> ComputeCustomer {
        let value = try object(line)
        let id = try text(value, "id")
        var customer = ComputeCustomer(id: id, name: value["name"]?.text ?? id)
        if let code = value["hq"]?.text { customer.headquarters = try place(code, "hq") }
        customer.role = value["role"]?.text
        customer.addressKind = value["address_kind"]?.text
        customer.owners = try texts(value, "owners")
        customer.addresses = try texts(value, "addresses")
        customer.payments = try texts(value, "payments")
        for code in try texts(value, "payment_countries") {
            customer.paymentCountries.append(try place(code, "payment_countries"))
        }
        customer.devices = try texts(value, "devices")
        customer.usage = try texts(value, "usage")
        if let first = value["first_advanced_purchase"]?.text {
            customer.firstAdvancedPurchase = try day(first, "first_advanced_purchase")
        }
        if case .object(let facts)? = value["facts"] {
            for (name, fact) in facts {
                switch fact {
                case .bool(let isSo): customer.facts[name] = isSo
                case .null: break
                default: throw Problem(field: "facts.\(name)", message: "true, false or null is needed")
                }
            }
        }
        return customer
    }

    /// `{customer, date, tpp, quantity, destination, declared_as, rerouted}`: `tpp` is that of one piece.
    public static func order(_ line: [UInt8]) throws(Problem) -> ComputeOrder {
        let value = try object(line)
        func number(_ field: String) throws(Problem) -> Quantity? {
            switch value[field] {
            case nil, .null?: return nil
            case .number(let digits)?, .string(let digits)?:
                if let bounds = try? Bounds(cell: digits), let upper = bounds.upper { return upper }
                throw Problem(field: field, message: "'\(digits.prefix(20))' is no number")
            default: throw Problem(field: field, message: "a number is needed")
            }
        }
        guard let each = try number("tpp") else { throw Problem(field: "tpp", message: "a number is needed") }
        var pieces: Int64 = 1
        if let quantity = try number("quantity") {
            guard quantity.millionths % 1_000_000 == 0 else {
                throw Problem(field: "quantity", message: "a whole number is needed")
            }
            pieces = quantity.millionths / 1_000_000
        }
        var order = ComputeOrder(
            customer: try text(value, "customer"), day: try day(try text(value, "date"), "date"),
            performance: each.times(pieces), destination: try place(try text(value, "destination"), "destination"))
        order.declaredAs = value["declared_as"]?.text
        if case .bool(let isRerouted)? = value["rerouted"] { order.isRerouted = isRerouted }
        return order
    }
}
