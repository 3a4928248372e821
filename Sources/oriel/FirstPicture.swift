// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import PlaneImage
internal import Planes

/// Waits for a guest's first picture and takes it.
final class FirstPicture: PlaneSourceDelegate {
    private let source: any PlaneSource
    private let withCursor: Bool
    private let loop: EventLoop
    private var result: Result<RGBAImage?, any Error> = .success(nil)

    init(of source: any PlaneSource, withCursor: Bool, loop: EventLoop) {
        self.source = source
        self.withCursor = withCursor
        self.loop = loop
        source.delegate = self
    }

    /// The picture, or nil where the loop was stopped before there was one.
    func take() throws -> RGBAImage? {
        defer { source.delegate = nil }
        if !look() { try loop.run() }
        return try result.get()
    }

    func planeSourceDidChange(_ source: any PlaneSource) {
        if look() { loop.stop() }
    }

    func planeSource(_ source: any PlaneSource, didEnd error: SourceError) {
        result = .failure(error)
        loop.stop()
    }

    /// Whether there is a result now.
    private func look() -> Bool {
        do {
            guard case .showing(let info) = try source.query(.primary) else { return false }
            var image = try RGBAImage(
                copying: try source.buffer(for: .primary, generation: info.generation), isOpaque: true, isFlipped: info.isFlipped)
            source.taken(.primary, generation: info.generation)
            if withCursor, case .showing(let cursor) = try source.query(.cursor) {
                let buffer = try source.buffer(for: .cursor, generation: cursor.generation)
                image.draw(try RGBAImage(copying: buffer, isFlipped: cursor.isFlipped), at: cursor.position)
            }
            result = .success(image)
        } catch let error as PlaneError {
            // Stale or off: the next change serves. What the guest said wrong, it may say right next time.
            _ = error
            return false
        } catch {
            result = .failure(error)
        }
        return true
    }
}
