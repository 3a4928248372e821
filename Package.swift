// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
    name: "oriel",
    products: [
        .executable(name: "oriel", targets: ["oriel"]),
        .library(name: "PlaneServer", targets: ["PlaneServer"]),
        // The protocol alone, for VMMs in C.
        .library(name: "CPlaneProtocol", targets: ["CPlaneProtocol"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // The system's C libraries.
        .systemLibrary(name: "CWayland", pkgConfig: "wayland-client"),
        .systemLibrary(name: "CWaylandServer", pkgConfig: "wayland-server"),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd"),
        .systemLibrary(name: "CDRM", pkgConfig: "libdrm"),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
        .systemLibrary(name: "CXKBCommon", pkgConfig: "xkbcommon"),
        .systemLibrary(name: "CJansson", pkgConfig: "jansson"),
        .systemLibrary(name: "CVFIO"),
        .target(name: "CLinux"),
        .target(name: "CPlaneProtocol"),
        // toml++, a C++ library of headers.
        .target(name: "CTOML"),

        // The vocabulary and what everything stands on.
        .target(name: "System", dependencies: ["CLinux"], swiftSettings: settings),
        .target(name: "EventLoop", dependencies: ["CSystemd"], swiftSettings: settings),
        .target(name: "Planes", dependencies: ["CDRM", "CLinux", "EventLoop", "System"], swiftSettings: settings),
        .target(
            name: "Measurement", dependencies: ["System", .product(name: "Histogram", package: "hdrhistogram-swift")],
            swiftSettings: settings),
        .target(name: "PlaneImage", dependencies: ["CLinux", "CPNG", "Planes", "System"], swiftSettings: settings),

        .target(name: "Lettering", dependencies: ["Planes"], swiftSettings: settings),

        // Sources of planes.
        .target(
            name: "SyntheticGuest", dependencies: ["CLinux", "EventLoop", "Lettering", "Planes", "System"],
            swiftSettings: settings),
        .target(
            name: "Recording", dependencies: ["CLinux", "CZlib", "EventLoop", "Planes", "SyntheticGuest", "System", logging],
            swiftSettings: settings),
        .target(
            name: "QMP", dependencies: ["CJansson", "CLinux", "EventLoop", "Planes", "System", logging], swiftSettings: settings),
        .target(
            name: "QEMUDisplay", dependencies: ["CLinux", "CSystemd", "EventLoop", "Planes", "QMP", "System", logging],
            swiftSettings: settings),
        .target(
            name: "VFIOPlanes", dependencies: ["CLinux", "CVFIO", "EventLoop", "Planes", "System", logging],
            swiftSettings: settings),
        .target(
            name: "PlaneServer", dependencies: ["CLinux", "CPlaneProtocol", "EventLoop", "Planes", "System", logging],
            swiftSettings: settings),

        // Wayland.
        .executableTarget(name: "WaylandScanner", swiftSettings: settings),
        .plugin(
            name: "WaylandProtocols", capability: .buildTool(), dependencies: ["WaylandScanner"],
            path: "Sources/Plugins/WaylandProtocols"),
        .target(
            name: "Wayland", dependencies: ["CWayland", "EventLoop", "System"], swiftSettings: settings,
            plugins: ["WaylandProtocols"]),
        .target(
            name: "Surfaces",
            dependencies: ["CDRM", "CLinux", "EventLoop", "Lettering", "Planes", "System", "Wayland"], swiftSettings: settings),
        .target(
            name: "GuestInput", dependencies: ["CXKBCommon", "EventLoop", "Planes", "Surfaces", "System", "Wayland", logging],
            swiftSettings: settings),
        .target(
            name: "GuestView",
            dependencies: [
                "CLinux", "EventLoop", "Lettering", "Measurement", "Planes", "Surfaces", "System", "Wayland", logging,
            ],
            swiftSettings: settings),
        .target(
            name: "GuestWindow",
            dependencies: [
                "EventLoop", "GuestInput", "GuestView", "Lettering", "Measurement", "Planes", "Surfaces", "System", "Wayland",
                logging,
            ],
            swiftSettings: settings),

        // The viewer, and its command line.
        .target(name: "Diagnosis", dependencies: ["Measurement", "Planes", "Surfaces", "Wayland"], swiftSettings: settings),
        .target(
            name: "Viewer",
            dependencies: [
                "CLinux", "Diagnosis", "EventLoop", "GuestInput", "GuestView", "GuestWindow", "Measurement", "PlaneImage",
                "PlaneServer", "Planes", "QEMUDisplay", "QMP", "Recording", "Surfaces", "SyntheticGuest", "System", "VFIOPlanes",
                "Wayland", logging,
            ],
            swiftSettings: settings),
        .target(
            name: "Kiosk",
            dependencies: [
                "CTOML", "EventLoop", "GuestInput", "GuestView", "GuestWindow", "Lettering", "Measurement", "PlaneImage",
                "Planes",
                "QMP", "Surfaces", "System", "Viewer", "Wayland", logging,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "oriel",
            dependencies: [
                "Diagnosis", "EventLoop", "GuestInput", "GuestView", "GuestWindow", "Kiosk", "Measurement", "PlaneImage",
                "PlaneServer", "Planes", "QMP", "Surfaces", "SyntheticGuest", "VFIOPlanes", "Viewer", "Wayland",
                .product(name: "ArgumentParser", package: "swift-argument-parser"), logging,
            ],
            swiftSettings: settings),

        // Tests, and what they build their worlds from.
        .target(
            name: "WaylandServer", dependencies: ["CWaylandServer", "System", "Wayland"],
            path: "Tests/Support/WaylandServer", swiftSettings: settings, plugins: ["WaylandProtocols"]),
        .target(
            name: "TestSupport",
            dependencies: [
                "CLinux", "CSystemd", "EventLoop", "GuestView", "GuestWindow", "PlaneImage", "Planes", "SyntheticGuest", "System",
                logging,
            ],
            path: "Tests/Support/TestSupport", swiftSettings: settings),
        .target(
            name: "TestCompositor",
            dependencies: ["CLinux", "CXKBCommon", "EventLoop", "Planes", "System", "Wayland", "WaylandServer"],
            path: "Tests/Support/TestCompositor", swiftSettings: settings),
        .testTarget(name: "SystemTests", dependencies: ["CLinux", "System"], swiftSettings: settings),
        .testTarget(name: "EventLoopTests", dependencies: ["CSystemd", "EventLoop", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "PlanesTests", dependencies: ["Planes"], swiftSettings: settings),
        .testTarget(name: "LetteringTests", dependencies: ["Lettering", "Planes"], swiftSettings: settings),
        .testTarget(
            name: "MeasurementTests", dependencies: ["Measurement", "PlaneImage", "Planes", "QMP", "System", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "PlaneImageTests", dependencies: ["CLinux", "PlaneImage", "Planes", "System", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "SyntheticGuestTests",
            dependencies: ["EventLoop", "PlaneImage", "Planes", "SyntheticGuest", "System", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "RecordingTests",
            dependencies: [
                "EventLoop", "PlaneImage", "Planes", "Recording", "SyntheticGuest", "System", "TestSupport", "Viewer", "oriel",
                logging,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "QEMUDisplayTests",
            dependencies: ["CLinux", "CSystemd", "EventLoop", "Planes", "QEMUDisplay", "QMP", "System", "TestSupport", logging],
            swiftSettings: settings),
        .testTarget(
            name: "QMPTests", dependencies: ["EventLoop", "Planes", "QMP", "System", "TestSupport", logging],
            swiftSettings: settings),
        .testTarget(
            name: "PlaneServerTests",
            dependencies: [
                "CLinux", "CPlaneProtocol", "EventLoop", "PlaneImage", "PlaneServer", "Planes", "SyntheticGuest", "System",
                "TestSupport", "oriel", logging,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "VFIOPlanesTests",
            dependencies: [
                "CLinux", "CVFIO", "EventLoop", "PlaneServer", "Planes", "System", "TestSupport", "VFIOPlanes", logging,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "WaylandScannerTests", dependencies: ["Wayland", "WaylandScanner"], exclude: ["Resources"],
            swiftSettings: settings),
        .testTarget(
            name: "WaylandTests", dependencies: ["EventLoop", "System", "Wayland", "WaylandServer"],
            swiftSettings: settings),
        .testTarget(
            name: "GuestInputTests",
            dependencies: ["EventLoop", "GuestInput", "Planes", "Surfaces", "System", "TestSupport", "Wayland"],
            swiftSettings: settings),
        .testTarget(name: "SurfacesTests", dependencies: ["Planes", "Surfaces"], swiftSettings: settings),
        .testTarget(name: "GuestViewTests", dependencies: ["GuestView", "Planes", "Surfaces"], swiftSettings: settings),
        .testTarget(
            name: "GuestWindowTests",
            dependencies: [
                "EventLoop", "GuestInput", "GuestView", "GuestWindow", "Measurement", "PlaneImage", "Planes", "Surfaces",
                "System",
                "TestCompositor", "TestSupport", "Wayland", "WaylandServer", logging,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "ViewerTests",
            dependencies: [
                "CLinux", "CPlaneProtocol", "Diagnosis", "EventLoop", "GuestView", "GuestWindow", "Measurement", "PlaneImage",
                "PlaneServer", "Planes", "Surfaces", "SyntheticGuest", "System", "TestCompositor", "TestSupport", "Viewer",
                "Wayland", "oriel", logging,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "KioskTests",
            dependencies: [
                "EventLoop", "GuestInput", "GuestView", "Kiosk", "Measurement", "PlaneImage", "Planes", "QMP", "SyntheticGuest",
                "System", "TestCompositor", "TestSupport", "Viewer", "Wayland", "WaylandServer", "oriel",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "DeskTests", dependencies: ["PlaneImage", "Planes", "TestSupport", "Viewer", "oriel"], swiftSettings: settings),
        .testTarget(name: "MachineTests", dependencies: ["PlaneImage", "Planes"], swiftSettings: settings),
        .testTarget(name: "CommandTests", dependencies: ["TestSupport", "oriel"], swiftSettings: settings),
    ],
    cxxLanguageStandard: .cxx17
)
