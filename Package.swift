// swift-tools-version: 6.2
import PackageDescription

// C libraries come from Debian packages; the static bootstraps link the same libraries' archives (scripts/build.sh).
let package = Package(
    name: "medallion",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    ],
    targets: [
        .systemLibrary(name: "CBrotli"),
        .systemLibrary(name: "CCrypto"),
        .systemLibrary(name: "CLibdeflate"),
        .systemLibrary(name: "CLZ4"),
        .systemLibrary(name: "CSnappy"),
        .systemLibrary(name: "CZlib"),
        .systemLibrary(name: "CZstd"),
        .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),

        .target(name: "HTTP"),
        .target(name: "Digest", dependencies: ["CCrypto"]),
        .target(
            name: "LambdaRuntime", dependencies: ["HTTP", .product(name: "Logging", package: "swift-log")]),
        .target(name: "AWS", dependencies: ["HTTP", "Digest"]),
        .target(name: "JSON", dependencies: ["CSimdjson"]),
        .target(
            name: "Parquet", dependencies: ["CBrotli", "CLibdeflate", "CLZ4", "CSnappy", "CZstd"],
            exclude: ["README.md"]),
        .target(name: "CSV"),
        .target(name: "Tables", dependencies: ["HTTP", "Digest", "JSON", "Parquet"]),
        .target(
            name: "Lake",
            dependencies: [
                "HTTP", "Digest", "LambdaRuntime", "AWS", "JSON", "Parquet", "Tables", "CLibdeflate",
                "CZlib",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "Wistia",
            dependencies: [
                "HTTP", "LambdaRuntime", "AWS", "JSON", "Parquet", "Tables", "Lake",
                .product(name: "Logging", package: "swift-log"),
            ], exclude: ["README.md"]),
        .target(
            name: "Clickstream",
            dependencies: [
                "HTTP", "AWS", "JSON", "CSV", "Parquet", "Tables", "Lake",
                .product(name: "Logging", package: "swift-log"),
            ], exclude: ["README.md"]),
        .executableTarget(name: "bronze", dependencies: ["Lake", "Wistia", "Clickstream"]),
        .executableTarget(name: "silver", dependencies: ["Lake", "Wistia", "Clickstream"]),
        .executableTarget(name: "gold", dependencies: ["Lake", "Wistia", "Clickstream"]),
        .executableTarget(
            name: "catalog",
            dependencies: [
                "Tables", "Lake", "Wistia", "Clickstream",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        .target(
            name: "WistiaSandbox",
            dependencies: [
                .product(name: "FlyingFox", package: "FlyingFox"),
                .product(name: "FlyingSocks", package: "FlyingFox"),
            ]),
        .executableTarget(
            name: "wistia-sandbox",
            dependencies: [
                "WistiaSandbox", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        .target(name: "ClickstreamGenerator", dependencies: ["HTTP", "CLibdeflate"]),
        .executableTarget(
            name: "clickstream-generator",
            dependencies: [
                "HTTP", "ClickstreamGenerator",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        .executableTarget(
            name: "runtime-probe",
            dependencies: ["LambdaRuntime", "Lake", .product(name: "Logging", package: "swift-log")],
            path: "Tests/RuntimeProbe"),
        .executableTarget(name: "parquet-matrix", dependencies: ["Parquet"], path: "Tests/ParquetMatrix"),
        .executableTarget(
            name: "parquet-benchmark", dependencies: ["Parquet"], path: "Tests/ParquetBenchmark"),
        .executableTarget(
            name: "simulator",
            dependencies: [
                "Lake", "Tables", "Wistia", "Parquet", .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Simulator"),
        .target(
            name: "TestSupport", dependencies: ["HTTP", "AWS", "JSON", "Parquet", "Tables"],
            path: "Tests/TestSupport"),
        .testTarget(name: "HTTPTests", dependencies: ["HTTP", "TestSupport"]),
        .testTarget(name: "DigestTests", dependencies: ["Digest"]),
        .testTarget(name: "LambdaRuntimeTests", dependencies: ["LambdaRuntime", "TestSupport"]),
        .testTarget(name: "AWSTests", dependencies: ["AWS", "TestSupport"]),
        .testTarget(name: "JSONTests", dependencies: ["JSON"]),
        .testTarget(name: "CSVTests", dependencies: ["CSV"]),
        .testTarget(name: "ParquetTests", dependencies: ["Parquet"]),
        .testTarget(name: "TablesTests", dependencies: ["Tables", "HTTP", "Parquet", "JSON", "TestSupport"]),
        .testTarget(
            name: "WistiaTests",
            dependencies: [
                "Wistia", "Lake", "Tables", "HTTP", "AWS", "Digest", "Parquet", "JSON", "WistiaSandbox",
                "TestSupport",
            ]),
        .testTarget(
            name: "ClickstreamGeneratorTests",
            dependencies: [
                "ClickstreamGenerator", "clickstream-generator", "HTTP", "JSON", "Lake",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .testTarget(
            name: "LakeTests", dependencies: ["Lake", "Tables", "Wistia", "WistiaSandbox", "TestSupport"],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "ClickstreamTests",
            dependencies: [
                "Clickstream", "Lake", "LambdaRuntime", "Tables", "HTTP", "AWS", "Digest", "Parquet", "JSON",
                "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "SourceBattery",
            dependencies: [
                "HTTP", "AWS", "JSON", "Parquet", "Tables", "Lake", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ], path: "Tests/SourceBattery"),
        .testTarget(
            name: "SourceTests",
            dependencies: [
                "HTTP", "AWS", "JSON", "Parquet", "Tables", "Lake", "Wistia", "Clickstream", "WistiaSandbox",
                "SourceBattery",
                "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "RepositoryTests",
            dependencies: ["catalog", "Lake", "Tables", "Wistia", "Clickstream", "Parquet"]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

for target in package.targets where target.type != .system && target.name != "CSimdjson" {
    target.swiftSettings = [
        .treatAllWarnings(as: .error),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
        .enableUpcomingFeature("ExistentialAny"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
        .enableUpcomingFeature("MemberImportVisibility"),
    ]
    // Test suites conform types to Testing's public protocols, which an internal import forbids.
    if target.type != .test {
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
        target.swiftSettings?.append(.enableUpcomingFeature("InternalImportsByDefault"))
    }
}

// What waits for the network most of its time is made small: the zips have a limit.
for target in package.targets where ["HTTP", "AWS", "LambdaRuntime", "Lake", "Wistia"].contains(target.name) {
    target.swiftSettings?.append(.unsafeFlags(["-Osize"], .when(configuration: .release)))
}
