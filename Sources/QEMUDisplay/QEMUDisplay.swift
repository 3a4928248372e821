// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
internal import Glibc
package import Logging
public import Planes
package import System

/// A QEMU VM's display as a plane source, over QEMU's D-Bus interface (`-display dbus`). ``QEMUOpening`` opens one.
///
/// Without a GPU, QEMU shares its own surface as a memfd, which is passed on as it is. With `gl=on`, QEMU sends dma-bufs, and the
/// guest's GL waits after each update until the frame is committed, at most ``longestHold``. An older QEMU sends bytes, which are
/// copied once.
///
/// A display also takes the input for its console (``InputSink``).
///
/// The loop must not be blocked for a second: QEMU calls ScanoutMap synchronously at each change of mode, and where no answer
/// comes within a second it sends bytes to this listener from then on.
public final class QEMUDisplay: PlaneSource {
    public weak var delegate: (any PlaneSourceDelegate)? {
        // A new delegate hears of changes that came before it.
        didSet { if delegate != nil { notices.schedule() } }
    }

    /// The VM's name, with the console's label where there are several.
    public let name: String

    /// The bytes of the primary plane that came in messages and were copied into memory of ours. 0 while QEMU shares its
    /// surface. Cursor pictures always come as bytes and aren't counted: they are a few kilobytes at each change of shape.
    public internal(set) var bytesCopied: UInt64 = 0

    /// The longest that a reply to UpdateDMABUF is kept. QEMU gives up after a second, with an error in its log.
    public static let longestHold: UInt64 = 900_000_000

    /// The delay after which Disable is obeyed, in nanoseconds. When virtio-gpu flips between dma-bufs, it sends the new one, then
    /// Disable for the old one, then the update of the new one (QEMU's `virtio_gpu_update_dmabuf`): obeyed at once, Disable would
    /// make the window flash black.
    static let disableDelay: UInt64 = 50_000_000

    enum Screen {
        case off
        case showing(Picture)
        /// Disabled. An UpdateDMABUF, which virtio-gpu's flush sends after the Disable, shows the picture again.
        case disabled(Picture)
    }

    enum Life {
        case running
        /// Ended by QEMU; the delegate hasn't been told yet.
        case ending(SourceError)
        case over
    }

    let logger: Logger
    var screen = Screen.off
    var changes = ChangeTracker()
    var cursor = CursorPlane()
    var life = Life.running
    var faults = RateLimit(perSecond: 1)
    var lostScanouts = LostScanouts()
    let updateHold: UpdateHold

    var notices: DeferredSource! = nil
    var disableTimer: TimerSource! = nil
    private(set) var listener: Listener! = nil
    /// nil for a display that only listens.
    var controls: ConsoleControls?
    public weak var inputDelegate: (any InputSinkDelegate)?
    /// The VM's clipboard, the same for all its consoles; nil for a display that only listens.
    public internal(set) var clipboard: (any GuestClipboard)?
    var inputNotices: DeferredSource! = nil
    var refusals = RateLimit(perSecond: 1)

    /// A display that only listens. The caller gives the other end of `listener` to QEMU.
    package init(name: String, listener: consuming OwnedDescriptor, loop: EventLoop, logger: Logger) throws(SourceError) {
        self.name = name.singleLine
        self.logger = logger
        updateHold = UpdateHold(loop: loop)
        notices = DeferredSource(loop: loop) { [unowned self] in drainAndTell() }
        inputNotices = DeferredSource(loop: loop) { [unowned self] in inputDelegate?.inputSinkDidChange(self) }
        disableTimer = loop.timer { [unowned self] in disableNow() }
        do throws(BusError) {
            self.listener = try Listener(listener, handler: self)
            try self.listener.connection.attach(to: loop)
        } catch {
            throw Self.fault(name, error.message)
        }
    }

    deinit { close() }

    /// Whether QEMU knows this listener's methods.
    var isKnown: Bool { listener.isKnown }

    var hasPicture: Bool { if case .off = screen { false } else { true } }

    static func fault(_ name: String, _ what: String) -> SourceError {
        SourceError(.fault, "QEMU \(name): \(what): close other descriptors, or report it".singleLine)
    }

    public func query(_ kind: PlaneKind) throws(PlaneError) -> PlaneState {
        guard case .running = life else { throw .ended }
        switch kind {
        case .primary:
            guard case .showing(let picture) = screen else { return .off }
            return .showing(
                PlaneInfo(
                    generation: changes.generation, identity: picture.buffer.identity, damage: changes.damage,
                    isFlipped: picture.isFlipped, changedAt: changes.changedAt))
        case .cursor:
            return cursor.state
        }
    }

    public func buffer(for kind: PlaneKind, generation: Generation) throws(PlaneError) -> PlaneBuffer {
        guard case .running = life else { throw .ended }
        switch kind {
        case .primary:
            guard case .showing(let picture) = screen else { throw .off }
            guard generation == changes.generation else { throw .stale(asked: generation, current: changes.generation) }
            return try picture.makeBuffer()
        case .cursor:
            return try cursor.buffer(generation: generation)
        }
    }

    public var counts: SourceCounts { SourceCounts(bytesCopied: bytesCopied, lost: lostScanouts.count) }

    public func committed(_ kind: PlaneKind, generation: Generation) {
        guard kind == .primary else { return }
        changes.committed(generation)
        updateHold.settle(generation)
    }

    public func skipped(_ kind: PlaneKind, generation: Generation) {
        if kind == .primary { updateHold.settle(generation) }
    }

    /// QEMU draws in place: it isn't told.
    public func released(_ kind: PlaneKind, _ identity: BufferIdentity) {}

    public func close() {
        life = .over
        updateHold.close()
        notices?.cancel()
        disableTimer?.disarm()
        inputNotices?.cancel()
        // QEMU itself releases the keys of a viewer that leaves, but not its buttons.
        controls?.sender.finish()
        controls = nil
        clipboard = nil
        listener?.close()
        screen = .off
        cursor = CursorPlane()
    }

    /// Makes one notice of all that QEMU has sent by now: a scrolling text console sends some 700 messages a second.
    private func drainAndTell() {
        // Bounded, so that the loop gets its other turns in a flood; sd-bus asks for the next one itself.
        var rest = 512
        while rest > 0, (try? listener.connection.processOne()) == true { rest -= 1 }
        notices.cancel()
        switch life {
        case .running: delegate?.planeSourceDidChange(self)
        case .ending(let error):
            // Without a delegate the end is kept until one is set.
            guard let delegate else { break }
            life = .over
            delegate.planeSource(self, didEnd: error)
        case .over: break
        }
    }

    private func disableNow() {
        guard case .showing(let picture) = screen else { return }
        screen = .disabled(picture)
        notices.schedule()
    }
}
