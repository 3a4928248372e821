// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CDRM
internal import Glibc
public import Planes
internal import Wayland

/// A compositor's features in words, for `oriel doctor` and bug reports.
public struct CompositorFacts: Sendable {
    public struct Formats: Sendable {
        public let format: String
        public let modifiers: [String]
    }

    public struct Tranche: Sendable {
        public let device: String?
        public let isScanout: Bool
        public let formats: [Formats]
    }

    /// A screen as it is seen: the size of a turned panel is turned too.
    public struct Output: Sendable {
        /// nil before wl_output 4.
        public let name: String?
        /// Device pixels; nil where there is no mode.
        public let size: PixelSize?
        /// The refresh rate in millihertz; 0 where it is unknown.
        public let refreshMillihertz: UInt32
        /// The number of device pixels per logical unit.
        public let scale: Double
        /// What the monitor says of itself; nil where the compositor doesn't pass it on.
        public let make: String?
        public let model: String?
        public let description: String?
    }

    /// All globals by interface and version.
    public let globals: [(interface: String, version: UInt32)]
    /// The bound version of zwp_linux_dmabuf_v1; nil where there is none of version 3 or later.
    public let dmabufVersion: UInt32?
    public let mainDevice: String?
    public let tranches: [Tranche]
    public let sharedMemoryFormats: [String]
    public let presentationClock: String?
    public let outputs: [Output]
    /// What was wrong with the feedback, if anything.
    public let fault: String?
}

extension Compositor {
    public func facts() -> CompositorFacts {
        CompositorFacts(
            globals: registry.globals.map { ($0.interface, $0.version) }.sorted { $0.0 < $1.0 },
            dmabufVersion: dmabufVersion,
            mainDevice: buffers.formats.mainDevice.map(Self.name(ofDevice:)),
            tranches: buffers.formats.tranches.map { tranche in
                CompositorFacts.Tranche(
                    device: tranche.device == 0 ? nil : Self.name(ofDevice: tranche.device), isScanout: tranche.isScanout,
                    formats: Self.grouped(tranche.pairs))
            },
            sharedMemoryFormats: buffers.sharedMemoryFormats.sorted().map(PixelFormat.name(of:)),
            presentationClock: timing.presentation == nil ? nil : Self.name(ofClock: timing.clock),
            outputs: outputs,
            fault: buffers.feedbackFault)
    }

    /// The host's screens at this moment.
    public var outputs: [CompositorFacts.Output] {
        screens.all.map { screen in
            CompositorFacts.Output(
                name: screen.facts.name, size: screen.facts.size, refreshMillihertz: screen.facts.refreshMillihertz,
                scale: Double(screen.facts.scale.numerator) / 120, make: screen.facts.make, model: screen.facts.model,
                description: screen.facts.description)
        }
    }

    private static func grouped(_ pairs: [FormatTable.Pair]) -> [CompositorFacts.Formats] {
        Dictionary(grouping: pairs, by: \.fourcc).map { fourcc, pairs in
            CompositorFacts.Formats(
                format: PixelFormat.name(of: fourcc),
                modifiers: pairs.map { Modifier(rawValue: $0.modifier).description })
        }.sorted { $0.format < $1.format }
    }

    /// The path of a device's render or card node, or its numbers where libdrm doesn't know it.
    private static func name(ofDevice device: UInt64) -> String {
        var found: drmDevicePtr?
        let numbers = "\(gnu_dev_major(dev_t(device))):\(gnu_dev_minor(dev_t(device)))"
        guard drmGetDeviceFromDevId(dev_t(device), 0, &found) == 0, let facts = found?.pointee else { return numbers }
        defer { drmFreeDevice(&found) }
        for node in [DRM_NODE_RENDER, DRM_NODE_PRIMARY] where facts.available_nodes & (1 << node) != 0 {
            if let path = facts.nodes[Int(node)] { return String(cString: path) }
        }
        return numbers
    }

    private static func name(ofClock clock: CInt) -> String {
        switch clock {
        case CLOCK_REALTIME: "CLOCK_REALTIME"
        case CLOCK_MONOTONIC: "CLOCK_MONOTONIC"
        case CLOCK_MONOTONIC_RAW: "CLOCK_MONOTONIC_RAW"
        case CLOCK_BOOTTIME: "CLOCK_BOOTTIME"
        default: "clock \(clock)"
        }
    }
}
