internal import NIOCore

/// What the events of a running text have in common: all but the text.
///
/// A server writes the same JSON around token after token. An event whose bytes are those of another but for the inside of the
/// one string that is model output means the same, and is not read as JSON again. What it means must not depend on that
/// text: whoever makes a mold sees to it. An object, since a decoder is copied more often than a mold is made.
final class EventMold: Sendable {
    /// The bytes of an event around its text.
    struct Frame: Sendable {
        /// What stands before the text, and then what stands after it.
        private let bytes: [UInt8]
        private let head: Int

        /// The longest frame that is worth keeping.
        static let longest = 2_048

        /// - Parameter text: Where the text stands in the event; nil is returned if it does not, or the event is long.
        init?(of event: ByteBuffer, text: Range<Int>) {
            let length = event.readableBytes
            guard text.lowerBound > 0, text.upperBound < length, length - text.count <= Self.longest else { return nil }
            head = text.lowerBound
            bytes = event.withUnsafeReadableBytes { all in
                [UInt8](unsafeUninitializedCapacity: length - text.count) { room, count in
                    let room = UnsafeMutableRawBufferPointer(room)
                    room.copyMemory(from: UnsafeRawBufferPointer(rebasing: all[..<text.lowerBound]))
                    UnsafeMutableRawBufferPointer(rebasing: room[text.lowerBound...])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: all[text.upperBound...]))
                    count = length - text.count
                }
            }
        }

        /// How many bytes follow the text.
        var tail: Int { bytes.count - head }

        /// Where the text stands in the event that some bytes begin with; nil if that is another one, or not all there, or
        /// its text is empty or escaped.
        func text(in event: UnsafeRawBufferPointer) -> Range<Int>? {
            bytes.withUnsafeBytes { frame -> Range<Int>? in
                guard event.count > frame.count, Self.isSame(event, frame, upTo: head) else { return nil }
                var scanner = JSONScanner(bytes: event, acceptsLoneSurrogates: true)
                scanner.offset = head - 1
                guard (try? scanner.string()) == false else { return nil }
                let end = scanner.offset - 1
                guard end > head, event.count - end >= frame.count - head else { return nil }
                let rest = UnsafeRawBufferPointer(rebasing: event[end...])
                let tail = UnsafeRawBufferPointer(rebasing: frame[head...])
                return Self.isSame(rest, tail, upTo: tail.count) ? head..<end : nil
            }
        }

        /// Compares the first bytes of both, eight at a time; both have as many.
        @inline(__always)
        private static func isSame(
            _ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer, upTo count: Int
        ) -> Bool {
            var place = 0
            while place &+ 8 <= count {
                let word = one.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                guard word == other.loadUnaligned(fromByteOffset: place, as: UInt64.self) else { return false }
                place &+= 8
            }
            while place < count {
                guard one[place] == other[place] else { return false }
                place &+= 1
            }
            return true
        }

        /// Appends the event around another text, with a change in what stands before it.
        func write(around text: ByteBuffer, _ change: Change, to out: inout ByteBuffer) {
            let size = bytes.count - change.range.count + change.bytes.count
            out.reserveCapacity(minimumWritableBytes: size + text.readableBytes)
            out.writeBytes(bytes[..<change.range.lowerBound])
            out.writeBytes(change.bytes)
            out.writeBytes(bytes[change.range.upperBound..<head])
            out.writeImmutableBuffer(text)
            out.writeBytes(bytes[head...])
        }

        /// What makes another frame of this one; nil where more differs than one stretch before the text.
        func change(to other: Frame) -> Change? {
            guard bytes[head...] == other.bytes[other.head...] else { return nil }
            let (mine, its) = (bytes[..<head], other.bytes[..<other.head])
            let least = min(head, other.head)
            let front = zip(mine, its).prefix { $0 == $1 }.count
            let back = zip(mine.reversed(), its.reversed()).prefix(least - front).prefix { $0 == $1 }.count
            return Change(range: front..<head - back, bytes: Array(its[front..<other.head - back]))
        }
    }

    /// Bytes in the place of others.
    struct Change: Sendable {
        let range: Range<Int>
        let bytes: [UInt8]
    }

    /// What the client gets.
    private enum Given: Sendable {
        /// The event as it comes.
        case same
        /// The same but for one stretch, such as the model's name.
        case changed(Change)
        /// Something else altogether.
        case other(Frame)
    }

    let choice: Int
    let channel: AnswerChannel
    /// The event as it comes.
    let taken: Frame
    private let given: Given

    /// The mold of an event, or nil where there is none.
    ///
    /// - Parameters:
    ///   - answer: What was made of the event; its one piece is a part of the event's bytes.
    ///   - edits: What was changed in its data.
    ///   - name: The name that it is given under.
    init?(_ answer: AnswerEvent, of event: SSEEvent, _ edits: Splice, name: ByteBuffer?) {
        guard let choice = answer.choice, answer.pieces.count == 1, let piece = answer.pieces.first,
            piece.channel.kind == .content || piece.channel.kind == .reasoning,
            event.raw.readableBytesView.last == 0x0A, let text = event.raw.place(of: piece.text),
            let data = event.raw.place(of: event.data),
            data.lowerBound < text.lowerBound, text.upperBound < data.upperBound,
            let taken = Frame(of: event.raw, text: text)
        else { return nil }
        (self.choice, channel, self.taken) = (choice, piece.channel, taken)
        guard !edits.isEmpty || name != event.name else {
            given = .same
            return
        }
        var (start, length) = (text.lowerBound - data.lowerBound, data.count)
        for edit in edits.edits {
            let growth = edit.text.readableBytes - edit.range.count
            length += growth
            if edit.range.upperBound <= text.lowerBound - data.lowerBound { start += growth }
        }
        // Before the data of an event that is written anew stand its name and "data: ", after it two line feeds.
        let front = (name.map { $0.readableBytes + 8 } ?? 0) + 6
        let place = front + start..<front + start + text.count
        // Data of several lines is written in as many fields, and then these are not the places.
        guard answer.raw.readableBytes == front + length + 2,
            answer.raw.getSlice(at: answer.raw.readerIndex + place.lowerBound, length: place.count) == piece.text,
            let given = Frame(of: answer.raw, text: place)
        else { return nil }
        self.given = taken.change(to: given).map { .changed($0) } ?? .other(given)
    }

    /// What an event means that was found to be one of these.
    ///
    /// - Parameter text: Where its text stands.
    func answer(_ raw: ByteBuffer, text: Range<Int>) -> AnswerEvent {
        let words = raw.getSlice(at: raw.readerIndex + text.lowerBound, length: text.count) ?? ByteBuffer()
        guard case .same = given else { return AnswerEvent(words, in: self) }
        var pieces = AnswerPieces()
        pieces.append(channel, words)
        return AnswerEvent(raw: raw, choice: choice, pieces: pieces, kind: .output)
    }

    /// Appends what the client gets of an event with this text; nothing where that is the event as it came.
    func write(_ text: ByteBuffer, to out: inout ByteBuffer) {
        switch given {
        case .same: break
        case .changed(let change): taken.write(around: text, change, to: &out)
        case .other(let frame): frame.write(around: text, Change(range: 0..<0, bytes: []), to: &out)
        }
    }
}

extension ByteBuffer {
    /// Where another buffer's bytes stand in this one's, if they are a part of the same memory.
    fileprivate func place(of part: ByteBuffer) -> Range<Int>? {
        withUnsafeReadableBytes { whole -> Range<Int>? in
            part.withUnsafeReadableBytes { part -> Range<Int>? in
                guard let first = whole.baseAddress, let start = part.baseAddress, start >= first,
                    start + part.count <= first + whole.count
                else { return nil }
                return start - first..<start - first + part.count
            }
        }
    }
}

extension JSONView {
    /// Whether nothing in a value could be compared with the one string in it that is text: the rest are numbers, `null` and
    /// such, empty strings, and words that say what something is.
    ///
    /// - Parameter most: How many objects the value may consist of.
    func isBare(_ value: Int, most: Int) -> Bool {
        var (objects, texts) = (0, 0)
        var key = value
        for token in value..<next(value) {
            switch kind(token) {
            case .key: key = token
            case .object: objects += 1
            case .array: return false
            case .string:
                if isEmpty(token) || spells(key, "role") || spells(key, "type") { continue }
                texts += 1
            case .number, .yes, .no, .null: continue
            }
        }
        return objects <= most && texts == 1
    }
}
