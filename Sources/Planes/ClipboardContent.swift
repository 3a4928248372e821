// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// What of a clipboard crosses between guest and host.
public enum ClipboardKind: Hashable, Sendable, CaseIterable {
    // In the order of preference, where a side takes either.
    case text, png

    /// Its name on D-Bus and on Wayland (`ui/dbus-clipboard.c` of QEMU knows the first).
    public var mimeType: String {
        switch self {
        case .text: "text/plain;charset=utf-8"
        case .png: "image/png"
        }
    }

    public init?(mimeType: String) {
        guard let kind = Self.allCases.first(where: { $0.mimeType == mimeType }) else { return nil }
        self = kind
    }
}

/// A clipboard's content as one side gave it, found to be what it says.
public struct ClipboardContent: Hashable, Sendable {
    public let kind: ClipboardKind
    /// UTF-8 without NUL, or a PNG's file: its first bytes have been looked at, the rest is for whoever draws it.
    public let bytes: [UInt8]

    /// - Parameter limit: how many bytes may pass.
    public init(_ kind: ClipboardKind, _ bytes: UnsafeRawBufferPointer, limit: Int) throws(ClipboardFault) {
        guard bytes.count <= limit else { throw .tooLong(limit: limit) }
        var end = bytes.endIndex
        switch kind {
        case .text:
            // Windows' texts end so. Anywhere else, a NUL would be the text's end for one reader and not for another.
            while end > bytes.startIndex, bytes[end - 1] == 0 { end -= 1 }
            let text = bytes[..<end]
            guard !text.contains(0), String(validating: text, as: UTF8.self) != nil else { throw .notText }
        case .png:
            guard bytes.starts(with: Self.pngSignature) else { throw .notPNG }
        }
        self.kind = kind
        self.bytes = Array(bytes[..<end])
    }

    public init(_ kind: ClipboardKind, _ bytes: [UInt8], limit: Int) throws(ClipboardFault) {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(ClipboardFault) in try ClipboardContent(kind, bytes, limit: limit) }
        }
        self = try result.get()
    }

    /// "PNG file signature" in the PNG specification.
    private static let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
}

/// Why a clipboard's content isn't passed on.
public enum ClipboardFault: Error, Hashable, Sendable, CustomStringConvertible {
    case tooLong(limit: Int)
    /// Not UTF-8, or with a NUL in it.
    case notText
    case notPNG
    /// Whoever has it didn't give it, or not in time.
    case notGiven(String)

    public var description: String {
        switch self {
        case .tooLong(let limit): "it has more than the \(limit) bytes that may pass"
        case .notText: "it is no UTF-8 text, or has a NUL in it"
        case .notPNG: "it is no PNG"
        case .notGiven(let why): why
        }
    }
}
