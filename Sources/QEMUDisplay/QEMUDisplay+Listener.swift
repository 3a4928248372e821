// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
internal import Planes
internal import System

extension QEMUDisplay: ListenerHandler {
    func scanout(_ claim: LayoutClaim, bytes: UnsafeRawBufferPointer) throws(ListenerFault) {
        let picture = try Picture.bytes(bytes, claim: claim, reusing: shownPicture)
        bytesCopied += picture.buffer.layout.linearLength
        show(picture)
    }

    func update(_ rectangle: PixelRectangle, _ claim: LayoutClaim, bytes: UnsafeRawBufferPointer) throws(ListenerFault) {
        let part = try claim.checked(length: nil)
        guard UInt64(bytes.count) >= part.linearLength else {
            throw .shortBytes(count: bytes.count, needed: part.linearLength)
        }
        guard let picture = shownPicture, case .bytes(let memory) = picture.delivery, picture.buffer.layout.format == part.format
        else { throw .noSuchPicture }
        // May lie outside of the last Scanout while the guest switches its mode.
        let visible = rectangle.clipped(to: picture.size)
        guard !visible.isEmpty else { return }
        let pixel = Int(part.format.bytesPerPixel())
        let stride = Int(part.strides[0]), targetStride = Int(picture.buffer.layout.strides[0])
        memory.copyRows(
            Int(visible.height), of: Int(visible.width) * pixel, from: bytes,
            at: (Int(visible.y) - Int(rectangle.y)) * stride + (Int(visible.x) - Int(rectangle.x)) * pixel, stride: stride,
            to: Int(visible.y) * targetStride + Int(visible.x) * pixel, stride: targetStride)
        bytesCopied += UInt64(visible.width) * UInt64(visible.height) * UInt64(pixel)
        changed(visible)
    }

    func scanoutMap(_ file: consuming OwnedDescriptor, _ claim: LayoutClaim) throws(ListenerFault) {
        show(try Picture.map(file, claim: claim))
    }

    func updateMap(_ rectangle: PixelRectangle) throws(ListenerFault) {
        guard let picture = shownPicture, case .map = picture.delivery else { throw .noSuchPicture }
        let visible = rectangle.clipped(to: picture.size)
        if !visible.isEmpty { changed(visible) }
    }

    func scanoutDMABUF(
        adopting numbers: SIMD4<CInt>, count: Int, _ claim: LayoutClaim, isFlipped: Bool
    ) throws(ListenerFault) {
        let picture = try Picture.dmabuf(adopting: numbers, count: count, claim: claim, isFlipped: isFlipped)
        disableTimer.disarm()
        // virtio-gpu announces the same buffer before each of its updates: only these say that its pixels changed.
        if case .showing(let shown) = screen, case .dmabuf = shown.delivery, shown.isFlipped == isFlipped,
            shown.buffer.identity == picture.buffer.identity
        {
            return lostScanouts.told()
        }
        show(picture)
    }

    func updateDMABUF(_ rectangle: PixelRectangle, reply: consuming HeldReply) throws(ListenerFault) {
        disableTimer.disarm()
        if lostScanouts.updated() { warnOfLoss() }
        switch screen {
        case .disabled(let picture):
            guard case .dmabuf = picture.delivery else { throw .noSuchPicture }
            show(picture)
        case .showing(let picture):
            guard case .dmabuf = picture.delivery else { throw .noSuchPicture }
            let visible = picture.bufferRectangle(rectangle)
            guard !visible.isEmpty else { return }
            changed(visible)
        case .off: throw .noSuchPicture
        }
        updateHold.hold(reply, for: changes.generation)
    }

    func disable(tookBack: Bool) {
        updateHold.release()
        lostScanouts.disabled(tookBack: tookBack)
        disableTimer.arm(after: Self.disableDelay)
    }

    func mouseSet(to position: PixelPoint, isOn: Bool) {
        if cursor.move(to: position, isOn: isOn) { notices.schedule() }
    }

    func cursorDefine(_ claim: LayoutClaim, bytes: UnsafeRawBufferPointer) throws(ListenerFault) {
        // Memory of its own for each: a compositor may show the one before for another refresh.
        let picture = try Picture.bytes(bytes, claim: claim, reusing: nil)
        cursor.define(
            picture, hotSpot: claim.hotSpot.map { PixelPoint(x: Int32($0.x), y: Int32($0.y)) }, at: EventLoop.now())
        notices.schedule()
    }

    func refused(_ what: StaticString, because fault: any Error) {
        guard let held = faults.pass(at: EventLoop.now()) else { return }
        let reason = (fault as? BusError)?.message ?? "\(fault)"
        logger.warning("QEMU \(name): \(what) is refused: \(reason)\(held > 0 ? " (and \(held) faults before it)" : "")")
    }

    func progressed() { notices.schedule() }

    func disconnected() {
        guard case .running = life else { return }
        updateHold.release()
        life = .ending(
            SourceError(.unavailable, "QEMU \(name) has gone: it closed its display: restart it and open it again"))
        notices.schedule()
    }

    private var shownPicture: Picture? {
        if case .showing(let picture) = screen { picture } else { nil }
    }

    private func show(_ picture: Picture) {
        disableTimer.disarm()
        lostScanouts.told()
        updateHold.release()
        screen = .showing(picture)
        changes.replaced(at: EventLoop.now())
        notices.schedule()
    }

    private func warnOfLoss() {
        logger.warning(
            "QEMU \(name) loses buffers that its guest flips to, and so shows old ones (QEMU 9.2 and later): docs/zero-copy.md says more"
        )
    }

    private func changed(_ rectangle: PixelRectangle) {
        changes.changed(rectangle, at: EventLoop.now())
        notices.schedule()
    }
}
