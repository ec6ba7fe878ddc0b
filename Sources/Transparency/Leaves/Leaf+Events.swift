extension Leaf {
    /// The beginning of a log: whose decisions it will hold.
    public struct Opening: Sendable, Hashable {
        /// The random id of the ledger, 16 bytes.
        public var ledger: [UInt8]
        /// The log's name, as in its checkpoints.
        public var origin: String

        /// Puts an opening together; an id of another length counts as zero.
        public init(ledger: [UInt8], origin: String) {
            self.ledger = ledger.count == 16 ? ledger : [UInt8](repeating: 0, count: 16)
            self.origin = origin
        }

        init(_ reader: inout LeafReader) {
            self.init(ledger: Array(reader.raw(16, "ledger id")), origin: reader.text("origin"))
        }

        func write(to writer: inout LeafWriter) {
            writer.raw(ledger)
            writer.text(origin)
        }
    }

    /// New rules, weights or a new model.
    public struct Release: Sendable, Hashable {
        /// What was released.
        public enum Subject: UInt8, Sendable, Hashable, CaseIterable {
            /// The written rules.
            case constitution = 1
            /// A classifier's weights.
            case classifier = 2
            /// The scaling policy.
            case scalingPolicy = 3
            /// A model.
            case model = 4
        }

        /// What was released.
        public var subject: Subject
        /// Its version, as its makers call it.
        public var version: String
        /// SHA-256 of the document or file.
        public var hash: TreeHash
        /// The hash of the release that it replaces; zero for the first.
        public var previous: TreeHash

        /// Puts a release together.
        public init(subject: Subject, version: String, hash: TreeHash, previous: TreeHash = .zero) {
            self.subject = subject
            self.version = version
            self.hash = hash
            self.previous = previous
        }

        init(_ reader: inout LeafReader) {
            let subject = Subject(rawValue: reader.integer("subject"))
            if subject == nil { reader.fail("subject") }
            self.init(
                subject: subject ?? .constitution, version: reader.text("version"), hash: reader.hash("hash"),
                previous: reader.hash("previous"))
        }

        func write(to writer: inout LeafWriter) {
            writer.integer(subject.rawValue)
            writer.text(version)
            writer.hash(hash)
            writer.hash(previous)
        }
    }

    /// A screening list was read.
    public struct ListImport: Sendable, Hashable {
        /// The list's name.
        public var name: String
        /// SHA-256 of the file.
        public var hash: TreeHash
        /// How many entries it has.
        public var entries: UInt64

        /// Puts an import together.
        public init(name: String, hash: TreeHash, entries: UInt64) {
            self.name = name
            self.hash = hash
            self.entries = entries
        }

        init(_ reader: inout LeafReader) {
            self.init(name: reader.text("name"), hash: reader.hash("hash"), entries: reader.integer("entries"))
        }

        func write(to writer: inout LeafWriter) {
            writer.text(name)
            writer.hash(hash)
            writer.integer(entries)
        }
    }

    /// A permission was given or ended, without a name.
    public struct Permission: Sendable, Hashable {
        /// Whether it was given; otherwise it ended.
        public var isGrant: Bool
        /// The category that it opens.
        public var category: String
        /// The kind of purpose, such as `vetted-biology`.
        public var purpose: String
        /// The day on which it ends, counted from 1970-01-01.
        public var until: UInt32

        /// Puts a permission together.
        public init(isGrant: Bool, category: String, purpose: String, until: UInt32) {
            self.isGrant = isGrant
            self.category = category
            self.purpose = purpose
            self.until = until
        }

        init(_ reader: inout LeafReader) {
            self.init(
                isGrant: reader.flag("grant flag"), category: reader.text("category"), purpose: reader.text("purpose"),
                until: reader.integer("until"))
        }

        func write(to writer: inout LeafWriter) {
            writer.integer(UInt8(isGrant ? 1 : 0))
            writer.text(category)
            writer.text(purpose)
            writer.integer(until)
        }
    }

    /// Somebody or something was shut out, without a name.
    public struct Revocation: Sendable, Hashable {
        /// What was revoked.
        public enum Subject: UInt8, Sendable, Hashable, CaseIterable {
            /// A key.
            case key = 1
            /// An organisation.
            case organisation = 2
            /// An end user of an organisation's.
            case endUser = 3
            /// A model.
            case model = 4
            /// A destination.
            case destination = 5
        }

        /// What was revoked.
        public var subject: Subject
        /// Why, as a code.
        public var reason: String

        /// Puts a revocation together.
        public init(subject: Subject, reason: String) {
            self.subject = subject
            self.reason = reason
        }

        init(_ reader: inout LeafReader) {
            let subject = Subject(rawValue: reader.integer("subject"))
            if subject == nil { reader.fail("subject") }
            self.init(subject: subject ?? .key, reason: reader.text("reason"))
        }

        func write(to writer: inout LeafWriter) {
            writer.integer(subject.rawValue)
            writer.text(reason)
        }
    }

    /// A person decided otherwise than the machine, or was asked to.
    public struct Override: Sendable, Hashable {
        /// What was decided.
        public enum Action: UInt8, Sendable, Hashable, CaseIterable {
            /// An appeal was right: the refusal should not have been.
            case appealGranted = 1
            /// An appeal was turned down.
            case appealDenied = 2
            /// Two persons set a decision or a gate aside.
            case setAside = 3
        }

        /// What was decided.
        public var action: Action
        /// The category.
        public var category: String
        /// The principle.
        public var principle: String
        /// Why, as a code.
        public var reason: String

        /// Puts an override together.
        public init(action: Action, category: String, principle: String, reason: String) {
            self.action = action
            self.category = category
            self.principle = principle
            self.reason = reason
        }

        init(_ reader: inout LeafReader) {
            let action = Action(rawValue: reader.integer("action"))
            if action == nil { reader.fail("action") }
            self.init(
                action: action ?? .setAside, category: reader.text("category"), principle: reader.text("principle"),
                reason: reader.text("reason"))
        }

        func write(to writer: inout LeafWriter) {
            writer.integer(action.rawValue)
            writer.text(category)
            writer.text(principle)
            writer.text(reason)
        }
    }

    /// Something went wrong.
    public struct Incident: Sendable, Hashable {
        /// How bad: 1 is the worst, 4 the least.
        public var severity: UInt8
        /// What kind, as a code.
        public var code: String
        /// What happened, in a sentence without names or content.
        public var summary: String

        /// Puts an incident together.
        public init(severity: UInt8, code: String, summary: String) {
            self.severity = severity
            self.code = code
            self.summary = summary
        }

        init(_ reader: inout LeafReader) {
            self.init(severity: reader.integer("severity"), code: reader.text("code"), summary: reader.text("summary"))
            if !(1...4).contains(severity) { reader.fail("severity") }
        }

        func write(to writer: inout LeafWriter) {
            writer.integer(severity)
            writer.text(code)
            writer.text(summary)
        }
    }

    /// Something was measured.
    public struct Evaluation: Sendable, Hashable {
        /// One figure.
        public struct Figure: Sendable, Hashable {
            /// What it is.
            public var name: String
            /// Its value, as it is to be shown.
            public var value: String

            /// Puts a figure together.
            public init(name: String, value: String) {
                self.name = name
                self.value = value
            }
        }

        /// What was run.
        public var suite: String
        /// The hash of what was measured.
        public var subject: TreeHash
        /// SHA-256 of the report.
        public var report: TreeHash
        /// The headline figures, at most 32.
        public var figures: [Figure]

        /// Puts an evaluation together.
        public init(suite: String, subject: TreeHash, report: TreeHash, figures: [Figure]) {
            self.suite = suite
            self.subject = subject
            self.report = report
            self.figures = figures
        }

        init(_ reader: inout LeafReader) {
            self.init(
                suite: reader.text("suite"), subject: reader.hash("subject"), report: reader.hash("report"), figures: []
            )
            let count = reader.integer("number of figures", UInt8.self)
            if count > 32 { reader.fail("number of figures") }
            for _ in 0..<count where reader.problem == nil {
                figures.append(Figure(name: reader.text("figure"), value: reader.text("value")))
            }
        }

        func write(to writer: inout LeafWriter) {
            writer.text(suite)
            writer.hash(subject)
            writer.hash(report)
            writer.integer(UInt8(truncatingIfNeeded: figures.count))
            for figure in figures {
                writer.text(figure.name)
                writer.text(figure.value)
            }
        }
    }
}
