// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
package import Logging
internal import PlaneServer
package import Planes
internal import QEMUDisplay
internal import Recording
internal import SyntheticGuest
internal import VFIOPlanes

extension SourceAddress {
    /// Begins to open the source. The demonstration guest draws from here on; of a peer only the greeting is sent.
    ///
    /// - Parameter done: receives the result once, in a later turn of the loop, unless the opening is cancelled: one guest, or with
    ///   all consoles of a VM one for each.
    package func open(
        on loop: EventLoop, log: Logger, done: @escaping (Result<[Guest], SourceError>) -> Void
    ) -> any GuestOpening {
        switch self {
        case .demo(let options, let allConsoles):
            let guests = Result { () throws(SourceError) in
                try (0..<(allConsoles ? options.consoles : 1)).map { (console) throws(SourceError) in
                    try SyntheticGuest(options: options, console: console, loop: loop)
                }
            }
            if case .success(let guests) = guests { log.info("\(guests[0].name.asSubject) memory \(guests[0].memoryReason)") }
            return DeferredOpening(loop) { done(guests.map { $0.map { Guest(planes: $0, input: $0.input) } }) }
        case .planes(let address): return PlanesOpening(address, loop: loop) { done($0.map { [$0] }) }
        case .replay(let address):
            let replay = Result { () throws(SourceError) in try ReplaySource(address, loop: loop, logger: log) }
            return DeferredOpening(loop) { done(replay.map { [Guest(planes: $0)] }) }
        case .vfio(let address, let damage):
            return VFIOOpening(address, damage: damage, loop: loop, logger: log) { done($0.map { [$0] }) }
        case .qemu(let address, let allConsoles):
            return QEMUOpening(address, consoles: allConsoles ? .all : .addressed, loop: loop, logger: log, done: done)
        }
    }

    /// Opens the source and turns the loop until that is done: for commands that have nothing else to do meanwhile.
    package func opened(on loop: EventLoop, log: Logger) throws(SourceError) -> [Guest] {
        var result: Result<[Guest], SourceError>?
        let opening = open(on: loop, log: log) { result = $0 }
        let outcome: Result<[Guest], SourceError>
        do throws(EventLoopError) { outcome = try loop.wait { result } } catch { throw SourceError("the loop", error) }
        return try withExtendedLifetime(opening) { () throws(SourceError) in try outcome.get() }
    }
}

/// An opening whose result is known, and told in the loop's next turn.
private final class DeferredOpening: GuestOpening {
    private var turn: DeferredSource?

    init(_ loop: EventLoop, _ tell: @escaping () -> Void) {
        turn = DeferredSource(loop: loop, tell)
        turn?.schedule()
    }

    func cancel() { turn = nil }
}
