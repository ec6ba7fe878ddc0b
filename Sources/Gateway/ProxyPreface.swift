import Dialects
import NIOCore
import Places

/// What a proxy says of a connection before its first byte: the PROXY protocol, versions 1 and 2.
///
/// - SeeAlso: HAProxy's description of the PROXY protocol, §2.1 (text) and §2.2 (binary).
enum ProxyPreface: Equatable {
    /// Not all of it has come.
    case incomplete
    /// It is none, or a broken one.
    case wrong(String)
    /// The client's address, nil where the proxy speaks for itself or does not know; and how many bytes said so.
    case whole(NetworkAddress?, length: Int)

    /// The longest line of version 1, with its end.
    private static let longestLine = 107
    /// The longest preface of version 2 that is taken, with what proxies add.
    private static let longest = 4_096
    private static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]
    private static let word: [UInt8] = Array("PROXY ".utf8)

    /// Reads what has come so far.
    init(_ bytes: ByteBuffer) {
        let view = bytes.readableBytesView
        let start = view.prefix(12)
        if Self.signature.starts(with: start) {
            self = start.count < 12 ? .incomplete : Self.binary(bytes)
        } else if Self.word.starts(with: start.prefix(6)) {
            self = Self.line(view)
        } else {
            self = .wrong("what came is no PROXY preface")
        }
    }

    private static func line(_ view: ByteBufferView) -> ProxyPreface {
        guard let end = view.firstIndex(of: 0x0A) else {
            return view.count < longestLine ? .incomplete : .wrong("its line has no end")
        }
        let length = view.distance(from: view.startIndex, to: end) + 1
        guard length <= longestLine, length >= 2, view[view.index(before: end)] == 0x0D else {
            return .wrong("its line does not end as one does")
        }
        let text = String(decoding: view.prefix(length - 2), as: UTF8.self)
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count >= 2 else { return .wrong("its line names no protocol") }
        if words[1] == "UNKNOWN" { return .whole(nil, length: length) }
        guard words.count == 6, words[1] == "TCP4" || words[1] == "TCP6",
            let client = NetworkAddress(literal: words[2]), let own = NetworkAddress(literal: words[3]),
            isPort(words[4]), isPort(words[5])
        else { return .wrong("its line does not name two addresses and ports") }
        let isFour = words[1] == "TCP4"
        guard client.isV4 == isFour, own.isV4 == isFour else { return .wrong("its addresses are of another kind") }
        return .whole(client, length: length)
    }

    private static func isPort(_ word: Substring) -> Bool {
        word.utf8.count <= 5 && word.utf8.allSatisfy { (0x30...0x39).contains($0) } && (Int(word) ?? 65_536) < 65_536
    }

    private static func binary(_ bytes: ByteBuffer) -> ProxyPreface {
        let start = bytes.readerIndex
        guard let kind = bytes.getInteger(at: start + 12, as: UInt8.self),
            let family = bytes.getInteger(at: start + 13, as: UInt8.self),
            let rest = bytes.getInteger(at: start + 14, as: UInt16.self)
        else { return .incomplete }
        let length = 16 + Int(rest)
        guard kind == 0x20 || kind == 0x21 else { return .wrong("its version or command is none that is known") }
        guard length <= longest else { return .wrong("it is longer than \(longest) bytes") }
        guard bytes.readableBytes >= length else { return .incomplete }
        // LOCAL: the proxy's own connection, such as a look at its health.
        guard kind == 0x21 else { return .whole(nil, length: length) }
        switch family {
        case 0x11:
            guard rest >= 12, let four = bytes.getBytes(at: start + 16, length: 4) else {
                return .wrong("its addresses are cut off")
            }
            return .whole(NetworkAddress(v4: four), length: length)
        case 0x21:
            guard rest >= 36, let six = bytes.getBytes(at: start + 16, length: 16) else {
                return .wrong("its addresses are cut off")
            }
            return .whole(NetworkAddress(v6: six), length: length)
        default: return .whole(nil, length: length)
        }
    }
}

/// Reads the PROXY preface of a connection that a proxy made, and then lets the rest of the pipeline be built.
final class ProxyPrefaceReader: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let lane: Lane
    private let proceed: (NetworkAddress?) throws -> Void
    private var bytes = ByteBuffer()

    /// - Parameter proceed: Puts the handlers behind this one; called once, with the client's address.
    init(lane: Lane, _ proceed: @escaping (NetworkAddress?) throws -> Void) {
        (self.lane, self.proceed) = (lane, proceed)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes.writeImmutableBuffer(unwrapInboundIn(data))
        switch ProxyPreface(bytes) {
        case .incomplete: return
        case .wrong:
            // Whoever is behind it cannot be told: it is no client.
            lane.metrics.failed(.invalidRequest)
            context.close(promise: nil)
        case .whole(let client, let length):
            bytes.moveReaderIndex(forwardBy: length)
            let rest = bytes
            bytes = ByteBuffer()
            guard (try? proceed(client)) != nil else { return context.close(promise: nil) }
            if rest.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(rest)) }
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        }
    }
}
