// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import Planes

/// Why a picture couldn't be copied, written or read.
public enum PlaneImageError: Error, Hashable, Sendable, CustomStringConvertible {
    case unreadableFormat(PixelFormat)
    case unreadableModifier(Modifier)
    case tooShort(PlaneFault)
    /// The kernel refused to map the plane. The payload is errno's text.
    case unmappable(String)
    /// A file couldn't be read or written, for this reason.
    case file(path: String, reason: String)

    public var description: String {
        switch self {
        case .unreadableFormat(let format):
            "a picture in format \(format) can't be copied: let the guest use a packed RGB format, such as XR24"
        case .unreadableModifier(let modifier):
            "a picture with modifier \(modifier) can't be copied: let the guest use LINEAR"
        case .tooShort(let fault): "the picture can't be copied: \(fault)"
        case .unmappable(let reason): "the picture's memory can't be mapped: \(reason)"
        case .file(let path, let reason): "\(path): \(reason)"
        }
    }
}
