// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import EventLoop
public import Planes
internal import System

/// A guest made for demonstrations, tests and measuring: a pattern that changes at a steady rate, a cursor that moves by
/// itself, and a frame counter in every picture. If it is asked to react, it also takes input and makes a picture for each event.
///
/// A thread of its own draws every picture but the cursor's; the viewer pays one read of an eventfd for each that it hears of. The
/// guest draws only into buffers that nobody keeps (``BufferRing``): a picture stays as it is while it is the newest, while a
/// viewer holds it, and from its commit until its memory is released.
public final class SyntheticGuest: HoldingPlaneSource {
    public weak var delegate: (any PlaneSourceDelegate)?
    public let name: String
    public let counts = SourceCounts()
    /// Which memory the guest uses, and why not a better one.
    public let memoryReason: String
    /// The memory that the guest uses; never `.auto`.
    public let memory: GuestOptions.Memory
    /// The guest's keyboard and tablet; nil where it doesn't react to input (``GuestOptions/reactionTime``).
    public let input: (any InputSink)?

    private var running: Running?

    /// What lives from init to ``close()``. The thread is the first member, so that it is joined before the rest goes.
    private final class Running {
        let thread: PainterThread?
        let watch: DescriptorSource
        let mailbox: Mailbox
        let painter: Painter
        let planeMemory: PlaneMemory
        let cursor: GuestBuffer?
        let startedAt = EventLoop.now()

        init(
            _ options: GuestOptions, _ allocator: MemoryAllocator, _ mailbox: Mailbox, _ orders: PainterOrders?,
            watch: DescriptorSource
        ) throws(SourceError) {
            self.mailbox = mailbox
            self.watch = watch
            planeMemory = allocator.planeMemory
            painter = Painter(options, allocator: allocator, mailbox: mailbox)
            if let orders {
                thread = try PainterThread(painter, orders)
            } else {
                thread = nil
                try painter.start()
            }
            // The cursor's picture never changes. It is drawn here while the thread draws the first picture.
            cursor =
                options.cursor == .none
                ? nil
                : try GuestBuffer(
                    allocator, kind: .cursor, size: CursorPicture.size, format: .argb8888, picture: CursorPicture.draw)
        }
    }

    /// Starts the guest. The delegate hears of its first picture in one of the loop's next turns.
    ///
    /// - Parameter console: Which of the guest's displays it is, from 0.
    public init(options: GuestOptions, console: Int = 0, loop: EventLoop) throws(SourceError) {
        name = options.consoles == 1 ? options.url : "\(options.url) (console \(console))"
        let allocator = try MemoryAllocator(options.memory, length: GuestBuffer.extent(of: options.size).length)
        memoryReason = allocator.reason
        memory = allocator.kind
        let mailbox = try Mailbox()
        weak var guest: SyntheticGuest?
        let watch: DescriptorSource
        do throws(EventLoopError) { watch = try loop.watch(mailbox.event.descriptor.rawValue) { _ in guest?.hear() } } catch {
            throw SourceError("demo", error)
        }
        let runsByItself = options.rate > 0 || options.modeSwitchPeriod != nil || options.reactionTime != nil
        let orders = runsByItself ? try PainterOrders() : nil
        input = orders.flatMap { orders in options.reactionTime.map { ReactingInput(orders, reactionTime: $0) } }
        running = try Running(options, allocator, mailbox, orders, watch: watch)
        guest = self
    }

    deinit { close() }

    public func query(_ kind: PlaneKind) throws(PlaneError) -> PlaneState {
        let running = try whileRunning
        switch kind {
        case .primary:
            guard let info = running.mailbox.newestPicture() else { return .off }
            return .showing(info)
        case .cursor:
            guard let cursor = running.cursor else { return .off }
            return .showing(
                PlaneInfo(
                    generation: Self.cursorGeneration, identity: cursor.identity, position: running.mailbox.cursorPosition,
                    hotSpot: CursorPicture.hotSpot, changedAt: running.startedAt))
        }
    }

    public func buffer(for kind: PlaneKind, generation: Generation) throws(PlaneError) -> PlaneBuffer {
        let running = try whileRunning
        let buffer: GuestBuffer
        switch kind {
        case .primary: buffer = try running.mailbox.buffer(of: generation)
        case .cursor:
            guard let cursor = running.cursor else { throw .off }
            guard generation == Self.cursorGeneration else {
                throw .stale(asked: generation, current: Self.cursorGeneration)
            }
            buffer = cursor
        }
        guard let descriptor = buffer.memory.descriptor.duplicate() else { throw .temporary(errno: Errno.last.code) }
        return PlaneBuffer(identity: buffer.identity, memory: running.planeMemory, descriptor: descriptor)
    }

    // The cursor's picture never changes: nothing of it needs to be kept.

    public func committed(_ kind: PlaneKind, generation: Generation) {
        if kind == .primary { running?.mailbox.committed(generation) }
    }

    /// The guest goes on drawing without waiting for a picture to be shown.
    public func skipped(_ kind: PlaneKind, generation: Generation) {}

    public func released(_ kind: PlaneKind, _ identity: BufferIdentity) {
        if kind == .primary { running?.mailbox.released(identity) }
    }

    public func hold(_ kind: PlaneKind, _ generations: HeldGenerations, for viewer: Int) -> Bool {
        guard kind == .primary, let running else { return true }
        return running.mailbox.hold(generations, for: viewer)
    }

    public func close() { running = nil }

    /// Draws the next generation in this call, for tests of a guest at rate 0.
    package func step() throws(SourceError) { try stepper?.step() }

    /// Changes the mode in this call, for tests of a guest at rate 0.
    package func switchMode() throws(SourceError) { try stepper?.switchMode() }

    /// The painter of a guest that has no thread.
    private var stepper: Painter? {
        precondition(running?.thread == nil, "a guest that runs by itself isn't stepped")
        return running?.painter
    }

    /// The cursor's picture never changes; its place does.
    private static let cursorGeneration = Generation(1)

    private var whileRunning: Running {
        get throws(PlaneError) {
            guard let running else { throw .ended }
            return running
        }
    }

    private func hear() {
        // `running` isn't retained while the delegate is told, so that a close in there is complete when it returns.
        guard running != nil else { return }
        if let failure = running?.mailbox.hear() {
            close()
            delegate?.planeSource(self, didEnd: failure)
        } else {
            delegate?.planeSourceDidChange(self)
        }
    }
}
