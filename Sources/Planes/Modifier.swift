// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CDRM
internal import Glibc

/// How a buffer's pixels are arranged in memory: a DRM format modifier (`drm_fourcc.h`).
public struct Modifier: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Rows one after another (`DRM_FORMAT_MOD_LINEAR`).
    public static let linear = Modifier(rawValue: 0)
    /// «Whatever the driver knows of this buffer» (`DRM_FORMAT_MOD_INVALID`).
    public static let implicit = Modifier(rawValue: 0x00FF_FFFF_FFFF_FFFF)

    /// The name that libdrm gives it, with the vendor before it; the number where libdrm knows none.
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
