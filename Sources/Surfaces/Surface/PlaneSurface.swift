// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes
package import Wayland

/// A buffer for a surface's next commit.
package struct Attachment {
    package let buffer: HeldBuffer
    /// What changed since the surface's last buffer, in this buffer's own pixels.
    package let damage: PixelRectangle

    package init(buffer: HeldBuffer, damage: PixelRectangle) {
        self.buffer = buffer
        self.damage = damage
    }
}

/// A wl_surface with its viewport and the state last sent for it: only differences are sent.
///
/// It is made before its role object and goes after it: the owner closes the role first.
package final class PlaneSurface {
    // No access to these two can overlap another, so the frame path skips the runtime's exclusivity checks.
    @exclusivity(unchecked) package var surface: WlSurface
    @exclusivity(unchecked) private var sent = Sent()
    private var viewport: WpViewport?
    private var subsurface: WlSubsurface?
    private var contentType: WpContentTypeV1?
    private var tearing: WpTearingControlV1?

    /// The state that the compositor has, or gets with the next commit.
    private struct Sent {
        var attached: HeldBuffer?
        /// Whether anything waits for the next commit.
        var isChanged = false
        var source: PixelRectangle?
        var destination: LogicalSize?
        var position: (x: Int32, y: Int32) = (0, 0)
        var isFlipped = false
        var transform = WlOutput.Transform.normal
        var opaque: LogicalSize?
    }

    /// The buffer of the last commit, or of the coming one.
    package var attached: HeldBuffer? { sent.attached }
    /// Whether anything waits for the next commit.
    package var isChanged: Bool { sent.isChanged }
    package var isFlipped: Bool { sent.isFlipped }
    /// How the buffer's content is turned.
    package var transform: WlOutput.Transform { sent.transform }
    private let rotation: Rotation
    private let globals: SurfaceGlobals

    /// - Parameters:
    ///   - rotation: how far all that is shown on it is turned.
    ///   - hints: part of its first commit.
    package init(_ globals: SurfaceGlobals, rotation: Rotation = .none, hints: PictureHints = PictureHints()) {
        self.globals = globals
        self.rotation = rotation
        surface = globals.compositor.createSurface()
        viewport = globals.viewporter?.getViewport(surface: surface.ref)
        if hints.content != .none {
            contentType = globals.contentTypes?.getSurfaceContentType(surface: surface.ref)
            contentType?.setContentType(contentType: WpContentTypeV1.WireType(hints.content))
        }
        if hints.mayTear {
            tearing = globals.tearing?.getTearingControl(surface: surface.ref)
            tearing?.setPresentationHint(hint: .async)
        }
    }

    /// Makes it a synchronised subsurface.
    package func becomeChild(of parent: PlaneSurface, takesInput: Bool = false) {
        subsurface = globals.subcompositor?.getSubsurface(surface: surface.ref, parent: parent.surface.ref)
        if !takesInput { ignoreInput() }
    }

    package func placeBelow(_ sibling: PlaneSurface) { subsurface?.placeBelow(sibling: sibling.surface.ref) }

    package func ignoreInput() {
        let nothing = globals.compositor.createRegion()
        surface.setInputRegion(region: nothing.ref)
        nothing.destroy()
    }

    package var isMapped: Bool { sent.attached != nil }

    package func shows(_ buffer: HeldBuffer) -> Bool { sent.attached === buffer }

    /// Attaches a buffer and declares what is new in it.
    package func attach(_ attachment: Attachment) {
        surface.attach(buffer: attachment.buffer.attach(), x: 0, y: 0)
        sent.attached = attachment.buffer
        sent.isChanged = true
        let damage = attachment.damage
        surface.damageBuffer(x: damage.x, y: damage.y, width: damage.width, height: damage.height)
    }

    /// Takes the picture away. Returns whether there was one.
    package func detach() -> Bool {
        guard sent.attached != nil else { return false }
        surface.attach(buffer: nil, x: 0, y: 0)
        sent.attached = nil
        sent.isChanged = true
        return true
    }

    /// Sets which part of the buffer is shown, and how large. Returns whether that is news to the compositor.
    package func scale(source: PixelRectangle?, to destination: LogicalSize) -> Bool {
        guard source != sent.source || destination != sent.destination else { return false }
        sent.isChanged = true
        if source != sent.source {
            // −1 means the whole buffer: a rectangle left over from a larger one would end the connection.
            let rectangle = source ?? PixelRectangle(x: -1, y: -1, width: -1, height: -1)
            viewport?.setSource(
                x: Fixed(Double(rectangle.x)), y: Fixed(Double(rectangle.y)), width: Fixed(Double(rectangle.width)),
                height: Fixed(Double(rectangle.height)))
            sent.source = source
        }
        if destination != sent.destination {
            viewport?.setDestination(width: destination.width, height: destination.height)
            sent.destination = destination
        }
        return true
    }

    /// Moves a subsurface; it takes effect with the parent's commit. Returns whether that is news.
    package func move(to position: (x: Int32, y: Int32)) -> Bool {
        guard position != sent.position else { return false }
        subsurface?.setPosition(x: position.x, y: position.y)
        sent.position = position
        return true
    }

    /// Sets which way up its buffers are. Returns whether that is news.
    ///
    /// - Parameter isFlipped: whether their first row is the picture's lowest.
    package func orient(isFlipped: Bool) -> Bool {
        sent.isFlipped = isFlipped
        let transform = WlOutput.Transform(rotation, isFlipped: isFlipped)
        guard transform != sent.transform else { return false }
        surface.setBufferTransform(transform: transform)
        sent.transform = transform
        sent.isChanged = true
        return true
    }

    /// Declares that nothing behind it shows; nil for a picture with alpha. Returns whether that is news.
    package func declareOpaque(_ size: LogicalSize?) -> Bool {
        guard size != sent.opaque else { return false }
        sent.opaque = size
        sent.isChanged = true
        guard let size else {
            surface.setOpaqueRegion(region: nil)
            return true
        }
        let region = globals.compositor.createRegion()
        region.add(x: 0, y: 0, width: size.width, height: size.height)
        surface.setOpaqueRegion(region: region.ref)
        region.destroy()
        return true
    }

    package func commit() {
        surface.commit()
        sent.isChanged = false
    }

    /// Ends the role and the viewport; the surface itself goes with the last reference.
    package func close() {
        sent.attached = nil
        contentType = nil
        tearing = nil
        viewport = nil
        subsurface = nil
    }
}

extension WlOutput.Transform {
    /// What a buffer has undergone already, so that undoing it turns the picture clockwise: first the turn back, then the flip
    /// upside down. wl_output counts its turns counter-clockwise and flips left to right before them.
    package init(_ rotation: Rotation, isFlipped: Bool) {
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
