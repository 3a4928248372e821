// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
package import PlaneImage
package import Planes

/// Waits for a guest's first picture and copies it.
///
/// A QEMU that nobody has watched shows a placeholder in a size of its own until its first refresh. So the picture is copied once
/// its size has stood for a moment.
package final class FirstPicture: PlaneSourceDelegate {
    private let source: any PlaneSource
    private let withCursor: Bool
    private let loop: EventLoop
    private var size: PixelSize?
    private var settled: TimerSource!
    /// The next look at a source that doesn't tell of its changes.
    private var nextLook: TimerSource!
    private var result: Result<RGBAImage?, any Error> = .success(nil)

    /// Several of QEMU's refreshes, which come every 30 ms.
    private static let moment: UInt64 = 150_000_000
    /// About a screen's refresh.
    private static let pollInterval: UInt64 = 16_000_000

    package init(of source: any PlaneSource, withCursor: Bool, loop: EventLoop) {
        self.source = source
        self.withCursor = withCursor
        self.loop = loop
        settled = loop.timer { [unowned self] in handleSettled() }
        nextLook = loop.timer { [unowned self] in look() }
        source.delegate = self
    }

    /// Runs the loop until there is a picture. Returns nil where somebody stopped the loop before.
    package func take() throws -> RGBAImage? {
        defer { source.delegate = nil }
        look()
        try loop.run()
        return try result.get()
    }

    package func planeSourceDidChange(_ source: any PlaneSource) { look() }

    package func planeSource(_ source: any PlaneSource, didEnd error: SourceError) {
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
            result = .success(try GuestPicture(of: source, withCursor: withCursor).image)
        } catch is PlaneError {
            // Stale or off just now: the next moment serves.
            return settled.arm(after: Self.moment)
        } catch {
            result = .failure(error)
        }
        loop.stop()
    }
}

/// A copy of what a guest shows at this moment, at its own resolution. Its rows are copied at once, and made an image of later.
struct GuestPicture: Sendable {
    private let screen: PictureCopy
    private var cursor: (picture: PictureCopy, position: PixelPoint)?

    /// - Throws: ``PlaneError`` where the guest shows nothing just now, ``PlaneImageError`` where its picture can't be read.
    init(of source: any PlaneSource, withCursor: Bool) throws {
        guard case .showing(let info) = try source.query(.primary) else { throw PlaneError.off }
        screen = try PictureCopy(
            of: try source.buffer(for: .primary, generation: info.generation), isOpaque: true, isFlipped: info.isFlipped)
        guard withCursor, case .showing(let info) = try source.query(.cursor) else { return }
        let buffer = try source.buffer(for: .cursor, generation: info.generation)
        cursor = (try PictureCopy(of: buffer, isFlipped: info.isFlipped), info.position)
    }

    var image: RGBAImage {
        var image = screen.image
        if let cursor { image.draw(cursor.picture.image, at: cursor.position) }
        return image
    }
}
