// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CDRM
internal import Glibc

/// A pixel format, identified by its DRM fourcc (`drm_fourcc.h`). Only formats whose layout Oriel knows can be represented.
///
/// ```swift
/// PixelFormat(fourcc: 0x3432_5258)?.name   // "XR24"
/// PixelFormat.argb8888.opaque              // .xrgb8888
/// ```
public struct PixelFormat: Hashable, Sendable, CustomStringConvertible {
    /// The code as the kernel defines it: four ASCII characters in little-endian order.
    public let fourcc: UInt32

    /// Returns nil if Oriel doesn't know the layout of the format with this code.
    public init?(fourcc: UInt32) {
        guard Self.facts(of: fourcc) != nil else { return nil }
        self.fourcc = fourcc
    }

    private init(known: StaticString) {
        fourcc = known.withUTF8Buffer { Self.code($0[0], $0[1], $0[2], $0[3]) }
    }

    public static let xrgb8888 = PixelFormat(known: "XR24")
    public static let argb8888 = PixelFormat(known: "AR24")
    public static let rgb565 = PixelFormat(known: "RG16")

    public var name: String { Self.name(of: fourcc) }
    public var description: String { name }

    /// The number of memory planes: 1 for packed formats, 2 or 3 for planar YUV.
    public var planeCount: Int { facts.planes.count }

    /// The bytes for one pixel of a memory plane, counting that plane's own (subsampled) pixels.
    public func bytesPerPixel(plane: Int = 0) -> UInt32 { facts.planes[plane].bytes }

    /// The divisors of a memory plane's width and height.
    public func subsampling(plane: Int) -> (horizontal: UInt32, vertical: UInt32) {
        let plane = facts.planes[plane]
        return (plane.horizontal, plane.vertical)
    }

    /// Whether the alpha channel has a meaning. A primary plane is shown in the opaque twin of its format.
    public var hasAlpha: Bool { facts.opaque != nil }

    /// The same layout with its alpha ignored; the format itself if it has none.
    public var opaque: PixelFormat { facts.opaque.map(PixelFormat.init(known:)) ?? self }

    /// The same layout with its padding used as alpha, if such a format exists.
    public var alpha: PixelFormat? { hasAlpha ? self : facts.alpha.map(PixelFormat.init(known:)) }

    /// A fourcc as text, with unprintable bytes in hexadecimal.
    public static func name(of fourcc: UInt32) -> String {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: fourcc >> (8 * $0)) }
        guard bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) else { return "0x" + String(fourcc, radix: 16) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension PixelFormat {
    private struct Facts {
        let planes: [(bytes: UInt32, horizontal: UInt32, vertical: UInt32)]
        var opaque: StaticString?
        var alpha: StaticString?
    }

    private var facts: Facts { Self.facts(of: fourcc)! }  // init? accepts known codes only

    private static func code(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) -> UInt32 {
        UInt32(a) | UInt32(b) << 8 | UInt32(c) << 16 | UInt32(d) << 24
    }

    private static func facts(of fourcc: UInt32) -> Facts? { table.first { $0.fourcc == fourcc }?.facts }

    /// All known formats, the most common ones first. Sizes are from the comments in drm_fourcc.h.
    private static let table: [(fourcc: UInt32, facts: Facts)] = {
        var table: [(fourcc: UInt32, facts: Facts)] = []
        func add(_ name: StaticString, _ facts: Facts) { table.append((PixelFormat(known: name).fourcc, facts)) }
        let packed: [(opaque: StaticString, alpha: StaticString, bytes: UInt32)] = [
            ("XR24", "AR24", 4), ("XB24", "AB24", 4), ("RX24", "RA24", 4), ("BX24", "BA24", 4),
            ("XR30", "AR30", 4), ("XB30", "AB30", 4), ("RX30", "RA30", 4), ("BX30", "BA30", 4),
            ("XR15", "AR15", 2), ("XB15", "AB15", 2), ("XR12", "AR12", 2), ("XB12", "AB12", 2),
            ("XR4H", "AR4H", 8), ("XB4H", "AB4H", 8),
        ]
        for format in packed {
            add(format.opaque, Facts(planes: [(format.bytes, 1, 1)], alpha: format.alpha))
            add(format.alpha, Facts(planes: [(format.bytes, 1, 1)], opaque: format.opaque))
        }
        for name: StaticString in ["RG16", "BG16", "YUYV", "UYVY"] { add(name, Facts(planes: [(2, 1, 1)])) }
        for name: StaticString in ["RG24", "BG24"] { add(name, Facts(planes: [(3, 1, 1)])) }
        for name: StaticString in ["NV12", "NV21"] { add(name, Facts(planes: [(1, 1, 1), (2, 2, 2)])) }
        add("P010", Facts(planes: [(2, 1, 1), (4, 2, 2)]))
        for name: StaticString in ["YU12", "YV12"] { add(name, Facts(planes: [(1, 1, 1), (1, 2, 2), (1, 2, 2)])) }
        return table
    }()

    /// All known formats, ordered by code.
    public static var all: [PixelFormat] { table.map(\.fourcc).sorted().compactMap(PixelFormat.init(fourcc:)) }
}

/// The arrangement of a buffer's pixels in memory: a DRM format modifier (`drm_fourcc.h`).
public struct Modifier: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Rows in order, one after another (`DRM_FORMAT_MOD_LINEAR`).
    public static let linear = Modifier(rawValue: 0)
    /// The layout is known to the driver alone (`DRM_FORMAT_MOD_INVALID`).
    public static let implicit = Modifier(rawValue: 0x00FF_FFFF_FFFF_FFFF)

    /// The name in libdrm, preceded by the vendor's; the number if libdrm has no name for it.
    public var description: String {
        if self == .implicit { return "INVALID" }
        guard let name = drmGetFormatModifierName(rawValue) else { return "0x" + String(rawValue, radix: 16) }
        defer { free(name) }
        guard let vendor = drmGetFormatModifierVendor(rawValue) else { return String(cString: name) }
        defer { free(vendor) }
        let text = String(cString: name)
        return self == .linear ? text : "\(String(cString: vendor))_\(text)"
    }
}
