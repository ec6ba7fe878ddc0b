#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An encoder's file, mapped read-only: its pages are shared by all processes that have it open.
///
/// The file, little-endian: `SLUICEE1`, version 1, number of sections; for each section its name (16 bytes), offset and
/// length; then the sections, each at a multiple of 64 bytes.
public final class EncoderFile: @unchecked Sendable {
    // Safe to share: mapped read-only and private, unmapped when nobody refers to it any more.
    /// Where the file came from.
    public let path: String
    /// Every byte of the file.
    public let bytes: UnsafeRawBufferPointer
    private let sections: [String: Range<Int>]

    private static let magic = Array("SLUICEE1".utf8)

    /// Maps a file and reads its list of sections.
    ///
    /// - Throws: `EncoderError.unreadable`, `.notAnEncoder`, or `.badSection` for one that reaches out of the file.
    public init(path: String) throws(EncoderError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: Self.reason()) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, reason: Self.reason()) }
        let size = Int(status.st_size)
        guard size >= 64 else { throw .notAnEncoder(path: path) }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw .unreadable(path: path, reason: Self.reason())
        }
        let bytes = UnsafeRawBufferPointer(start: start, count: size)
        do {
            sections = try Self.sections(bytes, path)
        } catch {
            munmap(start, size)
            throw error
        }
        (self.path, self.bytes) = (path, bytes)
    }

    deinit {
        if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    }

    /// Whether the file has a section of this name.
    func has(_ name: String) -> Bool { sections[name] != nil }

    /// The start of a section of exactly `count` elements.
    func section<Element: BitwiseCopyable>(_ name: String, _: Element.Type, count: Int) throws(EncoderError)
        -> UnsafePointer<Element>
    {
        let found = try section(name, Element.self)
        guard found.count == count, let start = found.baseAddress else { throw .badSection(name, path: path) }
        return start
    }

    /// A section, whatever its length.
    func section<Element: BitwiseCopyable>(_ name: String, _: Element.Type) throws(EncoderError)
        -> UnsafeBufferPointer<Element>
    {
        guard let range = sections[name], range.count % MemoryLayout<Element>.stride == 0, !range.isEmpty else {
            throw .badSection(name, path: path)
        }
        return UnsafeRawBufferPointer(rebasing: bytes[range]).bindMemory(to: Element.self)
    }

    private static func sections(_ bytes: UnsafeRawBufferPointer, _ path: String) throws(EncoderError)
        -> [String: Range<Int>]
    {
        func field<Value: FixedWidthInteger>(_ offset: Int, _: Value.Type) -> Value {
            Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
        }
        let count = Int(field(12, UInt32.self))
        guard bytes.prefix(8).elementsEqual(magic), field(8, UInt32.self) == 1, count <= 256,
            16 + 32 * count <= bytes.count
        else { throw .notAnEncoder(path: path) }
        var sections: [String: Range<Int>] = [:]
        for entry in 0..<count {
            let at = 16 + 32 * entry
            let name = String(decoding: bytes[at..<at + 16].prefix { $0 != 0 }, as: UTF8.self)
            let (start, length) = (field(at + 16, UInt64.self), field(at + 24, UInt64.self))
            guard start % 64 == 0, start <= UInt64(bytes.count), length <= UInt64(bytes.count) - start else {
                throw .badSection(name, path: path)
            }
            sections[name] = Int(start)..<Int(start + length)
        }
        return sections
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
