// swift-tools-version: 6.2
import PackageDescription

let nio = "swift-nio"

let package = Package(
    name: "lambdaless",
    platforms: [.macOS(.v26)],
    products: [
        .executable(name: "lambdaless", targets: ["lambdaless"]),
        // JSONText for the errors of texts that are no JSON.
        .library(name: "EventPattern", targets: ["EventPattern", "JSONText", "PatternIndex"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // C libraries: system packages, one Swift adapter each.
        .systemLibrary(
            name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"]), .brew(["jansson"])]),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),

        // The pattern language: a library of its own, free of Foundation, NIO and the broker.
        .target(name: "JSONText"),
        .target(name: "EventPattern", dependencies: ["JSONText"]),
        .target(name: "PatternIndex", dependencies: ["EventPattern", "JSONText"]),

        // The broker, from the store up to the door.
        .target(name: "JSONDocument", dependencies: ["CJansson"]),
        .target(name: "EventLog", dependencies: [.product(name: "DequeModule", package: "swift-collections")]),
        // Apart, so that only whoever keeps a log on disk brings SQLite along.
        .target(
            name: "EventLogSQLite",
            dependencies: [
                "EventLog",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "Broker",
            dependencies: [
                .product(name: "DequeModule", package: "swift-collections"),
                "EventLog", "EventPattern", "JSONText", "PatternIndex",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ]),
        .target(name: "Access", dependencies: ["COpenSSL"]),
        .target(name: "WebSocketFraming", dependencies: ["CZlib"]),
        .target(
            name: "Gateway",
            dependencies: [
                "Access", "Broker", "EventLog", "EventPattern", "JSONDocument", "JSONText", "PatternIndex",
                "WebSocketFraming",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOHTTP1", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "NIOWebSocket", package: nio),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Browser/lambdaless.js")]),

        // The command line: the same program serves and asks.
        .target(
            name: "Client",
            dependencies: [
                "Access", "JSONDocument", "JSONText",
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOHTTP1", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "NIOWebSocket", package: nio),
            ]),
        .executableTarget(
            name: "lambdaless",
            dependencies: [
                "Access", "Broker", "Client", "EventLog", "EventLogSQLite", "EventPattern", "Gateway", "JSONDocument",
                "JSONText", "MatchBenchmark", "PatternIndex",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),

        // Measuring: a library for `lambdaless bench`, and a small program for profilers.
        .systemLibrary(name: "CAllocator", path: "Tests/Benchmarks/CAllocator"),
        .target(
            name: "MatchBenchmark", dependencies: ["CAllocator", "EventPattern", "PatternIndex"],
            path: "Tests/Benchmarks/MatchBenchmark"),
        .executableTarget(
            name: "match-benchmark", dependencies: ["MatchBenchmark"], path: "Tests/Benchmarks/Program"),
        .executableTarget(
            name: "event-log-benchmark",
            dependencies: [
                "EventLog", "EventLogSQLite",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Benchmarks/EventLog"),

        // Tests.
        .target(name: "ReferenceMatcher", dependencies: ["EventPattern", "JSONText"], path: "Tests/ReferenceMatcher"),
        .testTarget(name: "JSONTextTests", dependencies: ["JSONDocument", "JSONText"]),
        .testTarget(name: "JSONDocumentTests", dependencies: ["JSONDocument"]),
        .testTarget(name: "EventPatternTests", dependencies: ["EventPattern", "JSONText", "ReferenceMatcher"]),
        .testTarget(
            name: "PatternIndexTests", dependencies: ["EventPattern", "JSONText", "PatternIndex", "ReferenceMatcher"]),
        .testTarget(
            name: "EventLogTests",
            dependencies: [
                "EventLog", "EventLogSQLite",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "BrokerTests",
            dependencies: [
                "Broker", "EventLog", "EventPattern", "JSONText", "PatternIndex",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(name: "AccessTests", dependencies: ["Access"]),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Access", "Broker", "EventLog", "EventPattern", "Gateway", "JSONDocument", "JSONText", "PatternIndex",
                "WebSocketFraming",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOEmbedded", package: nio),
                .product(name: "NIOHTTP1", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "NIOWebSocket", package: nio),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "EchoServer",
            dependencies: [
                "Broker", "EventLog", "Gateway",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Tests/Autobahn/EchoServer"),
        .testTarget(
            name: "ClientTests",
            dependencies: [
                "Access", "Client",
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOHTTP1", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "NIOWebSocket", package: nio),
            ]),
    ],
    swiftLanguageModes: [.v6]
)

// The load and the limit of the delivery benchmark are written for Linux's epoll.
#if os(Linux)
    package.targets += [
        .systemLibrary(name: "CLinux", path: "Tests/Benchmarks/Delivery/CLinux"),
        .executableTarget(
            name: "delivery-benchmark",
            dependencies: ["CLinux", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Tests/Benchmarks/Delivery/Program"),
    ]
#endif

for target in package.targets where target.type != .system {
    let strict: [SwiftSetting] = target.type == .test ? [] : [.strictMemorySafety()]
    target.swiftSettings =
        [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .treatAllWarnings(as: .error),
        ] + strict
}

// Masks of 16 bytes at once: the scanner's inner loop (ByteBlock.swift has the portable form).
for target in package.targets where target.name == "JSONText" {
    target.swiftSettings?.append(.enableExperimentalFeature("BuiltinModule"))
}
