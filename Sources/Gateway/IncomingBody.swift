import NIOCore

/// The body of a request while it comes: its bytes, the pace it must keep up, and what it takes of the room for all bodies.
struct IncomingBody {
    /// Bytes a second that it must keep up beyond the client's time limit: one that drips does not hold its connection open.
    private static let slowestPace: Int64 = 16_384
    /// How much more than its bytes the buffer may have in which they came, and be kept: that much, or twice as many.
    private static let slack = 4_096

    private var bytes = ByteBuffer()
    /// When its request began.
    private var began = NIODeadline.now()
    /// How many bytes of the room for all bodies are its own; more than its bytes where it was unpacked.
    private var held = 0

    var count: Int { bytes.readableBytes }

    /// A request begins.
    ///
    /// - Returns: What time it is.
    mutating func begin() -> NIODeadline {
        began = .now()
        return began
    }

    /// When the next bytes must have come, where a client has so much time.
    func deadline(within limit: TimeAmount) -> NIODeadline {
        began + limit + .nanoseconds(Int64(count) * 1_000_000_000 / Self.slowestPace)
    }

    /// Takes room for more bytes of what all bodies may have; false if there is none left.
    mutating func hold(_ more: Int, of budget: ByteBudget, limit: Int) -> Bool {
        guard budget.take(more, limit: limit) else { return false }
        held += more
        return true
    }

    /// Adds bytes; the first take no copy, unless their buffer is much larger.
    ///
    /// - Parameter declared: How many bytes its request says that it has.
    mutating func append(_ more: ByteBuffer, declared: () -> Int?) {
        if count == 0, more.storageCapacity <= 2 * more.readableBytes + Self.slack {
            bytes = more
            return
        }
        if bytes.writableBytes < more.readableBytes {
            // Room for all that is declared, as far as four times what has come says that it comes.
            let size = count + more.readableBytes
            bytes.reserveCapacity(min(max(size, declared() ?? 0), 4 * size))
        }
        bytes.writeImmutableBuffer(more)
    }

    /// Gives the bytes away; what they take of the room stays counted until they are let go of.
    mutating func take() -> ByteBuffer {
        defer { bytes = ByteBuffer() }
        return bytes
    }

    /// The bytes are no longer needed.
    mutating func letGo(of budget: ByteBudget) {
        bytes = ByteBuffer()
        budget.give(back: held)
        held = 0
    }
}
