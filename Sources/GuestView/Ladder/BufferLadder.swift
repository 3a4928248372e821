// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Measurement
internal import Planes
internal import Surfaces

/// Gives a plane's memory to the compositor on the highest rung of the fallback ladder that takes it: linux-dmabuf, the same memory
/// as a wl_shm pool, or rows copied into memory of our own.
final class BufferLadder {
    enum Answer {
        case now(ImportedBuffer)
        /// The compositor was asked; `onAnswer` is called.
        case later
        case never(ImportError)
    }

    /// Called once for each `later` that isn't cancelled.
    var onAnswer: ((PlaneKind, BufferIdentity, Result<ImportedBuffer, ImportError>) -> Void)?

    /// All rungs, from the highest to the lowest.
    private let all: [any Rung]
    /// The ones that are used.
    private var rungs: [any Rung] = []
    private let cursorIsPointerImage: Bool
    private var waiting = 0

    /// - Parameters:
    ///   - cursorIsPointerImage: whether the cursor plane becomes the image of the host's pointer.
    ///   - forced: the only rung to be used, for comparisons; nil for the highest that takes a buffer.
    init(_ globals: BufferGlobals, cursorIsPointerImage: Bool, forced: Statistics.Path? = nil) {
        all = [DMABUFRung(globals), SharedMemoryRung(globals), CopyRung(globals)]
        self.cursorIsPointerImage = cursorIsPointerImage
        force(forced)
    }

    var isWaiting: Bool { waiting > 0 }

    func start(_ buffer: consuming PlaneBuffer, kind: PlaneKind) -> Answer {
        let request = ImportRequest(buffer, kind: kind, isPointerImage: kind == .cursor && cursorIsPointerImage)
        return climb(buffer, request, from: 0, past: [])
    }

    /// Uses this rung alone from now on, or, with nil, the highest that takes a buffer. Forgets what the compositor hasn't answered.
    func force(_ path: Statistics.Path?) {
        cancel()
        rungs = all.filter { path == nil || $0.path == path }
    }

    /// Forgets what the compositor hasn't answered; its memory is given back.
    func cancel() {
        for rung in rungs { rung.cancel() }
        waiting = 0
    }

    /// - Parameters:
    ///   - first: the index of the first rung to try.
    ///   - obstacles: why the rungs above haven't taken the buffer.
    private func climb(
        _ buffer: consuming PlaneBuffer, _ request: ImportRequest, from first: Int, past obstacles: [Obstacle]
    ) -> Answer {
        var obstacles = obstacles
        for index in first..<rungs.count {
            if let obstacle = rungs[index].obstacle(to: request) {
                obstacles.append(Obstacle(obstacle))
                continue
            }
            let attempt = rungs[index].begin(buffer, request) { [unowned self, obstacles] in
                answered($0, request, at: index, past: obstacles)
            }
            switch consume attempt {
            case .later:
                waiting += 1
                return .later
            case .imported(let imported): return .now(named(imported, obstacles))
            case .refused(let error, let buffer):
                return climb(buffer, request, from: index + 1, past: obstacles + [Obstacle(error)])
            }
        }
        return .never(
            ImportError(Obstacle.list(obstacles), isTemporary: obstacles.last?.isTemporary ?? false))
    }

    private func answered(
        _ attempt: consuming Attempt, _ request: ImportRequest, at index: Int, past obstacles: [Obstacle]
    ) {
        waiting -= 1
        let answer: Answer =
            switch consume attempt {
            case .imported(let imported): .now(named(imported, obstacles))
            case .refused(let error, let buffer):
                climb(buffer, request, from: index + 1, past: obstacles + [Obstacle(error)])
            case .later: .later
            }
        switch answer {
        case .now(let imported): onAnswer?(request.kind, request.identity, .success(imported))
        case .never(let error): onAnswer?(request.kind, request.identity, .failure(error))
        case .later: break
        }
    }

    private func named(_ imported: ImportedBuffer, _ obstacles: [Obstacle]) -> ImportedBuffer {
        imported.reason = obstacles.isEmpty ? "the compositor imports the plane's memory" : Obstacle.list(obstacles)
        return imported
    }

    /// Why a rung hasn't taken a buffer.
    private struct Obstacle {
        let text: String
        let isTemporary: Bool

        init(_ text: String) {
            self.text = text
            isTemporary = false
        }

        init(_ error: ImportError) {
            text = error.description
            isTemporary = error.isTemporary
        }

        /// One line of all of them, each said once.
        static func list(_ obstacles: [Obstacle]) -> String {
            var texts: [String] = []
            for obstacle in obstacles where !texts.contains(obstacle.text) { texts.append(obstacle.text) }
            return texts.count < 2
                ? texts.first ?? "no rung is left" : texts.dropLast().joined(separator: ", ") + ", and " + texts.last!
        }
    }
}
