// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Dispatch
internal import EventLoop
internal import Logging
internal import PlaneImage
internal import Planes
internal import GuestWindow
internal import Synchronization
internal import System

/// Saves a window's guest as pictures while the window shows it. The picture's rows are copied at once. Converting them and making a
/// file takes longer than a refresh, so another thread does that, for one picture at a time.
final class ScreenshotSaver {
    /// The user's own folder is looked up with the first picture.
    private lazy var folder = chosenFolder ?? .usual()
    private let chosenFolder: ScreenshotFolder?
    private let withCursor: Bool
    private let log: Logger
    private let pending = DispatchGroup()
    private let news: News
    private var watch: DescriptorSource?
    /// The guest and window whose picture is being saved.
    private var client: Client?

    private struct Client {
        let name: String
        weak var window: GuestWindow?
    }

    /// The outcome of a save, passed from the saving thread to the loop's.
    private final class News: Sendable {
        /// Readable when there is an outcome.
        let event: EventDescriptor
        private let outcome = Mutex<Result<String, PlaneImageError>?>(nil)

        init() throws(SourceError) {
            do throws(Errno) { event = try EventDescriptor() } catch {
                throw SourceError(.fault, "screenshots: no eventfd (\(error.text)): raise the limit of open files")
            }
        }

        func tell(_ new: Result<String, PlaneImageError>) {
            outcome.withLock { $0 = new }
            event.send()
        }

        func hear() -> Result<String, PlaneImageError>? {
            event.take()
            return outcome.withLock { $0.take() }
        }
    }

    /// Several, since a guest that flips as fast as it can may move on between query and buffer.
    private static let tries = 3

    /// - Parameter folder: nil for the user's own.
    init(in folder: ScreenshotFolder?, withCursor: Bool, loop: EventLoop, log: Logger) throws(SourceError) {
        chosenFolder = folder
        self.withCursor = withCursor
        self.log = log
        news = try News()
        do throws(EventLoopError) {
            watch = try loop.watch(news.event.descriptor.rawValue) { [unowned self] _ in hear() }
        } catch {
            throw SourceError("screenshots", error)
        }
    }

    /// Saves a picture. Log and window then say where it is, or why there is none.
    func save(_ source: any PlaneSource, for window: GuestWindow) {
        let client = Client(name: source.name.asSubject, window: window)
        guard self.client == nil else { return refuse(client, "the one before it is still being saved") }
        do {
            let picture = try picture(of: source)
            let file = try folder.reserve(for: source.name)
            self.client = client
            DispatchQueue.global().async(group: pending) { [news] in
                do throws(PlaneImageError) {
                    try PNG.write(picture.image, to: file)
                    news.tell(.success(file))
                } catch {
                    ScreenshotFolder.giveUp(file)
                    news.tell(.failure(error))
                }
            }
        } catch let error as PlaneImageError {
            refuse(client, "\(error)")
        } catch {
            refuse(client, "the guest's picture changes too fast to be copied")
        }
    }

    /// Waits until the last picture is saved.
    func finish() {
        pending.wait()
        hear()
    }

    private func hear() {
        guard let outcome = news.hear(), let client else { return }
        self.client = nil
        switch outcome {
        case .success(let file):
            log.info("\(client.name) screenshot saved: \(file)")
            client.window?.say("screenshot saved", file)
        case .failure(let error): refuse(client, "\(error)")
        }
    }

    private func refuse(_ client: Client, _ reason: String) {
        log.warning("\(client.name) no screenshot: \(reason)")
        client.window?.say("no screenshot", reason)
    }

    private func picture(of source: any PlaneSource) throws -> GuestPicture {
        for _ in 1..<Self.tries {
            do { return try GuestPicture(of: source, withCursor: withCursor) } catch PlaneError.stale { continue }
        }
        return try GuestPicture(of: source, withCursor: withCursor)
    }
}
