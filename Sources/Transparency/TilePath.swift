/// The name of one static file of a log: a tile of hashes or a bundle of entries (c2sp.org/tlog-tiles).
public struct TilePath: Sendable, Hashable, CustomStringConvertible {
    /// What the file holds.
    public enum Content: Sendable, Hashable {
        /// Hashes of a level; level 0 are leaf hashes, each higher one covers 256 times as many leaves.
        case hashes(level: UInt8)
        /// Entries.
        case entries
    }

    /// The number of hashes or entries in a full file.
    public static let fullWidth: UInt64 = 256
    /// The highest level that a tree of 64 bits can have.
    public static let highestLevel: UInt8 = 7

    /// What the file holds.
    public let content: Content
    /// The number of the tile among those of its level.
    public let index: UInt64
    /// The number of hashes or entries, 1...256.
    public let width: Int

    /// Names a file; `nil` for a level over 7, a width out of 1...256 or an index that no tree can have.
    public init?(_ content: Content, index: UInt64, width: Int = 256) {
        guard width >= 1, width <= 256, index < 1 << 56 else { return nil }
        if case .hashes(let level) = content, level > Self.highestLevel { return nil }
        self.content = content
        self.index = index
        self.width = width
    }

    /// Whether the file has fewer than 256 hashes or entries.
    public var isPartial: Bool { width < 256 }

    /// The path below the log's prefix, such as `tile/1/x001/x234/067` or `tile/entries/000.p/5`.
    public var description: String {
        let folder =
            switch content {
            case .hashes(let level): "tile/\(level)/"
            case .entries: "tile/entries/"
            }
        return folder + Self.number(index) + (isPartial ? ".p/\(width)" : "")
    }

    /// The path of the full file in place of this partial one.
    public var full: TilePath { TilePath(unchecked: content, index) }

    private init(unchecked content: Content, _ index: UInt64) {
        self.content = content
        self.index = index
        width = 256
    }

    private static func number(_ index: UInt64) -> String {
        var rest = index
        var out = ""
        repeat {
            let digits = String(rest % 1000)
            let group = String(repeating: "0", count: 3 - digits.count) + digits
            out = out.isEmpty ? group : "x" + group + "/" + out
            rest /= 1000
        } while rest > 0
        // All groups but the last carry an x, the first one too when there are several.
        return out
    }

    /// Reads a path; `nil` unless it is exactly what `description` writes, so no `..`, no doubled slash, no other digits.
    public init?(_ path: some StringProtocol) {
        guard path.utf8.count <= 80 else { return nil }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0] == "tile" else { return nil }
        let content: Content
        if parts[1] == "entries" {
            content = .entries
        } else {
            guard let level = UInt8(parts[1]) else { return nil }
            content = .hashes(level: level)
        }
        var index: UInt64 = 0
        var width = 256
        var groups = parts.dropFirst(2)
        if let before = groups.dropLast().last, before.hasSuffix(".p"), let last = groups.last {
            guard let given = Int(last), given < 256 else { return nil }
            width = given
            groups = groups.dropLast()
        }
        for group in groups {
            let digits = group.hasPrefix("x") ? group.dropFirst() : group.prefix(3)
            guard let value = UInt64(digits), digits.utf8.count == 3 else { return nil }
            let (product, overflow) = index.multipliedReportingOverflow(by: 1000)
            guard !overflow, product <= UInt64.max - value else { return nil }
            index = product + value
        }
        self.init(content, index: index, width: width)
        guard description == path else { return nil }
    }
}

extension TilePath {
    /// All files of a tree: its tiles by level, then its entry bundles.
    public static func all(of size: UInt64) -> [TilePath] {
        var paths: [TilePath] = []
        for level in 0...highestLevel {
            let hashes = size >> (8 * UInt64(level))
            guard hashes > 0 else { break }
            paths += files(.hashes(level: level), hashes)
        }
        return paths + files(.entries, size)
    }

    private static func files(_ content: Content, _ count: UInt64) -> [TilePath] {
        var paths = (0..<count / fullWidth).compactMap { TilePath(content, index: $0) }
        if let rest = TilePath(content, index: count / fullWidth, width: Int(count % fullWidth)) { paths.append(rest) }
        return paths
    }

    /// The file that holds the hash of a level and index in a tree, and its place in it; `nil` when the tree has none.
    public static func holding(level: UInt8, index: UInt64, in size: UInt64) -> (path: TilePath, position: Int)? {
        guard level <= highestLevel else { return nil }
        return locate(.hashes(level: level), index, of: size >> (8 * UInt64(level)))
    }

    /// The bundle that holds an entry of a tree, and its place in it; `nil` when the tree has none.
    public static func holding(entry index: UInt64, in size: UInt64) -> (path: TilePath, position: Int)? {
        locate(.entries, index, of: size)
    }

    private static func locate(
        _ content: Content, _ index: UInt64, of count: UInt64
    ) -> (path: TilePath, position: Int)? {
        guard index < count else { return nil }
        let width = min(fullWidth, count - index / fullWidth * fullWidth)
        guard let path = TilePath(content, index: index / fullWidth, width: Int(width)) else { return nil }
        return (path, Int(index % fullWidth))
    }
}
