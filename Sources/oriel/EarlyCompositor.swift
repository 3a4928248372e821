// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Presentation
internal import Wayland

/// The compositor, asked for what it has on a thread of its own while this one reads the command line: one after the other,
/// they would be a third of the start. The thread ends with the answer; nothing of Wayland's is used by two at a time.
final class EarlyCompositor {
    private let answer = Answer()
    /// nil where there is no thread, or its end has been seen.
    private var thread: pthread_t?

    /// Written by the thread, read after its end.
    private final class Answer: @unchecked Sendable {
        var result: Result<Compositor, WaylandError>?

        func ask() {
            do throws(WaylandError) {
                result = .success(try Compositor(display: nil))
            } catch {
                result = .failure(error)
            }
        }
    }

    init() {
        let work = Unmanaged.passRetained(answer)
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<Answer>.fromOpaque(argument!).takeRetainedValue().ask()
                return nil
            }, work.toOpaque())
        if result == 0 { self.thread = thread } else { work.release() }
    }

    /// Whoever went away over a mistake in the command line doesn't wait for the compositor.
    deinit { if let thread { pthread_detach(thread) } }

    /// Waits for the answer, a few seconds at most.
    func wait() throws(WaylandError) -> Compositor {
        if let thread { pthread_join(thread, nil) } else { answer.ask() }
        thread = nil
        defer { answer.result = nil }
        return try answer.result!.get()
    }
}
