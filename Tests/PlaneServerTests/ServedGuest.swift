// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CLinux
import Dispatch
import EventLoop
import Foundation
import Logging
import PlaneImage
import Planes
import Synchronization
import SyntheticGuest
import System
import TestSupport
import Testing

@testable import PlaneServer

/// A synthetic guest that is served on a thread and a loop of its own, as another process would.
final class ServedGuest: @unchecked Sendable {
    typealias Work = @Sendable (PlaneServer, SyntheticGuest) -> Void

    let directory: TemporaryDirectory
    let path: String
    private let wake: OwnedDescriptor
    private let queue = Mutex<(work: [Work], isOver: Bool)>(([], false))
    private let finished = DispatchSemaphore(value: 0)

    init(_ query: String, change: @escaping @Sendable (inout PlaneServer.Options) -> Void = { _ in }) throws {
        directory = try TemporaryDirectory()
        path = directory.file("guest.sock")
        wake = OwnedDescriptor(adopting: oriel_eventfd())
        let path = path
        let started = DispatchSemaphore(value: 0)
        let problem = Mutex<String?>(nil)
        Thread.detachNewThread { [self] in
            defer { finished.signal() }
            do {
                let loop = try EventLoop()
                let guest = try SyntheticGuest(options: GuestOptions(query: query), loop: loop)
                var options = PlaneServer.Options()
                change(&options)
                let server = try PlaneServer(path: path, source: guest, options: options, loop: loop, logger: .quiet)
                let watch = try loop.watch(wake.rawValue) { [unowned self] _ in
                    var count: UInt64 = 0
                    _ = read(wake.rawValue, &count, 8)
                    for work in queue.withLock({ queue in
                        defer { queue.work = [] }
                        return queue.work
                    }) { work(server, guest) }
                    if queue.withLock({ $0.isOver }) { loop.stop() }
                }
                started.signal()
                try withExtendedLifetime(watch) { try loop.run() }
                server.close()
                guest.close()
            } catch {
                problem.withLock { $0 = "\(error)" }
                started.signal()
            }
        }
        started.wait()
        if let problem = problem.withLock({ $0 }) { throw TestSupportError(problem) }
        // The guest draws its first picture on a thread of its own.
        guard waitUntil({ self.on { _, guest in Self.isShowing(guest) } }) else {
            throw TestSupportError("the guest shows nothing")
        }
    }

    private static func isShowing(_ guest: SyntheticGuest) -> Bool {
        if case .showing? = try? guest.query(.primary) { true } else { false }
    }

    /// Runs this on the server's thread and waits for its result.
    func on<Result: Sendable>(_ body: @escaping @Sendable (PlaneServer, SyntheticGuest) -> Result) -> Result {
        let done = DispatchSemaphore(value: 0)
        let box = Mutex<Result?>(nil)
        queue.withLock {
            $0.work.append { server, guest in
                let result = body(server, guest)
                box.withLock { $0 = result }
                done.signal()
            }
        }
        ring()
        done.wait()
        return box.withLock { $0! }
    }

    /// Ends the thread, and with it the server. Once.
    func stop() {
        queue.withLock { $0.isOver = true }
        ring()
        finished.wait()
    }

    private func ring() {
        var one: UInt64 = 1
        _ = write(wake.rawValue, &one, 8)
    }

    func client(on loop: EventLoop) throws -> PlaneClient {
        try .opened(path, loop: loop)
    }
}

extension PlaneClient {
    /// Opens a client, and turns the loop until that is done.
    static func opened(_ path: String, patience: UInt64? = nil, loop: EventLoop) throws -> PlaneClient {
        var result: Result<Guest, SourceError>?
        let opening = PlanesOpening(PlanesAddress(path: path), patience: patience, loop: loop) { result = $0 }
        guard try loop.runUntil({ result != nil }), let client = try result!.get().planes as? PlaneClient else {
            throw TestSupportError("it never ends")
        }
        return withExtendedLifetime(opening) { client }
    }
}

/// A viewer that looks at the pixels: at each picture, and as long as its compositor would have it.
final class PixelWatcher: PlaneSourceDelegate {
    let client: PlaneClient
    /// The pictures that were committed and not released, the last one on screen.
    private(set) var kept: [(info: PlaneInfo, buffer: HeldBuffer)] = []
    private(set) var pictures = 0
    /// The first few pictures that weren't what they should be.
    private(set) var wrong: [String] = []
    private(set) var misses = 0
    private(set) var sizes: Set<PixelSize> = []
    private(set) var end: SourceError?
    /// Takes a picture only every so many changes.
    var stride = 1
    /// How many pictures the compositor has at a time, the one on screen included.
    var depth = 2
    private var heard = 0

    final class HeldBuffer {
        let buffer: PlaneBuffer
        init(_ buffer: consuming PlaneBuffer) { self.buffer = buffer }

        var counter: UInt64? {
            guard let image = try? RGBAImage(copying: buffer, isOpaque: true) else { return nil }
            return FrameCounter.read(bytes: image.bytes, bytesPerRow: image.bytesPerRow).map { UInt64($0) }
        }
    }

    init(_ client: PlaneClient) {
        self.client = client
        client.delegate = self
    }

    func planeSourceDidChange(_ source: any PlaneSource) {
        heard += 1
        check()
        guard heard % stride == 0 else { return }
        present()
    }

    /// Looks whether anything was drawn over that the compositor has.
    func check() {
        for (info, buffer) in kept where buffer.counter != info.generation.rawValue {
            note("\(info.generation) was drawn over while it was held: \(buffer.counter ?? 0)")
        }
    }

    private func present() {
        guard let info = client.shown() else { return misses += 1 }
        guard info.generation != kept.last?.info.generation else { return }
        do {
            let buffer = HeldBuffer(try client.buffer(for: .primary, generation: info.generation))
            if buffer.counter != info.generation.rawValue {
                note("\(info.generation) shows \(buffer.counter ?? 0)")
            }
            client.committed(.primary, generation: info.generation)
            kept.append((info, buffer))
            pictures += 1
            sizes.insert(info.identity.layout.size)
            while kept.count > depth { releaseOldest() }
        } catch {
            misses += 1
        }
    }

    func releaseOldest() {
        let (info, buffer) = kept.removeFirst()
        if buffer.counter != info.generation.rawValue {
            note("\(info.generation) was drawn over before its release: \(buffer.counter ?? 0)")
        }
        client.released(.primary, info.identity)
    }

    func planeSource(_ source: any PlaneSource, didEnd error: SourceError) { end = error }

    private func note(_ what: String) { if wrong.count < 4 { wrong.append(what) } }
}
