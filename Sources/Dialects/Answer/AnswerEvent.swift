public import NIOCore

/// One event of a streamed answer, ready to be judged and released.
public struct AnswerEvent: Sendable {
    /// What it means for the stream.
    public enum Kind: Sendable, Equatable {
        /// The answer begins (a role, `message_start`), or something with nothing to judge and nothing to say.
        case opening
        /// Model output.
        case output
        /// A content block begins (Anthropic). Its pieces are what it starts with.
        case blockStart(index: Int, type: String)
        /// A content block ends (Anthropic).
        case blockStop(index: Int)
        /// A choice ends, for a reason. It may still carry output.
        case finish(reason: String)
        /// Usage alone; the event tells it.
        case usage
        /// A sign of life.
        case ping
        /// The end of the stream.
        case end
    }

    /// What the client gets if it is released: a complete event with its blank line.
    public var raw: ByteBuffer {
        get {
            var out = ByteBuffer()
            write(to: &out)
            return out
        }
        set { (bytes, mold) = (newValue, nil) }
    }
    private var bytes: ByteBuffer
    /// The mold that an event with one piece is written anew in: it is not put together before it is released.
    private var mold: EventMold?
    /// The choice that it belongs to; nil for what belongs to none.
    public var choice: Int?
    /// The model output in it, in the order of judging; empty if there is nothing to judge.
    public var pieces: AnswerPieces
    /// What it means.
    public var kind: Kind
    /// The usage so far, if the event tells it.
    public var usage: TokenUsage? {
        get { told?.usage }
        set { told = newValue.map(ToldUsage.init) }
    }
    /// The same in memory of its own, to be kept.
    public private(set) var told: ToldUsage?
    /// Whether the client gets it: false for the usage that only we asked for.
    public var isForClient: Bool
    /// What a translator needs beside the texts; empty where nothing is translated.
    var notes: [PlacedNote] = []

    init(
        raw: ByteBuffer, choice: Int? = nil, pieces: AnswerPieces = AnswerPieces(), kind: Kind,
        usage: TokenUsage? = nil, isForClient: Bool = true
    ) {
        bytes = raw
        self.choice = choice
        self.pieces = pieces
        self.kind = kind
        told = usage.map(ToldUsage.init)
        self.isForClient = isForClient
    }

    /// An event of output with one text, which is given in a mold.
    init(_ text: ByteBuffer, in mold: EventMold) {
        var pieces = AnswerPieces()
        pieces.append(mold.channel, text)
        self.init(raw: ByteBuffer(), choice: mold.choice, pieces: pieces, kind: .output)
        self.mold = mold
    }

    /// Appends what the client gets; the first bytes take no copy.
    func write(to out: inout ByteBuffer) {
        if let mold {
            mold.write(pieces[0].text, to: &out)
        } else if out.readableBytes == 0 {
            out = bytes
        } else {
            out.writeImmutableBuffer(bytes)
        }
    }
}

/// A usage that an event tells; apart from it, since few events tell any and every one is moved about.
public final class ToldUsage: Sendable {
    /// The usage.
    public let usage: TokenUsage

    init(_ usage: TokenUsage) { self.usage = usage }
}
