import Distillation
import Foundation

/// What the watch knows, in files: a base, and a small file for each interval since, so that little is written often.
///
/// A base holds everything up to and with the number in its name; what came after it is merged. Each file is written beside its
/// name and then renamed, so that a file is whole or not there.
struct TrafficFiles {
    private let folder: String
    /// The number of the last interval.
    private var number = 0
    private var baseBytes = 0
    private var restBytes = 0
    private var rest = 0
    /// Whether something could not be written, so that the files lack it.
    private var isIncomplete = false

    init(folder: String) { self.folder = folder }

    /// Reads everything that is there.
    ///
    /// - Returns: What is wrong with files that were left out; they are set aside under another name.
    mutating func load(into traffic: inout TrafficSketch) throws -> [String] {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let bases = names.compactMap { Self.number(of: $0, "base") }.sorted()
        let intervals = names.compactMap { Self.number(of: $0, "interval") }.sorted()
        var problems: [String] = []
        var from = 0
        for base in bases.reversed() where from == 0 {
            guard let size = merge("base", base, into: &traffic, &problems) else { continue }
            (from, baseBytes) = (base, size)
        }
        for interval in intervals where interval > from {
            guard let size = merge("interval", interval, into: &traffic, &problems) else { continue }
            restBytes += size
            rest += 1
        }
        number = max(bases.last ?? 0, intervals.last ?? 0)
        return problems
    }

    /// Writes what has come since the last time.
    mutating func append(_ interval: TrafficSketch) throws {
        number += 1
        let bytes = interval.bytes()
        isIncomplete = true
        try write(bytes, "interval", number)
        isIncomplete = false
        restBytes += bytes.count
        rest += 1
    }

    /// Whether the intervals have become so many that a new base is worth its writing.
    var wantsBase: Bool { isIncomplete || rest >= 240 || restBytes > baseBytes + (1 << 20) }

    /// Writes everything, and removes what it replaces.
    mutating func replace(with whole: TrafficSketch) throws {
        number += 1
        let bytes = whole.bytes()
        isIncomplete = true
        try write(bytes, "base", number)
        isIncomplete = false
        (baseBytes, restBytes, rest) = (bytes.count, 0, 0)
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            let old = Self.number(of: name, "base") ?? Self.number(of: name, "interval")
            if let old, old < number { try? FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
        }
    }

    private func write(_ bytes: [UInt8], _ kind: String, _ number: Int) throws {
        let path = path(kind, number)
        try Data(bytes).write(to: URL(fileURLWithPath: path + ".part"))
        guard rename(path + ".part", path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    /// Merges one file; its size, nil if it cannot be read.
    private func merge(
        _ kind: String, _ number: Int, into traffic: inout TrafficSketch, _ problems: inout [String]
    ) -> Int? {
        let path = path(kind, number)
        guard let data = FileManager.default.contents(atPath: path) else {
            problems.append("\(path) cannot be read")
            return nil
        }
        // What is damaged must not be joined in part.
        var joined = traffic
        do throws(SketchError) {
            try joined.merge(bytes: Array(data))
        } catch {
            problems.append("\(path): \(error)")
            _ = rename(path, path + ".damaged")
            return nil
        }
        traffic = joined
        return data.count
    }

    private func path(_ kind: String, _ number: Int) -> String {
        let digits = String(number)
        return "\(folder)/\(kind)-\(String(repeating: "0", count: max(0, 10 - digits.count)))\(digits).sketch"
    }

    private static func number(of name: String, _ kind: String) -> Int? {
        guard name.hasPrefix(kind + "-"), name.hasSuffix(".sketch") else { return nil }
        return Int(name.dropFirst(kind.count + 1).dropLast(7))
    }
}
