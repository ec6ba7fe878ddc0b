/// Finds a field's meaning by its name: a small hash table, built once.
struct FieldTable<Field: Sendable>: Sendable {
    private struct Slot: Sendable {
        var hash: UInt32
        var name: StaticString
        var field: Field
    }

    private let slots: [Slot?]

    init(_ names: [(StaticString, Field)]) {
        var size = 16
        while size < names.count * 3 { size *= 2 }
        var slots = [Slot?](repeating: nil, count: size)
        for (name, field) in names {
            let bytes = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            let hash = JSONText.hash(bytes)
            var index = Int(hash) & (size - 1)
            while slots[index] != nil { index = (index + 1) & (size - 1) }
            slots[index] = Slot(hash: hash, name: name, field: field)
        }
        self.slots = slots
    }

    /// The meaning of a key, spelled exactly.
    @inline(__always)
    func field(of key: Int, in view: JSONView) -> Field? {
        field(view.tokens[key].link) { view.spells(key, $0) }
    }

    func field(_ hash: UInt32, _ matches: (StaticString) -> Bool) -> Field? {
        var index = Int(hash) & (slots.count - 1)
        while let slot = slots[index] {
            if slot.hash == hash, matches(slot.name) { return slot.field }
            index = (index + 1) & (slots.count - 1)
        }
        return nil
    }

    /// The name that a key would be if case did not count.
    ///
    /// Some servers read keys so, and fold the long s (U+017F) and the Kelvin sign (U+212A) too.
    func nameIgnoringCase(of key: Int, in view: JSONView) -> String? {
        var folded: [UInt8] = []
        for scalar in view.string(key).unicodeScalars.prefix(64) {
            switch scalar {
            case "\u{17F}": folded.append(UInt8(ascii: "s"))
            case "\u{212A}": folded.append(UInt8(ascii: "k"))
            case "A"..."Z": folded.append(UInt8(truncatingIfNeeded: scalar.value | 0x20))
            default: folded.append(contentsOf: Array(String(scalar).utf8))
            }
        }
        let name = String(decoding: folded, as: UTF8.self)
        let hash = folded.withUnsafeBytes { JSONText.hash($0) }
        return field(hash) { $0.description == name } == nil ? nil : name
    }
}
