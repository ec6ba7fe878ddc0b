/// A buffer that is written from front to back and used again and again.
///
/// Sendable, though the compiler cannot see it: a value that cannot be copied owns its memory alone.
struct ByteWriter: ~Copyable, @unchecked Sendable {
    private(set) var count = 0
    private var capacity: Int
    private var base: UnsafeMutableRawPointer

    init(capacity: Int = 4096) {
        self.capacity = capacity
        base = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        base.deallocate()
    }

    /// Everything written so far; valid until the next write.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// Forgets what was written past a position.
    mutating func truncate(to position: Int) {
        count = min(count, position)
    }

    private mutating func reserve(_ more: Int) {
        guard count &+ more > capacity else { return }
        let wanted = max(capacity * 2, count + more)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: 16)
        larger.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = larger
        capacity = wanted
    }

    mutating func append(_ byte: UInt8) {
        reserve(1)
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count &+= 1
    }

    /// Appends an integer, least significant byte first.
    mutating func append<T: FixedWidthInteger & BitwiseCopyable>(integer value: T) {
        reserve(MemoryLayout<T>.size)
        base.storeBytes(of: value.littleEndian, toByteOffset: count, as: T.self)
        count &+= MemoryLayout<T>.size
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count)
        (base + count).copyMemory(from: source, byteCount: bytes.count)
        count &+= bytes.count
    }

    mutating func append(_ hash: Hash256) {
        hash.withBytes { append($0) }
    }

    /// Overwrites an integer that was written before.
    mutating func patch<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at position: Int) {
        guard position >= 0, position &+ MemoryLayout<T>.size <= count else { return }
        base.storeBytes(of: value.littleEndian, toByteOffset: position, as: T.self)
    }
}

/// Reads what a `ByteWriter` wrote; anything missing or out of form is `nil`, and stays `nil`.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0
    private(set) var isBroken = false

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var remaining: Int { bytes.count - position }

    /// What is still to be read.
    var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[position...]) }

    mutating func fail() {
        isBroken = true
        position = bytes.count
    }

    @inline(__always)
    mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type = T.self) -> T {
        guard MemoryLayout<T>.size <= remaining else {
            fail()
            return 0
        }
        let value = T(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
        position += MemoryLayout<T>.size
        return value
    }

    /// The next `count` bytes; empty and broken when there are fewer.
    mutating func take(_ count: Int) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            fail()
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }
}
