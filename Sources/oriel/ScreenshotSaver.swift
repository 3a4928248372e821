// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Dispatch
internal import Logging
internal import PlaneImage
internal import Planes

/// Saves what a window's guest shows while it's being looked at. The picture is copied at once; making a file of it takes longer than
/// a refresh, so a thread of its own does that, for one picture at a time.
final class ScreenshotSaver {
    /// Looked for when there is something to save.
    private lazy var folder = chosenFolder ?? .usual()
    private let chosenFolder: ScreenshotFolder?
    private let withCursor: Bool
    private let log: Logger
    private let pending = DispatchGroup()

    /// A guest that flips as fast as it can moves on between query and buffer.
    private static let tries = 3

    /// - Parameter folder: nil for the user's own.
    init(in folder: ScreenshotFolder?, withCursor: Bool, log: Logger) {
        chosenFolder = folder
        self.withCursor = withCursor
        self.log = log
    }

    /// Says where the picture is, or why there is none.
    func save(_ source: any PlaneSource) {
        guard pending.wait(timeout: .now()) == .success else {
            return log.warning("\(source.name): no screenshot: the one before is still being saved")
        }
        do {
            let picture = try picture(of: source)
            let file = try folder.reserve(for: source.name)
            DispatchQueue.global().async(group: pending) { [log, name = source.name] in
                do throws(PlaneImageError) {
                    try PNG.write(picture, to: file)
                    log.info("\(name): screenshot saved: \(file)")
                } catch {
                    ScreenshotFolder.giveUp(file)
                    log.warning("\(name): no screenshot: \(error)")
                }
            }
        } catch let error as PlaneImageError {
            log.warning("\(source.name): no screenshot: \(error)")
        } catch {
            log.warning("\(source.name): no screenshot: the guest has no picture that holds still just now")
        }
    }

    /// Waits until the last picture is saved.
    func finish() { pending.wait() }

    private func picture(of source: any PlaneSource) throws -> RGBAImage {
        for _ in 1..<Self.tries {
            do { return try RGBAImage(of: source, withCursor: withCursor) } catch PlaneError.stale { continue }
        }
        return try RGBAImage(of: source, withCursor: withCursor)
    }
}
