/// One entry of the public log.
public struct Leaf: Sendable, Hashable {
    /// When it was made, in periods of ten minutes; it never goes back from one leaf to the next.
    public var slot: UInt32
    /// What it says.
    public var content: Content

    /// What a leaf may say.
    public enum Content: Sendable, Hashable {
        /// The beginning of a log: whose decisions it will hold.
        case opening(Opening)
        /// Decisions.
        case decisions(DecisionBatch)
        /// New rules, weights or a new model.
        case release(Release)
        /// A screening list was read.
        case listImport(ListImport)
        /// A permission was given or ended, without a name.
        case permission(Permission)
        /// Somebody or something was shut out, without a name.
        case revocation(Revocation)
        /// A person decided otherwise than the machine.
        case override(Override)
        /// Something went wrong.
        case incident(Incident)
        /// Something was measured.
        case evaluation(Evaluation)
        /// The figures of a day.
        case statistics(Statistics)
    }

    /// Puts a leaf together.
    public init(slot: UInt32, content: Content) {
        self.slot = slot
        self.content = content
    }

    /// The canonical bytes (docs/TRANSPARENCY.md).
    ///
    /// - Throws: `LeafError` when a text is longer than 1,024 bytes, or the leaf longer than an entry may be.
    public func encoded() throws(LeafError) -> [UInt8] {
        var writer = LeafWriter()
        writer.integer(kind)
        writer.integer(UInt8(1))
        writer.integer(slot)
        switch content {
        case .opening(let body): body.write(to: &writer)
        case .decisions(let body): body.write(to: &writer)
        case .release(let body): body.write(to: &writer)
        case .listImport(let body): body.write(to: &writer)
        case .permission(let body): body.write(to: &writer)
        case .revocation(let body): body.write(to: &writer)
        case .override(let body): body.write(to: &writer)
        case .incident(let body): body.write(to: &writer)
        case .evaluation(let body): body.write(to: &writer)
        case .statistics(let body): body.write(to: &writer)
        }
        guard writer.bytes.count <= EntryBundle.longestEntry else {
            throw LeafError("the leaf is longer than 65,535 bytes")
        }
        // What cannot be read back must not be published.
        guard try Leaf(writer.bytes[...]) == self else {
            throw LeafError("a text of the leaf is longer than 1,024 bytes")
        }
        return writer.bytes
    }

    /// Reads canonical bytes.
    ///
    /// - Throws: `LeafError` naming the field.
    public init(_ bytes: ArraySlice<UInt8>) throws(LeafError) {
        var reader = LeafReader(bytes)
        let kind = reader.integer("kind", UInt8.self)
        if reader.integer("version", UInt8.self) != 1 { reader.fail("version") }
        let slot: UInt32 = reader.integer("slot")
        let content: Content
        switch kind {
        case 1: content = .opening(Opening(&reader))
        case 2: content = .decisions(DecisionBatch(&reader, slot: slot))
        case 3: content = .release(Release(&reader))
        case 4: content = .listImport(ListImport(&reader))
        case 5: content = .permission(Permission(&reader))
        case 6: content = .revocation(Revocation(&reader))
        case 7: content = .override(Override(&reader))
        case 8: content = .incident(Incident(&reader))
        case 9: content = .evaluation(Evaluation(&reader))
        case 10: content = .statistics(Statistics(&reader))
        default: throw LeafError("no leaf has kind \(kind)")
        }
        if let problem = reader.finish() { throw LeafError("the leaf's field '\(problem)' is not well formed") }
        self.init(slot: slot, content: content)
    }

    /// The first byte.
    public var kind: UInt8 {
        switch content {
        case .opening: 1
        case .decisions: 2
        case .release: 3
        case .listImport: 4
        case .permission: 5
        case .revocation: 6
        case .override: 7
        case .incident: 8
        case .evaluation: 9
        case .statistics: 10
        }
    }

    /// The word that reports and searches use for the kind.
    public var kindName: String {
        [
            "", "opening", "decisions", "release", "list", "permission", "revocation", "override", "incident",
            "evaluation", "statistics",
        ][
            Int(kind)]
    }
}
