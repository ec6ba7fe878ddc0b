import Foundation

/// Reads a JSON body into what a call needs, and says which field is wrong.
enum AdminBody {
    /// Why a body was refused.
    struct Fault: Error {
        var field: String?
        var message: String
    }

    /// - Parameter known: The fields that the body may have; `limits.` stands before those of its limits.
    static func decode<Body: Decodable>(_ type: Body.Type, from data: Data, known: Set<String>) throws(Fault) -> Body {
        do {
            let fields = try JSONDecoder().decode(Shape.self, from: data)
            if let stranger = fields.names.first(where: { !known.contains($0) }) {
                throw Fault(field: printable(stranger), message: "is not known here")
            }
            return try JSONDecoder().decode(type, from: data)
        } catch let fault as Fault {
            throw fault
        } catch let error as DecodingError {
            throw fault(error)
        } catch {
            throw Fault(field: nil, message: "the body is no JSON object")
        }
    }

    private static func fault(_ error: DecodingError) -> Fault {
        switch error {
        case .keyNotFound(let key, let context):
            Fault(field: path(context.codingPath + [key]), message: "is missing")
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            Fault(field: path(context.codingPath), message: "must be \(name(of: type))")
        case .dataCorrupted(let context):
            Fault(field: path(context.codingPath), message: "the body is no valid JSON")
        @unknown default:
            Fault(field: nil, message: "the body is no JSON object")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String? {
        keys.isEmpty
            ? nil : printable(keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: "."))
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Int.Type, is Int64.Type: "a whole number"
        case is any Collection.Type: "a list of strings"
        default: "an object"
        }
    }

    /// A field's name as the client wrote it, short and without anything a terminal would obey.
    private static func printable(_ name: String) -> String {
        String(
            name.unicodeScalars.prefix(60).map { $0.isASCII && $0.value >= 32 && $0.value < 127 ? Character($0) : "?" })
    }

    /// The names of an object's fields, and of those of `limits` in it.
    private struct Shape: Decodable {
        var names: [String] = []

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Name.self)
            names = fields.allKeys.map(\.stringValue)
            guard let limits = Name(stringValue: "limits"), fields.contains(limits) else { return }
            if let inner = try? fields.nestedContainer(keyedBy: Name.self, forKey: limits) {
                names += inner.allKeys.map { "limits.\($0.stringValue)" }
            }
        }
    }

    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
