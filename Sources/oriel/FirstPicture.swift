// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import PlaneImage
internal import Planes

/// Waits for a guest's first picture and takes it.
///
/// A QEMU that nobody watched shows a placeholder until its first refresh, in a size of its own: so the picture is taken when its
/// size has stood for a moment.
final class FirstPicture: PlaneSourceDelegate {
    private let source: any PlaneSource
    private let withCursor: Bool
    private let loop: EventLoop
    private var size: PixelSize?
    private var settled: TimerSource!
    /// The next look at a source that tells nothing.
    private var nextLook: TimerSource!
    private var result: Result<RGBAImage?, any Error> = .success(nil)

    /// Several of QEMU's refreshes, which come every 30 ms.
    private static let moment: UInt64 = 150_000_000
    /// About a screen's refresh.
    private static let pollInterval: UInt64 = 16_000_000

    init(of source: any PlaneSource, withCursor: Bool, loop: EventLoop) throws(EventLoopError) {
        self.source = source
        self.withCursor = withCursor
        self.loop = loop
        settled = try loop.timer { [unowned self] in handleSettled() }
        nextLook = try loop.timer { [unowned self] in look() }
        source.delegate = self
    }

    /// The picture, or nil where the loop was stopped before there was one.
    func take() throws -> RGBAImage? {
        defer { source.delegate = nil }
        look()
        try loop.run()
        return try result.get()
    }

    func planeSourceDidChange(_ source: any PlaneSource) { look() }

    func planeSource(_ source: any PlaneSource, didEnd error: SourceError) {
        result = .failure(error)
        loop.stop()
    }

    private func look() {
        if source is any PolledPlaneSource { nextLook.arm(after: Self.pollInterval) }
        guard case .showing(let info)? = try? source.query(.primary) else { return }
        source.skipped(.primary, generation: info.generation)
        guard info.identity.layout.size != size else { return }
        size = info.identity.layout.size
        settled.arm(after: Self.moment)
    }

    private func handleSettled() {
        do {
            result = .success(try RGBAImage(of: source, withCursor: withCursor))
        } catch is PlaneError {
            // Stale or off just now: the next moment serves.
            return settled.arm(after: Self.moment)
        } catch {
            result = .failure(error)
        }
        loop.stop()
    }
}
