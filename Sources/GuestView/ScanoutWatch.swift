// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Measurement
internal import Planes
internal import Surfaces
internal import Wayland

/// Says of a picture that is about to be committed what keeps it from being scanned out. Only there while somebody wants to know.
final class ScanoutWatch {
    private let buffers: BufferGlobals
    private let rotation: Rotation
    /// For the surface that the picture is on.
    private var feedback: SurfaceFeedback?
    private var watched: WlSurface.Ref?

    init(_ buffers: BufferGlobals, rotation: Rotation) {
        self.buffers = buffers
        self.rotation = rotation
    }

    /// - Parameter isUnderCursor: whether the guest's cursor is a visible surface over the picture.
    func obstacles(
        to buffer: ImportedBuffer, in picture: PictureLayer, isUnderCursor: Bool, for host: any GuestViewHost
    ) -> ScanoutObstacles {
        let layout = buffer.identity.layout
        var obstacles = host.scanoutObstacles(to: rotation.turned(layout.size), picture.stage.picture.transform)
        if buffer.path != .dmabuf { obstacles.insert(.sharedMemory) }
        if buffer.path == .dmabuf, buffer.memory != .dmabuf { obstacles.insert(.notDeviceMemory) }
        if picture.stage.isFramed || picture.placement?.hasBars == true { obstacles.insert(.bars) }
        if picture.placement?.source != nil { obstacles.insert(.cropped) }
        if picture.stage.picture.isFlipped {
            // To the compositor that is a turn, too.
            obstacles.remove(.turned)
            obstacles.insert(.flipped)
        }
        if isUnderCursor { obstacles.insert(.cursor) }
        if buffer.path == .dmabuf { obstacles.formUnion(formatObstacles(layout, on: picture.stage.picture.surface.ref)) }
        return obstacles
    }

    private func formatObstacles(_ layout: PlaneLayout, on surface: WlSurface.Ref) -> ScanoutObstacles {
        if watched != surface {
            watched = surface
            feedback = SurfaceFeedback(of: surface, buffers)
        }
        return switch feedback?.scanout(layout.format, layout.modifier) {
        case nil, .unknown, .possible: []
        case .noFormats: .noScanoutFormats
        case .otherFormats: .format
        case .otherDevice: .otherDevice
        }
    }

    /// Ends it. Call this before the surfaces go.
    func close() {
        feedback = nil
        watched = nil
    }
}
