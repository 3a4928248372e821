// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
package import Logging
internal import PlaneServer
package import Planes
internal import QEMUDisplay
internal import SyntheticGuest
internal import VFIOPlanes

extension SourceAddress {
    /// Begins to open the source. The demonstration guest draws from here on; of a peer only the greeting is sent.
    ///
    /// - Parameter done: hears the result once, in a later turn of the loop, unless the opening is cancelled: one guest, or with
    ///   all consoles of a VM one for each.
    /// - Throws: ``SourceError/Reason/fault`` where the loop takes nothing more. Whatever is wrong with the source is told by `done`.
    package func open(
        on loop: EventLoop, log: Logger, done: @escaping (Result<[Guest], SourceError>) -> Void
    ) throws(SourceError) -> any GuestOpening {
        do throws(SourceError) {
            switch self {
            case .demo(let options):
                let guest = try SyntheticGuest(options: options, loop: loop)
                log.info("\(guest.name.asSubject) memory \(guest.memoryReason)")
                return try DeferredOpening(loop, done) { () throws(SourceError) in [Guest(planes: guest)] }
            case .planes(let address):
                return try PlanesOpening(address, loop: loop, logger: log) { done($0.map { [$0] }) }
            case .vfio(let address, let damage):
                return try VFIOOpening(address, damage: damage, loop: loop, logger: log) { done($0.map { [$0] }) }
            case .qemu(let address, let allConsoles):
                return try QEMUOpening(
                    address, consoles: allConsoles ? .all : .addressed, loop: loop, logger: log, done: done)
            }
        } catch {
            return try DeferredOpening(loop, done) { () throws(SourceError) in throw error }
        }
    }

    /// Opens the source and turns the loop until that is done: for commands that have nothing else to do meanwhile.
    package func opened(on loop: EventLoop, log: Logger) throws(SourceError) -> [Guest] {
        var result: Result<[Guest], SourceError>?
        let opening = try open(on: loop, log: log) { result = $0 }
        return try withExtendedLifetime(opening) { () throws(SourceError) in
            while true {
                if let result { return try result.get() }
                do throws(EventLoopError) { try loop.turn(waitingAtMost: 1_000_000_000) } catch { throw SourceError(error) }
            }
        }
    }
}

/// An opening that is one call, made in the loop's next turn.
private final class DeferredOpening: GuestOpening {
    private var turn: DeferredSource?

    init(
        _ loop: EventLoop, _ done: @escaping (Result<[Guest], SourceError>) -> Void,
        _ open: @escaping () throws(SourceError) -> [Guest]
    ) throws(SourceError) {
        do throws(EventLoopError) { turn = try DeferredSource(loop: loop) { done(Result(catching: open)) } } catch {
            throw SourceError(error)
        }
        turn?.schedule()
    }

    func cancel() { turn = nil }
}

extension SourceError {
    /// The loop takes nothing more.
    init(_ error: EventLoopError) { self.init(.fault, "\(error): raise the limit of open files") }
}
