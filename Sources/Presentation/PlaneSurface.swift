// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import Wayland

/// A wl_surface with its viewport and what was last said to it: only differences are sent.
///
/// Born before its role object and gone after it: the owner closes the role first.
final class PlaneSurface {
    var surface: WlSurface
    private var viewport: WpViewport?
    private var subsurface: WlSubsurface?
    private var contentType: WpContentTypeV1?
    private var tearing: WpTearingControlV1?

    private(set) var attached: WlBuffer.Ref?
    /// Whether anything was said since the last commit that a commit makes so.
    private(set) var isChanged = false
    private var source: PixelRectangle?
    private var destination: LogicalSize?
    private var position: (x: Int32, y: Int32) = (0, 0)
    private(set) var isFlipped = false
    private var transform = WlOutput.Transform.normal
    private var opaque: LogicalSize?
    private let rotation: Rotation
    private let compositor: Compositor

    /// - Parameters:
    ///   - rotation: how far all that is shown on it is turned.
    ///   - hints: part of its first commit.
    init(_ compositor: Compositor, rotation: Rotation = .none, hints: PictureHints = PictureHints()) {
        self.compositor = compositor
        self.rotation = rotation
        surface = compositor.compositor.createSurface()
        viewport = compositor.viewporter?.getViewport(surface: surface.ref)
        if hints.content != .none {
            contentType = compositor.contentTypes?.getSurfaceContentType(surface: surface.ref)
            contentType?.setContentType(contentType: WpContentTypeV1.WireType(hints.content))
        }
        if hints.mayTear {
            tearing = compositor.tearing?.getTearingControl(surface: surface.ref)
            tearing?.setPresentationHint(hint: .async)
        }
    }

    /// Makes it a synchronised subsurface.
    func becomeChild(of parent: PlaneSurface, takesInput: Bool = false) {
        subsurface = compositor.subcompositor?.getSubsurface(surface: surface.ref, parent: parent.surface.ref)
        if !takesInput { ignoreInput() }
    }

    func placeBelow(_ sibling: PlaneSurface) { subsurface?.placeBelow(sibling: sibling.surface.ref) }

    func ignoreInput() {
        let nothing = compositor.compositor.createRegion()
        surface.setInputRegion(region: nothing.ref)
        nothing.destroy()
    }

    var isMapped: Bool { attached != nil }

    func shows(_ buffer: WlBuffer.Ref?) -> Bool { attached != nil && attached == buffer }

    /// Attaches a buffer with its damage, in buffer coordinates.
    func attach(_ buffer: WlBuffer.Ref, damage: PixelRectangle) {
        surface.attach(buffer: buffer, x: 0, y: 0)
        attached = buffer
        isChanged = true
        surface.damageBuffer(x: damage.x, y: damage.y, width: damage.width, height: damage.height)
    }

    /// Takes the picture away. Returns whether there was one.
    func detach() -> Bool {
        guard attached != nil else { return false }
        surface.attach(buffer: nil, x: 0, y: 0)
        attached = nil
        isChanged = true
        return true
    }

    /// Which part of the buffer is shown how large. Returns whether that is news to the compositor.
    func scale(source: PixelRectangle?, to destination: LogicalSize) -> Bool {
        guard source != self.source || destination != self.destination else { return false }
        isChanged = true
        if source != self.source {
            // The whole buffer is said by −1: a rectangle left over from a larger one would end the connection.
            let rectangle = source ?? PixelRectangle(x: -1, y: -1, width: -1, height: -1)
            viewport?.setSource(
                x: Fixed(Double(rectangle.x)), y: Fixed(Double(rectangle.y)), width: Fixed(Double(rectangle.width)),
                height: Fixed(Double(rectangle.height)))
            self.source = source
        }
        if destination != self.destination {
            viewport?.setDestination(width: destination.width, height: destination.height)
            self.destination = destination
        }
        return true
    }

    /// Moves a subsurface; it takes effect with the parent's commit. Returns whether that is news.
    func move(to position: (x: Int32, y: Int32)) -> Bool {
        guard position != self.position else { return false }
        subsurface?.setPosition(x: position.x, y: position.y)
        self.position = position
        return true
    }

    /// Says which way up its buffers are. Returns whether that is news.
    ///
    /// - Parameter isFlipped: whether their first row is the picture's lowest.
    func orient(isFlipped: Bool) -> Bool {
        self.isFlipped = isFlipped
        let transform = WlOutput.Transform(rotation, isFlipped: isFlipped)
        guard transform != self.transform else { return false }
        surface.setBufferTransform(transform: transform)
        self.transform = transform
        isChanged = true
        return true
    }

    /// Tells that nothing behind it shows; nil for a picture with alpha. Returns whether that is news.
    func declareOpaque(_ size: LogicalSize?) -> Bool {
        guard size != opaque else { return false }
        opaque = size
        isChanged = true
        guard let size else {
            surface.setOpaqueRegion(region: nil)
            return true
        }
        let region = compositor.compositor.createRegion()
        region.add(x: 0, y: 0, width: size.width, height: size.height)
        surface.setOpaqueRegion(region: region.ref)
        region.destroy()
        return true
    }

    func commit() {
        surface.commit()
        isChanged = false
    }

    /// Ends the role and the viewport; the surface itself goes with the last reference.
    func close() {
        contentType = nil
        tearing = nil
        viewport = nil
        subsurface = nil
    }
}

extension WlOutput.Transform {
    /// What a buffer has undergone already, so that undoing it turns the picture clockwise: first the turn back, then the flip
    /// upside down. wl_output counts its turns counter-clockwise and flips left to right before them.
    init(_ rotation: Rotation, isFlipped: Bool) {
        self =
            switch (rotation, isFlipped) {
            case (.none, false): .normal
            case (.quarter, false): ._90
            case (.half, false): ._180
            case (.threeQuarters, false): ._270
            case (.none, true): .flipped180
            case (.quarter, true): .flipped90
            case (.half, true): .flipped
            case (.threeQuarters, true): .flipped270
            }
    }
}
