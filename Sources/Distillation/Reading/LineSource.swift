import CZlib
import Glibc

/// Hands out the lines of a file, plain or gzip, without copying more than it must.
///
/// Reads 256 KiB at a time; several gzip members one after another are one stream. A line may have up to 4 MiB.
public final class LineSource {
    /// The longest line, in bytes.
    public static let longestLine = 1 << 22
    private static let blockSize = 1 << 18

    private let path: String
    private let file: Int32
    private var stream = z_stream()
    private var isGzip = false
    private var isOpen = true
    private var atMemberStart = true
    private var input = [UInt8](repeating: 0, count: LineSource.blockSize)
    private var inputRange = 0..<0
    private var block = [UInt8](repeating: 0, count: LineSource.blockSize)
    private var carry: [UInt8] = []
    /// How many lines were handed out.
    private var line = 0
    /// How many bytes of the file itself have been read, for a progress bar.
    public private(set) var bytesRead = 0
    /// The file's size in bytes; 0 if it is a pipe.
    public let size: Int

    /// Opens a file; `-` is standard input.
    public init(path: String) throws(ReadingError) {
        self.path = path
        file = path == "-" ? 0 : open(path, O_RDONLY)
        guard file >= 0 else { throw .unreadable(path: path) }
        var status = stat()
        size = fstat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0
        try fill()
        isGzip = inputRange.count >= 2 && input[0] == 0x1F && input[1] == 0x8B
        guard isGzip else { return }
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .damagedGzip(path: path)
        }
    }

    deinit {
        if isGzip { inflateEnd(&stream) }
        if file > 0 { close(file) }
    }

    /// Calls `body` for each line that is not empty, with the line's number from 1 and its bytes without the line's end.
    ///
    /// The bytes are valid during the call only. Ends early when `body` returns false.
    public func forEachLine(_ body: (Int, UnsafeRawBufferPointer) -> Bool) throws(ReadingError) {
        while let lines = try next() {
            guard lines.forEach(body) else { return }
        }
    }

    /// The next lines of the file, as a value that another thread may read; nil at the end.
    ///
    /// - Throws: `ReadingError`; what came before has been handed out.
    public func next() throws(ReadingError) -> LineBlock? {
        var lines = carry
        carry = []
        while true {
            guard let count = try nextBlock() else { return lines.isEmpty ? nil : handOut(lines) }
            let end = block[..<count].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
            lines.append(contentsOf: block[..<end])
            guard end == 0 else {
                carry.append(contentsOf: block[end..<count])
                return handOut(lines)
            }
            lines.append(contentsOf: block[..<count])
            guard lines.count <= Self.longestLine else {
                throw .lineTooLong(line: line + 1, limit: Self.longestLine)
            }
        }
    }

    private func handOut(_ lines: [UInt8]) -> LineBlock {
        defer { line += lines.count { $0 == 0x0A } }
        return LineBlock(lines, after: line, bytesRead)
    }

    private func nextBlock() throws(ReadingError) -> Int? {
        guard isGzip else {
            if inputRange.isEmpty { try fill() }
            guard !inputRange.isEmpty else { return nil }
            swap(&input, &block)
            defer { inputRange = 0..<0 }
            return inputRange.count
        }
        while true {
            if inputRange.isEmpty {
                try fill()
                if inputRange.isEmpty {
                    guard atMemberStart else { throw .damagedGzip(path: path) }
                    return nil
                }
            }
            let (produced, status) = inflateOnce()
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                throw .damagedGzip(path: path)
            }
            atMemberStart = status == Z_STREAM_END
            if atMemberStart { inflateReset(&stream) }
            if produced > 0 { return produced }
        }
    }

    private func inflateOnce() -> (produced: Int, status: Int32) {
        input.withUnsafeMutableBufferPointer { input in
            block.withUnsafeMutableBufferPointer { block in
                guard let from = input.baseAddress, let into = block.baseAddress else { return (0, Z_DATA_ERROR) }
                stream.next_in = from + inputRange.lowerBound
                stream.avail_in = UInt32(inputRange.count)
                stream.next_out = into
                stream.avail_out = UInt32(Self.blockSize)
                let status = inflate(&stream, Z_NO_FLUSH)
                inputRange = (inputRange.upperBound - Int(stream.avail_in))..<inputRange.upperBound
                return (Self.blockSize - Int(stream.avail_out), status)
            }
        }
    }

    private func fill() throws(ReadingError) {
        var count = -1
        repeat {
            count = input.withUnsafeMutableBytes { read(file, $0.baseAddress, Self.blockSize) }
        } while count < 0 && errno == EINTR
        guard count >= 0 else { throw .unreadable(path: path) }
        bytesRead += count
        inputRange = 0..<count
    }
}

/// Some whole lines of a file.
public struct LineBlock: Sendable {
    private let bytes: [UInt8]
    private let before: Int
    /// How many bytes of the file had been read when these were handed out.
    public let bytesRead: Int

    init(_ bytes: [UInt8], after line: Int, _ bytesRead: Int) {
        self.bytes = bytes
        before = line
        self.bytesRead = bytesRead
    }

    /// Calls `body` for each line that is not empty, with its number and its bytes without the line's end.
    ///
    /// - Returns: Whether `body` returned true each time; it ends early where it did not.
    public func forEach(_ body: (Int, UnsafeRawBufferPointer) -> Bool) -> Bool {
        bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return true }
            var (start, line) = (0, before)
            while start < bytes.count {
                let found = memchr(base + start, 0x0A, bytes.count - start)
                let end = found.map { UnsafeRawPointer($0) - base } ?? bytes.count
                line += 1
                if end > start, !body(line, UnsafeRawBufferPointer(rebasing: bytes[start..<end])) { return false }
                start = end + 1
            }
            return true
        }
    }
}
