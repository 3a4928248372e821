// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "oriel",
    products: [
        .library(name: "Planes", targets: ["Planes"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        .systemLibrary(name: "CWayland", pkgConfig: "wayland-client"),
        .systemLibrary(name: "CWaylandServer", pkgConfig: "wayland-server"),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd"),
        .systemLibrary(name: "CDRM", pkgConfig: "libdrm"),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng"),
        .target(name: "CLinux"),
        .target(name: "EventLoop", dependencies: ["CSystemd"], swiftSettings: settings),
        .target(name: "Planes", dependencies: ["CDRM"], swiftSettings: settings),
        .target(
            name: "Measurement", dependencies: [.product(name: "Histogram", package: "hdrhistogram-swift")],
            swiftSettings: settings),
        .target(
            name: "Presentation",
            dependencies: [
                "CDRM", "CLinux", "EventLoop", "Measurement", "Planes", "Wayland", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .target(name: "Diagnosis", dependencies: ["Measurement", "Presentation"], swiftSettings: settings),
        .executableTarget(name: "WaylandScanner", swiftSettings: settings),
        .plugin(
            name: "WaylandProtocols", capability: .buildTool(), dependencies: ["WaylandScanner"],
            path: "Sources/Plugins/WaylandProtocols"),
        .target(
            name: "Wayland", dependencies: ["CWayland", "EventLoop", "Planes"], swiftSettings: settings,
            plugins: ["WaylandProtocols"]),
        .target(
            name: "WaylandServer", dependencies: ["CWaylandServer", "Planes", "Wayland"], path: "Tests/Support/WaylandServer",
            swiftSettings: settings, plugins: ["WaylandProtocols"]),
        .target(
            name: "TestSupport", dependencies: ["CLinux", "Planes"], path: "Tests/Support/TestSupport",
            swiftSettings: settings),
        .target(
            name: "TestCompositor", dependencies: ["CLinux", "EventLoop", "Planes", "Wayland", "WaylandServer"],
            path: "Tests/Support/TestCompositor", swiftSettings: settings),
        .testTarget(
            name: "PresentationTests",
            dependencies: [
                "EventLoop", "Measurement", "Planes", "Presentation", "TestCompositor", "TestSupport", "Wayland",
                "WaylandServer",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .testTarget(name: "PlanesTests", dependencies: ["Planes"], swiftSettings: settings),
        .testTarget(name: "EventLoopTests", dependencies: ["EventLoop"], swiftSettings: settings),
        .testTarget(name: "MeasurementTests", dependencies: ["Measurement"], swiftSettings: settings),
    ]
)
