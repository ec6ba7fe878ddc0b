/// One scalar setting: where it stands in `sluice.yaml`, what it is when nobody says, and what it means.
///
/// The environment variable `SLUICE_` + the key in capitals with `_` for `.` overrides the file.
struct SettingsKey: Sendable, Hashable {
    let name: String
    let fallback: String
    let meaning: String

    /// `ledger.durability` → `SLUICE_LEDGER_DURABILITY`.
    var variable: String { "SLUICE_" + name.uppercased().replacing(".", with: "_") }

    static let listen = SettingsKey(
        name: "listen", fallback: "127.0.0.1:8080", meaning: "address and port for clients")
    static let directory = SettingsKey(
        name: "var", fallback: "var", meaning: "directory for the store, the ledger, keys and sockets")
    static let threads = SettingsKey(
        name: "threads", fallback: "0", meaning: "event loops; 0 means one per core")
    static let classifier = SettingsKey(
        name: "classifier", fallback: "",
        meaning: "path of the stage-1 weights; empty means the ones that ship with Sluice")
    static let secondStage = SettingsKey(
        name: "second_stage", fallback: "off",
        meaning: "off, efficient (the encoder reads what the first stage doubts) or thorough (it reads everything)")
    static let encoder = SettingsKey(
        name: "encoder", fallback: "", meaning: "path of the encoder; empty means the one that make installs")
    static let heads = SettingsKey(
        name: "heads", fallback: "", meaning: "path of the second stage's weights; empty means the ones that ship")
    static let secondEncoder = SettingsKey(
        name: "second_encoder", fallback: "off",
        meaning:
            "on: a second, larger encoder reads what the second stage finds worst, and languages that its own cannot read"
    )
    static let secondStageDeadline = SettingsKey(
        name: "second_stage_deadline", fallback: "2s",
        meaning: "how long the second stage may take for one question before it counts as failed")
    static let drill = SettingsKey(
        name: "second_stage_drill", fallback: "",
        meaning: "a rehearsal of a second stage that fails: fail=0.1,delay=20 (share of questions, milliseconds)")
    static let guardShare = SettingsKey(
        name: "guards_share", fallback: "0.01",
        meaning: "the share of ordinary requests, up to 0.05, that score so high that guards outside are asked")
    static let enforcement = SettingsKey(
        name: "enforcement", fallback: "enforce",
        meaning:
            "enforce, or shadow: requests that would be refused pass, and the record says what would have been done")
    static let textRetention = SettingsKey(
        name: "appeals.text_retention", fallback: "720h",
        meaning: "how long the text that somebody appeals with is kept, encrypted")
    static let constitution = SettingsKey(
        name: "constitution", fallback: "built-in", meaning: "path of the written rules, or built-in")
    static let constitutionKey = SettingsKey(
        name: "constitution_key", fallback: "", meaning: "path of the public key that must have signed the rules")
    static let refusals = SettingsKey(
        name: "refusals", fallback: "answer", meaning: "answer (a normal answer that says why) or error (400)")
    static let durability = SettingsKey(
        name: "ledger.durability", fallback: "process",
        meaning: "process (survives a crash of Sluice) or disk (output waits for the disk)")
    static let segmentBytes = SettingsKey(
        name: "ledger.segment_bytes", fallback: "67108864", meaning: "size at which a ledger file is closed")
    static let segmentAge = SettingsKey(
        name: "ledger.segment_age", fallback: "24h", meaning: "age at which a ledger file is closed, so that it can go")
    static let ledgerAge = SettingsKey(
        name: "ledger.retention", fallback: "",
        meaning: "how long records are kept, such as 400d; empty means for ever. Balances and the public log stay")
    static let ledgerBytes = SettingsKey(
        name: "ledger.retention_bytes", fallback: "0",
        meaning: "size of all ledger files at which the oldest go; 0 means any size")
    static let keptContent = SettingsKey(
        name: "content.keep", fallback: "none",
        meaning: "none, or refused: bodies of requests that the rules refuse are kept, encrypted, for people to look at"
    )
    static let contentRetention = SettingsKey(
        name: "content.retention", fallback: "720h", meaning: "how long they are kept")
    static let contentLargest = SettingsKey(
        name: "content.largest", fallback: "262144", meaning: "the largest body that is kept")
    static let contentKey = SettingsKey(
        name: "content.key_file", fallback: "",
        meaning:
            "path of the key that kept texts are encrypted with; empty means systemd's credential content.key, or one "
            + "in var")
    static let diskWarning = SettingsKey(
        name: "disk.warn_bytes", fallback: "1073741824",
        meaning: "free space below which /readyz and the log warn, at most a tenth of the disk")
    static let adminSocket = SettingsKey(
        name: "admin.socket", fallback: "", meaning: "path of the admin socket; empty means admin.sock in var")
    static let adminListen = SettingsKey(
        name: "admin.listen", fallback: "",
        meaning: "address and port for administrators; loopback unless it has TLS; empty means none")
    static let bodyBytes = SettingsKey(
        name: "limits.body_bytes", fallback: "33554432", meaning: "largest request or whole answer")
    static let allBodiesBytes = SettingsKey(
        name: "limits.all_bodies_bytes", fallback: "1073741824", meaning: "all request bodies together")
    static let clientTimeout = SettingsKey(
        name: "limits.client_timeout", fallback: "20s", meaning: "for a request's head, and each next part of its body")
    static let keepAlive = SettingsKey(
        name: "limits.keep_alive", fallback: "75s", meaning: "a connection without a request")
    static let writeTimeout = SettingsKey(
        name: "limits.write_timeout", fallback: "120s", meaning: "a client that does not read its answer")
    static let drain = SettingsKey(
        name: "limits.drain", fallback: "30s", meaning: "running answers after the order to stop")
    static let connectTimeout = SettingsKey(
        name: "upstream.connect_timeout", fallback: "5s", meaning: "connecting to a model server")
    static let firstByteTimeout = SettingsKey(
        name: "upstream.first_byte_timeout", fallback: "600s", meaning: "waiting for an answer's first byte")
    static let firstTokenTimeout = SettingsKey(
        name: "upstream.first_token_timeout", fallback: "",
        meaning: "waiting for the first byte of an answer's body; empty means that only the head is waited for so")
    static let idleTimeout = SettingsKey(
        name: "upstream.idle_timeout", fallback: "120s", meaning: "waiting for an answer's next byte")
    static let totalTimeout = SettingsKey(
        name: "upstream.total_timeout", fallback: "1h", meaning: "a whole answer, with all attempts")
    static let queueTimeout = SettingsKey(
        name: "upstream.queue_timeout", fallback: "10s", meaning: "waiting for a place at one of a model's servers")
    static let queueLimit = SettingsKey(
        name: "upstream.queue", fallback: "1000", meaning: "requests of one model that may wait for a place")
    static let attempts = SettingsKey(
        name: "upstream.attempts", fallback: "3",
        meaning: "servers of one model that a request may try before any of its answer is given to the client")
    static let breakerFailures = SettingsKey(
        name: "upstream.breaker_failures", fallback: "5",
        meaning: "failures in a row that keep a server out; half of 20 calls within 10 s do as well")
    static let breakerOpen = SettingsKey(
        name: "upstream.breaker_open", fallback: "5s",
        meaning: "how long it is kept out before it is tried again; doubles to 12 times that")
    static let addresses = SettingsKey(
        name: "destinations.addresses", fallback: "",
        meaning: "path of a MaxMind-format file of countries by address; empty means that addresses say nothing")
    static let hostingNetworks = SettingsKey(
        name: "destinations.hosting", fallback: "",
        meaning: "path of a MaxMind-format file that marks networks of hosting, proxies and exits")
    static let clientHeader = SettingsKey(
        name: "destinations.client_header", fallback: "",
        meaning:
            "header in which trusted proxies name the client, such as x-forwarded-for; empty means none is believed")
    static let trustedProxies = SettingsKey(
        name: "destinations.trusted_proxies", fallback: "",
        meaning: "networks whose client_header is believed, such as 10.0.0.0/8, 2001:db8::/32")
    static let decideApplications = SettingsKey(
        name: "applications.decide", fallback: "person",
        meaning: "person, or rules: an application that nothing speaks against is approved at once")
    static let takeApplications = SettingsKey(
        name: "applications.take", fallback: "off",
        meaning: "on takes applications from anybody at /sluice/v1/applications; off leaves them to operators")
    static let appealsDue = SettingsKey(
        name: "appeals.due", fallback: "24h", meaning: "when an appeal should be decided; later it counts as waiting")
    static let metricsListen = SettingsKey(
        name: "metrics.listen", fallback: "",
        meaning: "address and port for /metrics alone; empty means none beside the admin API's")
    static let metricsCertificate = SettingsKey(
        name: "metrics.certificate", fallback: "", meaning: "PEM file; with it the metrics port speaks TLS")
    static let metricsKey = SettingsKey(
        name: "metrics.key", fallback: "", meaning: "PEM file of the certificate's private key")
    static let metricsTokenFile = SettingsKey(
        name: "metrics.token_file", fallback: "",
        meaning: "file of a token that whoever reads the metrics port must send; needed beyond loopback")
    static let tracing = SettingsKey(
        name: "tracing", fallback: "join",
        meaning: "off, join (a client's traceparent goes on to the model server) or start (one is made if none came)")
    static let exchangeLogging = SettingsKey(
        name: "log.exchanges", fallback: "traced", meaning: "exchanges that get a line in the log: none, traced or all")
    static let alertWindow = SettingsKey(
        name: "alerts.window", fallback: "60s", meaning: "over which refusals and failures of safeguards are counted")
    static let alertRefusals = SettingsKey(
        name: "alerts.refusals", fallback: "20",
        meaning: "refusals in a window below which nothing is a spike; a spike is also 3 times the usual share, and 5 %"
    )
    static let alertSafeguards = SettingsKey(
        name: "alerts.safeguard_failures", fallback: "3", meaning: "failures of one safeguard in a window that are told"
    )
    static let alertLedgerLag = SettingsKey(
        name: "alerts.ledger_lag", fallback: "1s", meaning: "how long a record may wait for the disk before it is told")
    static let turnsKept = SettingsKey(
        name: "judging.turns_kept", fallback: "4096",
        meaning:
            "states of judges that are kept, up to 1000000, 2 to 4 of each conversation, so that only what is new is judged; 0 keeps none"
    )
    static let cacheBytes = SettingsKey(
        name: "cache.bytes", fallback: "67108864",
        meaning: "all answers together that models with 'cache' keep in memory, to give them again")
    static let unjudgedCategories = SettingsKey(
        name: "moderations.unjudged_categories", fallback: "refuse",
        meaning: "refuse or omit: what /v1/moderations does about OpenAI's keys that nobody here judges")
    static let keysFile = SettingsKey(
        name: "keys_file", fallback: "", meaning: "bootstrap keys, one name:key a line, entered into the store at start"
    )

    /// Every key, in the order of the documentation.
    static let all: [SettingsKey] = ofServing + ofPublicLog + ofDistillation + ofHTTP

    private static let ofServing: [SettingsKey] = [
        listen, directory, threads, classifier, secondStage, secondEncoder, secondStageDeadline, drill, guardShare,
        enforcement,
        encoder, heads, constitution,
        constitutionKey, refusals,
        durability, segmentBytes, segmentAge, ledgerAge, ledgerBytes, keptContent, contentRetention, contentLargest,
        contentKey, diskWarning,
        adminSocket,
        adminListen, bodyBytes, allBodiesBytes, clientTimeout, keepAlive, writeTimeout, drain, connectTimeout,
        firstByteTimeout, firstTokenTimeout, idleTimeout, totalTimeout, queueTimeout, queueLimit, attempts,
        breakerFailures, breakerOpen, textRetention, appealsDue, addresses, hostingNetworks, clientHeader,
        trustedProxies, decideApplications, takeApplications, turnsKept, cacheBytes, unjudgedCategories, keysFile,
        metricsListen, metricsCertificate, metricsKey,
        metricsTokenFile, tracing, exchangeLogging, alertWindow, alertRefusals, alertSafeguards, alertLedgerLag,
        adminCertificate, adminKey, adminToken, adminLocal, adminURL, adminSession, adminIdle, appealPeople, oidcIssuer,
        oidcClient, oidcSecretVariable, oidcSecretFile, oidcScopes, oidcGroups, oidcName, oidcTrust, oidcSkew,
        oidcOperator, oidcSafety, oidcCompliance, oidcReviewer, oidcAuditor,
    ]
}
