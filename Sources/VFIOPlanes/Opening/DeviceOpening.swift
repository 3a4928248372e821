// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
internal import Planes
internal import System

/// The opening of a VFIO device by any kind of address, in the loop. A VMM that hands its device over is waited for in the loop; a
/// device that is opened here takes the thread for a tenth of a second and more (``DeviceOpener``), so the loop has its turn between two.
final class DeviceOpening {
    private enum Stage {
        /// The device, or the search's next one, is opened in the loop's next turn.
        case scheduled(TimerSource, OnlyDeviceSearch?)
        case awaitingVMM(DeviceHandover)
        /// The result has been told, or never will be.
        case over
    }

    /// How long a VMM may take to hand its device over, in nanoseconds.
    private static let usualPatience: UInt64 = 5_000_000_000

    private let address: VFIOAddress
    private let opener: DeviceOpener
    private let done: (Result<OpenDevice, OpeningFault>) -> Void
    private var stage = Stage.over

    /// - Parameters:
    ///   - patience: How long a VMM may take to hand its device over, in nanoseconds; nil for 5 s.
    ///   - done: Called once, in the loop, and never after ``cancel()``.
    init(
        _ address: VFIOAddress, by opener: DeviceOpener, patience: UInt64?, loop: EventLoop,
        done: @escaping (Result<OpenDevice, OpeningFault>) -> Void
    ) {
        self.address = address
        self.opener = opener
        self.done = done
        if case .socket(let path) = address.endpoint {
            stage = .awaitingVMM(
                DeviceHandover(from: path, patience: patience ?? Self.usualPatience, loop: loop) { [unowned self] in
                    handleHandover($0)
                })
        } else {
            // A deferred source that schedules itself again would run before all others, until there are no devices left.
            let turn = loop.timer { [unowned self] in handleTurn() }
            stage = .scheduled(turn, address.endpoint == .onlyDevice ? OnlyDeviceSearch(opener) : nil)
            turn.arm(after: 0)
        }
    }

    deinit { cancel() }

    func cancel() {
        switch stage {
        case .scheduled(let turn, _): turn.disarm()
        case .awaitingVMM(let handover): handover.cancel()
        case .over: break
        }
        stage = .over
    }

    private func handleTurn() {
        guard case .scheduled(let turn, var search) = stage else { return }
        guard search?.step() == true else {
            return finish(
                Result { () throws(OpeningFault) in
                    if let search { try search.result() } else { try opener.open(address) }
                })
        }
        stage = .scheduled(turn, search)
        turn.arm(after: 0)
    }

    private func handleHandover(_ outcome: consuming DeviceHandover.Outcome) {
        let descriptor: OwnedDescriptor
        do throws(Errno) { descriptor = try outcome.get() } catch { return finish(.failure(.socket(errno: error.code))) }
        do throws(OpeningFault) { finish(.success(try opener.adopt(descriptor, as: address))) } catch { finish(.failure(error)) }
    }

    /// The caller may drop the opening: nothing of it is touched afterwards.
    private func finish(_ device: Result<OpenDevice, OpeningFault>) {
        stage = .over
        done(device)
    }
}

/// The search for the only device that has a display, among those that can be opened: a value, each of whose steps opens one.
private struct OnlyDeviceSearch {
    private let opener: DeviceOpener
    private var rest: ArraySlice<VFIODevice>
    private var found: OpenDevice?
    private var names: [String] = []
    private var looked = 0
    private var first: OpeningFault?

    init(_ opener: DeviceOpener) {
        self.opener = opener
        rest = opener.tree.all().filter(\.mayHaveDisplay)[...]
    }

    /// Opens the next device. Returns false where there is none.
    mutating func step() -> Bool {
        guard let device = rest.popFirst() else { return false }
        do throws(OpeningFault) {
            let open = try opener.open(device, as: device.address)
            looked += 1
            guard (try? DisplayProbe(open.calls))?.type != nil else { return true }
            names.append("\(device.address)")
            found = found ?? open
        } catch {
            opener.logger.info("\(error.error(for: device.address).message)")
            first = first ?? error
        }
        return true
    }

    func result() throws(OpeningFault) -> OpenDevice {
        guard names.count < 2 else { throw .several(names) }
        if let found { return found }
        // The device that couldn't be looked at may be the one meant.
        if let first { throw first }
        throw looked == 0 ? .noneHere : .noDisplay(devices: looked)
    }
}
