// swift-tools-version: 6.2
import PackageDescription

/// `Benchmarks/profile` builds a sensor that counts how often each of its branches is taken.
let countsBranches = Context.environment["VONGGAC_PROFILE"] == "record"

/// What it counted, by which release builds lay out the code. Other compilers may read profiles of another form: they do without.
#if compiler(>=6.3) && compiler(<6.4)
    let profile =
        countsBranches
        ? ["-Xfrontend", "-ir-profile-generate"] : ["-Xfrontend", "-ir-profile-use=\(Context.packageDirectory)/Benchmarks/sensor.profdata"]
#else
    let profile: [String] = []
#endif

/// Settings of every target between the packet and the alert. See docs/architecture.md, "Build settings".
let hot: [SwiftSetting] = [
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .unsafeFlags(["-enforce-exclusivity=unchecked"] + profile, .when(configuration: .release)),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")

let package = Package(
    name: "VongGac",
    products: [
        .executable(name: "vonggac-sensor", targets: ["vonggac-sensor"]),
        .executable(name: "vonggac", targets: ["vonggac"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // C libraries
        .systemLibrary(name: "CPcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CMagic", pkgConfig: "libmagic", providers: [.apt(["libmagic-dev"])]),
        .systemLibrary(name: "CMaxMindDB", pkgConfig: "libmaxminddb", providers: [.apt(["libmaxminddb-dev"])]),
        .systemLibrary(name: "CBrotli", pkgConfig: "libbrotlidec", providers: [.apt(["libbrotli-dev"])]),
        .systemLibrary(name: "CLZMA", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CNcurses", providers: [.apt(["libncurses-dev"])]),

        // The sensor's pipeline, lowest stage first
        .target(name: "Bytes", exclude: ["Notes.md"], swiftSettings: hot),
        .target(name: "Digest", dependencies: ["Bytes", "COpenSSL"], exclude: ["Notes.md"], swiftSettings: hot),
        .target(name: "Decode", dependencies: ["Bytes"], exclude: ["Notes.md"], swiftSettings: hot),
        .target(name: "Flow", dependencies: ["Bytes", "Decode"], exclude: ["Notes.md"], swiftSettings: hot),
        .target(name: "Capture", dependencies: ["Bytes", "CPcap"], exclude: ["Notes.md"], swiftSettings: hot),
        .target(
            name: "AppLayer", dependencies: ["Bytes", "Digest", "CZlib", "CBrotli", "CLZMA", "CMagic"],
            exclude: ["Notes.md", "MIME/Notes.md"],
            swiftSettings: hot),
        .target(name: "Match", dependencies: ["Bytes", "CPCRE2"], exclude: ["Notes.md"], swiftSettings: hot),
        .target(name: "RuleLanguage", dependencies: ["Bytes"], exclude: ["Notes.md"], swiftSettings: hot),
        .target(
            name: "Detect", dependencies: ["Bytes", "Digest", "Decode", "Flow", "AppLayer", "Match", "RuleLanguage", "CMaxMindDB"],
            exclude: ["Notes.md", "Keywords/Notes.md", "Datasets/Notes.md", "Reputation/Notes.md"],
            swiftSettings: hot),
        .target(
            name: "EVE", dependencies: ["Bytes", "Digest", "Decode", "Flow", "AppLayer", "Detect"], exclude: ["Notes.md"],
            swiftSettings: hot),
        .target(
            name: "Sensor",
            dependencies: [
                "Bytes", "Digest", "Decode", "Flow", "Capture", "AppLayer", "RuleLanguage", "Detect", "EVE", "Wording", "Incidents",
                "Trust",
                yams,
                argumentParser,
            ],
            exclude: ["Notes.md"], swiftSettings: hot),
        .executableTarget(
            name: "vonggac-sensor", dependencies: ["Sensor"],
            linkerSettings: countsBranches ? [.unsafeFlags(["-profile-generate"])] : []),

        // The incident record and the responder's side
        .target(name: "Wording", exclude: ["Notes.md"]),
        .target(name: "Trust", dependencies: ["Bytes", "Digest", "Wording", "COpenSSL"], exclude: ["Notes.md"]),
        .target(
            name: "Incidents", dependencies: ["Bytes", "Digest", "Trust", "Wording", "CSQLite", "CZlib", grdb, sqlite, yams],
            exclude: ["Notes.md"]),
        .target(
            name: "Compliance", dependencies: ["Bytes", "Incidents", "Wording"], exclude: ["Notes.md"],
            resources: [.embedInCode("Profiles/vn-2026.yaml"), .embedInCode("Profiles/vn-2017.yaml")]),
        .target(name: "Playbooks", dependencies: ["Bytes", "Digest", "Trust", "Wording", "COpenSSL", yams], exclude: ["Notes.md"]),
        .target(
            name: "Reports", dependencies: ["Bytes", "Digest", "Trust", "Wording", "Incidents", "Compliance"], exclude: ["Notes.md"],
            resources: [
                .embedInCode("Queries/weekly.sql"), .embedInCode("Templates/ack.yaml"), .embedInCode("Templates/annual.yaml"),
                .embedInCode("Templates/daily.yaml"),
                .embedInCode("Templates/f24.yaml"), .embedInCode("Templates/f72.yaml"), .embedInCode("Templates/final.yaml"),
                .embedInCode("Templates/half-year.yaml"), .embedInCode("Templates/initial.yaml"),
                .embedInCode("Templates/intake.yaml"), .embedInCode("Templates/notice.yaml"), .embedInCode("Templates/organisation.yaml"),
                .embedInCode("Templates/pdp.yaml"),
                .embedInCode("Templates/periodic.yaml"), .embedInCode("Templates/phrases.tsv"), .embedInCode("Templates/plan.yaml"),
                .embedInCode("Templates/progress.yaml"), .embedInCode("Templates/support.yaml"),
                .embedInCode("Templates/weekly.yaml"),
            ]),
        .target(name: "Terminal", dependencies: ["CNcurses"], exclude: ["Notes.md"]),
        .target(
            name: "Responder",
            dependencies: [
                "Bytes", "Digest", "Trust", "Wording", "Incidents", "Compliance", "Playbooks", "Reports", "Terminal", "RuleLanguage",
                "Detect", "Sensor",
                argumentParser,
            ],
            exclude: ["Notes.md"]),
        .executableTarget(name: "vonggac", dependencies: ["Responder"]),

        // Tests
        .target(name: "TestSupport", dependencies: ["Bytes"], path: "Tests/TestSupport"),
        .testTarget(name: "BytesTests", dependencies: ["Bytes", "TestSupport"], swiftSettings: hot),
        .testTarget(name: "DecodeTests", dependencies: ["Decode", "Bytes", "TestSupport"], swiftSettings: hot),
        .testTarget(name: "FlowTests", dependencies: ["Flow", "Decode", "Bytes", "TestSupport"], swiftSettings: hot),
        .testTarget(
            name: "SensorTests",
            dependencies: ["Sensor", "AppLayer", "Bytes", "Decode", "Digest", "EVE", "Flow", "Incidents", "TestSupport"],
            exclude: ["Golden"]),
        .testTarget(name: "DigestTests", dependencies: ["Digest", "Bytes"], swiftSettings: hot),
        .testTarget(name: "WordingTests", dependencies: ["Wording"]),
        .testTarget(name: "TrustTests", dependencies: ["Trust", "Digest", "Wording", "Bytes", "TestSupport"]),
        .testTarget(name: "ComplianceTests", dependencies: ["Compliance", "Incidents", "Wording", "Bytes", "TestSupport"]),
        .testTarget(
            name: "ReportsTests",
            dependencies: ["Reports", "Compliance", "Incidents", "Digest", "Trust", "Wording", "Bytes", "TestSupport", grdb]),
        .testTarget(
            name: "ResponderTests",
            dependencies: ["Responder", "Playbooks", "Incidents", "Trust", "Wording", "Terminal", "Bytes", "TestSupport"]),
        .testTarget(name: "PlaybooksTests", dependencies: ["Playbooks", "Trust", "TestSupport"]),
        .testTarget(name: "IncidentsTests", dependencies: ["Incidents", "Wording", "Trust", "Digest", "Bytes", "TestSupport", grdb]),
        .testTarget(
            name: "AppLayerTests", dependencies: ["AppLayer", "Digest", "Bytes", "TestSupport"], exclude: ["Captures"], swiftSettings: hot),
        .testTarget(name: "CaptureTests", dependencies: ["Capture", "Bytes", "TestSupport"], swiftSettings: hot),
        .testTarget(name: "MatchTests", dependencies: ["Match", "Bytes", "TestSupport"], swiftSettings: hot),
        .testTarget(name: "EVETests", dependencies: ["EVE", "AppLayer", "Decode", "Bytes", "TestSupport"], swiftSettings: hot),
        .testTarget(name: "RuleLanguageTests", dependencies: ["RuleLanguage", "Bytes", "TestSupport"]),
        .testTarget(name: "DetectTests", dependencies: ["Detect", "RuleLanguage", "AppLayer", "Bytes", "TestSupport"], swiftSettings: hot),
    ],
    swiftLanguageModes: [.v6]
)

// `make fuzz` (Tests/Fuzz): built with the sanitizers, for nobody else.
if Context.environment["VONGGAC_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Bytes", "Decode", "Flow", "Capture", "AppLayer", "Match", "RuleLanguage", "Detect", "EVE", "Sensor", "Trust", "Incidents",
                "Compliance",
                "Playbooks", "Responder", "TestSupport",
            ],
            path: "Tests/Fuzz", exclude: ["Notes.md", "leaks", "run", "seeds"], swiftSettings: hot))
}

// Benchmarks/README.md: programs that measure, for nobody else.
if Context.environment["VONGGAC_BENCH"] != nil {
    package.targets.append(contentsOf: [
        .executableTarget(name: "bench-incidents", dependencies: ["Incidents", "Bytes", "TestSupport"], path: "Benchmarks/incidents"),
        .executableTarget(name: "bench-floods", dependencies: ["TestSupport"], path: "Benchmarks/floods"),
    ])
}
