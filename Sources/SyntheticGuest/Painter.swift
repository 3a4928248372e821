// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import EventLoop
internal import Glibc
internal import Planes
internal import System

/// Makes the guest's pictures, one tick after another. One thread at a time uses it: its own, or that of a test that steps it.
final class Painter: @unchecked Sendable {
    private let options: GuestOptions
    private let allocator: MemoryAllocator
    private let mailbox: Mailbox
    private var artist: PatternArtist
    private var generation = Generation.none
    private var tick: UInt64 = 0

    init(_ options: GuestOptions, allocator: MemoryAllocator, mailbox: Mailbox) {
        self.options = options
        self.allocator = allocator
        self.mailbox = mailbox
        artist = PatternArtist(options.pattern, size: options.size)
    }

    /// Makes the first picture, before any step.
    func start() throws(SourceError) { try enterMode(options.size) }

    /// Makes the next picture, unless only the cursor moves, and moves the cursor.
    func step() throws(SourceError) {
        guard options.cursor == .only else { return try stepPicture() }
        tick += 1
        mailbox.moveCursor(to: cursorPosition)
    }

    /// Makes the next picture and moves the cursor. If every buffer is kept, it only moves the cursor.
    fileprivate func stepPicture() throws(SourceError) {
        tick += 1
        switch mailbox.nextCanvas() {
        case .buffer(let buffer, let slot): paintNext(buffer, slot)
        case .wanted:
            // If there is no memory for another buffer, the guest goes on with those that it has.
            if let buffer = try? makeBuffer(artist, generation.next) {
                generation = generation.next
                publish(slot: mailbox.add(buffer))
            } else {
                stepAtAnyRate()
            }
        case .none: stepAtAnyRate()
        }
    }

    private func stepAtAnyRate() {
        if case .buffer(let buffer, let slot) = mailbox.nextCanvasAtAnyRate() {
            paintNext(buffer, slot)
        } else {
            mailbox.moveCursor(to: cursorPosition)
        }
    }

    /// Changes to the other of the two modes.
    func switchMode() throws(SourceError) {
        tick += 1
        try enterMode(artist.size == options.size ? options.smallerSize : options.size)
    }

    private func enterMode(_ size: PixelSize) throws(SourceError) {
        let artist = PatternArtist(options.pattern, size: size)
        let buffer = try makeBuffer(artist, generation.next)
        self.artist = artist
        generation = generation.next
        mailbox.publishMode(generation, buffer, cursor: cursorPosition, at: EventLoop.now())
    }

    private func paintNext(_ buffer: GuestBuffer, _ slot: Int) {
        generation = generation.next
        buffer.draw { artist.draw(generation, over: buffer.drawn, on: $0) }
        buffer.drawn = generation
        publish(slot: slot)
    }

    private func publish(slot: Int) {
        mailbox.publish(
            generation, slot: slot, damage: artist.damage(of: generation), cursor: cursorPosition, at: EventLoop.now())
    }

    /// Makes another buffer with this picture in it.
    private func makeBuffer(_ artist: PatternArtist, _ generation: Generation) throws(SourceError) -> GuestBuffer {
        let buffer = try GuestBuffer(allocator, kind: .primary, size: artist.size, format: .xrgb8888) {
            artist.draw(generation, over: nil, on: $0)
        }
        buffer.drawn = generation
        return buffer
    }

    private var cursorPosition: PixelPoint {
        CursorPath.position(options.cursor, tick: tick, rate: options.rate, size: artist.size)
    }
}

extension Painter {
    /// Paints at the guest's rate, and for input events, until it is ordered to end.
    fileprivate func run(_ orders: PainterOrders) {
        let period = options.rate > 0 ? UInt64(1e9 / options.rate) : nil
        let start = EventLoop.now()
        var nextStep = period.map { start + $0 } ?? .max
        var nextMode = options.modeSwitchPeriod.map { start + $0 } ?? .max
        do throws(SourceError) {
            try self.start()
            while true {
                let due = min(nextStep, nextMode, orders.nextReaction ?? .max), early = EventLoop.now()
                if orders.wait(atMost: due > early ? due - early : 0) {
                    if orders.isOver { return }
                    continue
                }
                let now = EventLoop.now()
                guard now >= due else { continue }
                if orders.takeReaction(dueBy: now) {
                    try stepPicture()
                    continue
                }
                if let period = options.modeSwitchPeriod, now >= nextMode {
                    try switchMode()
                    nextMode = Self.following(nextMode, period, now)
                } else if now >= nextStep {
                    try step()
                }
                if let period, now >= nextStep { nextStep = Self.following(nextStep, period, now) }
            }
        } catch {
            mailbox.fail(error)
        }
    }

    /// The next moment after `now` in step with `moment`. Moments that were missed are left out, not made up for.
    private static func following(_ moment: UInt64, _ period: UInt64, _ now: UInt64) -> UInt64 {
        moment + ((now - moment) / period + 1) * period
    }
}

/// The painter's own thread, so that drawing costs the viewer nothing.
final class PainterThread {
    private var thread = pthread_t()
    private let orders: PainterOrders

    init(_ painter: Painter, _ orders: PainterOrders) throws(SourceError) {
        self.orders = orders
        let work = Work(painter: painter, orders: orders)
        let argument = Unmanaged.passRetained(work)
        // Signals belong to the loop's thread.
        var all = sigset_t(), before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        let result = pthread_create(
            &thread, nil,
            { argument in
                let work = Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue()
                oriel_name_thread("guest")
                work.painter.run(work.orders)
                return nil
            }, argument.toOpaque())
        pthread_sigmask(SIG_SETMASK, &before, nil)
        guard result == 0 else {
            argument.release()
            throw SourceError(.fault, "demo: no thread (\(Errno(code: result).text)): raise the limit of processes")
        }
    }

    deinit {
        orders.end()
        pthread_join(thread, nil)
    }

    private final class Work {
        let painter: Painter
        let orders: PainterOrders

        init(painter: Painter, orders: PainterOrders) {
            self.painter = painter
            self.orders = orders
        }
    }
}
