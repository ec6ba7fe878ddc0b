import NIOCore

/// What the settings say of the public log; all of it takes a restart.
struct PublicLogSettings: Sendable, Equatable {
    /// The log's name; empty leaves it to the key, which has one of its own.
    var origin: String
    /// Where the public files lie.
    var directory: String
    /// The file with the key that signs.
    var key: String
    /// The file with the policy that names witnesses; empty where none are asked.
    var policy: String
    /// How often the ledger is looked at, in milliseconds.
    var every: Int
    /// How often witnesses are asked about a tree that has grown, in milliseconds.
    var witnessEvery: Int
    /// How soon after a decision its record is promised to be in the log, in seconds.
    var promise: UInt64
}

extension SettingsKey {
    static let publicLog = SettingsKey(
        name: "public_log.enabled", fallback: "on",
        meaning: "on (decisions become leaves of the public log, and answers promise a receipt) or off")
    static let publicLogOrigin = SettingsKey(
        name: "public_log.origin", fallback: "",
        meaning: "the log's name, such as gateway.example/log; fixed at the first start, made up if it is empty")
    static let publicLogDirectory = SettingsKey(
        name: "public_log.directory", fallback: "", meaning: "where its files lie; empty means log in var")
    static let publicLogKey = SettingsKey(
        name: "public_log.key", fallback: "", meaning: "file of its signing key; empty means keys/log.key in var")
    static let publicLogPolicy = SettingsKey(
        name: "public_log.policy", fallback: "",
        meaning: "file that names witnesses and a quorum (c2sp.org/tlog-policy) that sees a tree before it is published"
    )
    static let publicLogEvery = SettingsKey(
        name: "public_log.every", fallback: "250ms", meaning: "how often decisions are gathered into leaves")
    static let publicLogWitnessEvery = SettingsKey(
        name: "public_log.witness_every", fallback: "1s", meaning: "how often witnesses are asked about new leaves")
    static let publicLogPromise = SettingsKey(
        name: "public_log.promise", fallback: "60s", meaning: "how soon a decision is promised to be in the log")

    static let ofPublicLog: [SettingsKey] = [
        publicLog, publicLogOrigin, publicLogDirectory, publicLogKey, publicLogPolicy, publicLogEvery,
        publicLogWitnessEvery, publicLogPromise,
    ]
}

extension SettingsReader {
    /// The settings of the public log; nil where it is off.
    mutating func publicLog(in directory: String) -> PublicLogSettings? {
        let isOn = choice(.publicLog, ["on", "off"]) == "on"
        let every = time(.publicLogEvery).nanoseconds / 1_000_000
        let witnessEvery = time(.publicLogWitnessEvery).nanoseconds / 1_000_000
        let promise = time(.publicLogPromise).nanoseconds / 1_000_000_000
        if !(1...60_000).contains(every) { complain(.publicLogEvery, "must be from 1ms to 60s") }
        if !(10...3_600_000).contains(witnessEvery) { complain(.publicLogWitnessEvery, "must be from 10ms to 1h") }
        if promise < 2 { complain(.publicLogPromise, "must be at least 2s: leaves are made in less than one") }
        func path(_ key: SettingsKey, _ fallback: String) -> String {
            let value = text(key)
            return value.isEmpty ? directory + "/" + fallback : value
        }
        guard isOn else { return nil }
        return PublicLogSettings(
            origin: text(.publicLogOrigin), directory: path(.publicLogDirectory, "log"),
            key: path(.publicLogKey, "keys/log.key"), policy: text(.publicLogPolicy), every: Int(every),
            witnessEvery: Int(witnessEvery), promise: UInt64(max(0, promise)))
    }
}
