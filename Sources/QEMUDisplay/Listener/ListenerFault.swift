// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import System

/// The reason why a call of QEMU's is refused.
enum ListenerFault: Error, CustomStringConvertible {
    case plane(PlaneFault)
    /// The surface's format isn't in ``PixmanFormat``.
    case unknownPixman(UInt32)
    /// The array of bytes is shorter than the rows that it should hold.
    case shortBytes(count: Int, needed: UInt64)
    /// The descriptor is neither a file in memory nor a dma-buf.
    case notMemory
    case planeArrays(descriptors: Int, offsets: Int, strides: Int, planes: UInt32)
    case outsideBacking
    /// The picture is a part of a tiled buffer: only the driver knows where it begins.
    case partOfTiled
    /// The update is of a picture that was never shown, or was shown in another format or by another method.
    case noSuchPicture
    case system(errno: CInt)

    var description: String {
        switch self {
        case .plane(let fault): fault.description
        case .unknownPixman(let code): "its pixman format 0x\(String(code, radix: 16)) is unknown"
        case .shortBytes(let count, let needed): "it has \(count) bytes of pixels and needs \(needed)"
        case .notMemory: "its descriptor is neither memory nor a dma-buf"
        case .planeArrays(let descriptors, let offsets, let strides, let planes):
            "it has \(descriptors) descriptors, \(offsets) offsets and \(strides) strides for \(planes) memory planes"
        case .outsideBacking: "the part shown lies outside of its buffer"
        case .partOfTiled: "it shows a part of a tiled buffer"
        case .noSuchPicture: "it updates a picture that isn't shown"
        case .system(let code): Errno(code: code).text
        }
    }
}

extension LayoutClaim {
    /// ``validated(length:)`` with this room's errors.
    func checked(length: UInt64?) throws(ListenerFault) -> PlaneLayout {
        do throws(PlaneFault) { return try validated(length: length) } catch { throw .plane(error) }
    }
}
