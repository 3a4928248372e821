// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
package import Logging
package import Planes
internal import System
package import Wayland

/// Connects the host's clipboard with a guest's. What either side has is offered to the other, and fetched when somebody pastes
/// there. All windows over a connection share one, since they belong to one VM.
///
/// The guest is offered the host's content only while the keyboard is on one of the windows. The guest's content goes to the host
/// with the serial of the last key or click over a window; a compositor refuses it if something was copied elsewhere since.
package final class HostClipboard {
    private let seats: Seats
    private let loop: EventLoop
    private let log: Logger
    private let limit: Int
    private var manager: WlDataDeviceManager
    private var devices: [DataDevice] = []
    /// The device of the seat whose keyboard is on one of the windows.
    private var active: DataDevice?
    /// The device of the seat whose keyboard was there last.
    private weak var latest: DataDevice?
    private var guest: (any GuestClipboard)?
    /// The guest's content in the host's clipboard.
    private var guestOffer: GuestOffer?
    /// The offer that the guest was told of last.
    private var announced: HostOffer?
    private var announcement: DeferredSource!
    private var reader: PipeReader?
    private var writers: [(kind: ClipboardKind, writer: PipeWriter)] = []
    private var faults = RateLimit(perSecond: 1)

    /// Marks our own offers when they come back: a compositor doesn't report that it refused one.
    private let mark = "application/x-oriel-guest-\(String(UInt64.random(in: .min ... .max), radix: 16))"

    /// How long a program on the host may write, in nanoseconds: QEMU and its guest stand still meanwhile.
    private static let readPatience: UInt64 = 2_000_000_000
    /// How long the guest's agent may take to answer, and a program to read the next portion, in nanoseconds.
    private static let writePatience: UInt64 = 10_000_000_000
    /// The most programs that are written to at once: a clipboard manager may ask beside the program that pastes.
    private static let mostWriters = 4

    /// - Parameter limit: the largest content that may pass in either direction, in bytes.
    package init(_ seats: Seats, _ registry: Registry, limit: Int, loop: EventLoop, log: Logger) throws {
        self.seats = seats
        self.limit = limit
        self.loop = loop
        self.log = log
        manager = try registry.bind(WlDataDeviceManager.self)
        announcement = DeferredSource(loop: loop) { [unowned self] in announce() }
        seats.observer = self
        for seat in seats.all { seatAdded(seat) }
    }

    deinit { attach(nil) }

    /// Shares this guest's clipboard from now on instead of the previous one; nil for none.
    package func attach(_ guest: (any GuestClipboard)?) {
        self.guest?.close()
        self.guest = guest
        reader = nil
        writers = []
        guestOffer = nil
        announced = nil
        guest?.open(for: self, limit: limit)
        announcement.schedule()
    }

    private func announce() {
        let offer = active?.offer
        guard offer !== announced else { return }
        announced = offer
        guest?.offer(offer?.kinds ?? [])
    }

    /// Logs why a paste failed.
    private func complain(_ direction: String, _ fault: ClipboardFault) {
        guard let held = faults.pass(at: EventLoop.now()) else { return }
        log.warning("the clipboard isn't passed \(direction): \(fault)\(held > 0 ? " (and \(held) more times)" : "")")
    }
}

extension HostClipboard: SeatObserver {
    package func seatAdded(_ seat: Seat) {
        guard let ref = seat.ref else { return }
        devices.append(
            DataDevice(manager.getDataDevice(seat: ref), seat, mark: mark) { [unowned self] in announcement.schedule() })
    }

    package func seatRemoved(_ seat: Seat) {
        devices.removeAll { $0.seat === seat }
        if active?.seat === seat { active = nil }
        announcement.schedule()
    }

    package func keyboardFocusDidChange(_ seat: Seat) {
        if seat.keyboard?.focus != nil {
            active = devices.first { $0.seat === seat }
            latest = active
        } else if active?.seat === seat {
            active = nil
        }
        announcement.schedule()
    }
}

extension HostClipboard: GuestClipboardDelegate {
    package func guestClipboard(_ clipboard: any GuestClipboard, has kinds: Set<ClipboardKind>) {
        guard !kinds.isEmpty else { return guestOffer = nil }
        guard let device = active ?? latest, let serial = device.seat.serial else {
            return log.debug("the guest copied something before its window was used: the host doesn't get it")
        }
        let offer = GuestOffer(
            manager.createDataSource(), kinds, mark: mark, wanted: { [unowned self] in write($0, $1) },
            cancelled: { [unowned self] in guestOffer = nil })
        device.select(offer, serial: serial)
        // The previous offer ends after this, so that the clipboard is never empty in between.
        guestOffer = offer
    }

    package func guestClipboard(_ clipboard: any GuestClipboard, wants kinds: Set<ClipboardKind>) {
        guard let offer = active?.offer,
            let kind = ClipboardKind.allCases.first(where: kinds.intersection(offer.kinds).contains)
        else { return clipboard.give(nil) }
        do throws(ClipboardFault) {
            reader = try PipeReader(
                limit: limit, patience: Self.readPatience, loop: loop, give: { offer.receive(kind, into: $0) },
                done: { [unowned self] in give(kind, $0) })
        } catch {
            complain("to the guest", error)
            clipboard.give(nil)
        }
    }

    private func give(_ kind: ClipboardKind, _ outcome: PipeReader.Outcome) {
        reader = nil
        do throws(ClipboardFault) {
            guest?.give(try ClipboardContent(kind, try outcome.get(), limit: limit))
        } catch {
            complain("to the guest", error)
            guest?.give(nil)
        }
    }

    /// A program on the host pastes the guest's content.
    private func write(_ kind: ClipboardKind, _ descriptor: consuming OwnedDescriptor) {
        guard writers.count < Self.mostWriters else {
            return complain("to the host", .notGiven("too many programs ask for it at once"))
        }
        let writer = PipeWriter(descriptor, patience: Self.writePatience, loop: loop) { [unowned self] writer in
            writers.removeAll { $0.writer === writer }
        }
        let isAsked = writers.contains { $0.kind == kind && $0.writer.isWaiting }
        writers.append((kind, writer))
        if !isAsked { guest?.request(kind) }
    }

    package func guestClipboard(
        _ clipboard: any GuestClipboard, gave kind: ClipboardKind, _ content: Result<ClipboardContent, ClipboardFault>
    ) {
        let waiting = writers.filter { $0.kind == kind && $0.writer.isWaiting }
        switch content {
        case .success(let content): for entry in waiting { entry.writer.write(content.bytes) }
        case .failure(let fault):
            complain("to the host", fault)
            writers.removeAll { entry in waiting.contains { $0.writer === entry.writer } }
        }
    }
}
