internal import NIOCore

/// Renders where a token stands, as in `messages[2].content[0].text`.
extension JSONView {
    /// The path from the root to a token; of a key, the path of its value.
    func path(to target: Int) -> String {
        var path = ""
        var index = 0
        while index < target, kind(index) == .object || kind(index) == .array {
            guard let child = step(from: index, towards: target, &path) else { break }
            index = child
        }
        return path
    }

    /// Goes down to the child that holds the target and adds its name or number to the path.
    private func step(from container: Int, towards target: Int, _ path: inout String) -> Int? {
        let isObject = kind(container) == .object
        let end = next(container)
        var number = 0
        var index = container + 1
        while index < end {
            let value = isObject ? index + 1 : index
            if target < next(value) {
                path += isObject ? (path.isEmpty ? "" : ".") + shortName(index) : "[\(number)]"
                return value
            }
            index = next(value)
            number += 1
        }
        return nil
    }

    /// A key as it may stand in a message: cut where it is long.
    func shortName(_ key: Int) -> String {
        let name = string(key)
        guard name.utf8.count > 64 else { return name }
        return String(name.prefix(48)) + "…"
    }
}
