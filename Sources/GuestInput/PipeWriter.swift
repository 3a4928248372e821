// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
internal import Planes
internal import System

/// Writes into a pipe that another program reads at its own pace, until all is written, nobody reads any more, or nothing was read
/// for too long. SIGPIPE must be ignored.
final class PipeWriter {
    private let descriptor: OwnedDescriptor
    private let loop: EventLoop
    private let patience: UInt64
    private let done: (PipeWriter) -> Void
    /// nil until it's known what is to be written.
    private var bytes: [UInt8]?
    private var written = 0
    private var source: DescriptorSource?
    private var timer: TimerSource!

    /// - Parameters:
    ///   - patience: nanoseconds, until it's known what to write and again for each portion.
    ///   - done: called once, in the loop or from inside ``write(_:)``: let go of this then.
    init(
        _ descriptor: consuming OwnedDescriptor, patience: UInt64, loop: EventLoop, done: @escaping (PipeWriter) -> Void
    ) throws(EventLoopError) {
        self.descriptor = descriptor
        self.loop = loop
        self.patience = patience
        self.done = done
        _ = fcntl(self.descriptor.rawValue, F_SETFL, fcntl(self.descriptor.rawValue, F_GETFL) | O_NONBLOCK)
        timer = try loop.timer { [unowned self] in end() }
        timer.arm(after: patience)
    }

    var isWaiting: Bool { bytes == nil }

    func write(_ bytes: [UInt8]) {
        self.bytes = bytes
        writeOn()
    }

    private func writeOn() {
        guard let bytes, written < bytes.count else { return end() }
        let count = bytes.withUnsafeBytes {
            Glibc.write(descriptor.rawValue, $0.baseAddress! + written, bytes.count - written)
        }
        if count > 0 {
            written += count
            timer.arm(after: patience)
        } else if errno != EAGAIN, errno != EINTR {
            return end()
        }
        guard written < bytes.count else { return end() }
        do throws(EventLoopError) {
            if source == nil { source = try loop.watch(descriptor.rawValue, for: .writable) { [unowned self] _ in writeOn() } }
        } catch {
            end()
        }
    }

    private func end() {
        source = nil
        timer.disarm()
        done(self)
    }
}
