// swift-tools-version: 6.2
import PackageDescription

// The house: one target is one room, and arrows point down only (ARCHITECTURE.md draws it).
// `room` gives every target the same strictness; a room names what it stands on and nothing else.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func room(
    _ name: String, on dependencies: [Target.Dependency], testedWith tools: [Target.Dependency] = [],
    resources: [Resource]? = nil
) -> [Target] {
    [
        .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict),
        .testTarget(
            name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies + tools,
            swiftSettings: strict),
    ]
}

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let concurrency: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let sockets: [Target.Dependency] = [
    nio,
    concurrency,
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
]
let http2: [Target.Dependency] = [
    .product(name: "NIOHTTP2", package: "swift-nio-http2"), .product(name: "NIOTLS", package: "swift-nio"),
]
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
// RSA signatures and scrypt, which are not in Crypto itself.
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let yaml: Target.Dependency = .product(name: "Yams", package: "Yams")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

// The ground: pure rooms, and the two that own files.
let ground: [Target] =
    room("Text", on: [])
    + room("Threads", on: ["CSchedule"])
    + room("Telemetry", on: [])
    + room("Constitution", on: [crypto, yaml], resources: [.embedInCode("Resources/default.yaml")])
    + room("Dialects", on: [nio])
    + room("Places", on: [])
    + room("OpenAPI", on: [])
    + room("Transparency", on: [crypto])
    + room("Ledger", on: [crypto, "Threads", "Transparency", "CHash", "CMimalloc"])
    + room("Encoder", on: ["CEncoder"])
    + room("Store", on: [.product(name: "GRDB", package: "GRDB.swift")])

// Debian's libraries, as they are (Tools/setup.sh installs their headers).
let system: [Target] = [
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CExpat", providers: [.apt(["libexpat1-dev"])]),
    .systemLibrary(name: "CMimalloc", providers: [.apt(["libmimalloc-dev"])]),
]

// Arithmetic over vectors; C, since it chooses instructions by the processor. The encoder's comes to the same bits on every machine.
let kernels: [Target] = [.target(name: "CEncoder"), .target(name: "CTurnHash"), .target(name: "CHash")]

// A call of Linux that Swift has no name for.
let calls: [Target] = [.target(name: "CSchedule")]

// What the pipeline calls.
let services: [Target] =
    room("Safeguards", on: ["Text", "Constitution", "Encoder"])
    + room("Metering", on: ["Ledger", "Threads", "Store"])
    + room("Cases", on: ["Store", "Ledger", crypto])
    + room("Access", on: ["Threads", "Store", "Places", crypto])
    + room("People", on: ["Store", crypto, cryptoExtras])
    + room("Certificates", on: [nio, .product(name: "NIOSSL", package: "swift-nio-ssl"), concurrency])
    + room("Upstreams", on: sockets + http2)
    + room("Outbound", on: sockets)
    + room("Webhooks", on: ["Outbound", crypto], testedWith: sockets)

// Copies of what a server keeps, and putting them back.
let keeping: [Target] = room("Keeping", on: ["Ledger", "Store", crypto])

// The desks: reached by commands, the admin API and pages; never in a request's way.
let desks: [Target] =
    room("ExportControl", on: ["CExpat", crypto])
    + room("Distillation", on: ["Text", "CZlib", "CHash", crypto])

// The pipeline and the doors.
let doors: [Target] =
    room(
        "Gateway",
        on: [
            "Dialects", "Constitution", "Safeguards", "Access", "Store", "Ledger", "Metering", "Upstreams",
            "Telemetry", "Places", "Certificates", "OpenAPI", "Threads", "CZlib", "CTurnHash",
            crypto, log,
        ] + sockets + http2)
    + room(
        "Admin",
        on: [
            "Access", "People", "Store", "Metering", "Ledger", "Transparency", "Cases", "Webhooks", "Certificates",
            "OpenAPI", nio,
            .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "HummingbirdCore", package: "hummingbird"),
            .product(name: "HummingbirdTLS", package: "hummingbird"),
            .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
            lifecycle, log,
        ],
        testedWith: [
            .product(name: "HummingbirdTesting", package: "hummingbird"), crypto,
            .product(name: "NIOPosix", package: "swift-nio"),
        ])

// Hostile bytes for every reader of bytes from outside, seeded; Tools/fuzz.py runs as many as are wanted.
let fuzzing: [Target] = [
    .testTarget(
        name: "FuzzTests",
        dependencies: [
            "Access", "Constitution", "Dialects", "Gateway", "Ledger", "Safeguards", "Store", "Upstreams", crypto, log,
            nio, .product(name: "NIOEmbedded", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
        ],
        swiftSettings: strict)
]

let package = Package(
    name: "sluice",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "sluice", targets: ["sluice"]),
        // For Benchmarks/, which is a package of its own.
        .library(
            name: "SluiceRooms",
            targets: ["Access", "Constitution", "Dialects", "Ledger", "Safeguards", "Store", "Text"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: system + kernels + calls + ground + keeping + services + desks + doors + fuzzing + [
        .executableTarget(
            name: "sluice",
            dependencies: [
                "Gateway", "Admin", "Access", "People", "Store", "Ledger", "Constitution", "Safeguards", "Dialects",
                "Upstreams", "Transparency", "Encoder", "Metering", "Cases", "Keeping", "ExportControl", "Distillation",
                "Text", "Telemetry", "Threads", "Outbound", "Places", "Webhooks", "Certificates", "CMimalloc",
                nio, .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"), yaml, crypto,
                lifecycle, log,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
            ],
            swiftSettings: strict)
    ]
)
