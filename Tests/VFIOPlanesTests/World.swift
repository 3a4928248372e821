// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Glibc
import Logging
import Planes
import TestSupport
import Testing
import VFIOPlanes

/// A source over a scripted device, and a delegate that keeps what it hears.
final class World: PlaneSourceDelegate {
    let loop: EventLoop
    let device: ScriptedDevice
    let source: VFIOPlanes
    let log = CountingLog()
    private(set) var ends: [SourceError] = []
    private(set) var notices = 0
    /// What the source takes for now: it stands still.
    var time: UInt64 = 1_000_000_000_000

    init(_ device: ScriptedDevice = ScriptedDevice(), owning: AnyObject? = nil, damage: DamagePolicy = .generation) throws {
        loop = try EventLoop()
        self.device = device
        source = try VFIOPlanes(
            name: "vfio:scripted", calls: device, owning: owning, damage: damage, loop: loop, logger: log.logger)
        source.delegate = self
        source.clock = { [unowned self] in time }
    }

    func planeSourceDidChange(_ source: any PlaneSource) { notices += 1 }
    func planeSource(_ source: any PlaneSource, didEnd error: SourceError) { ends.append(error) }

    /// What a query says; nil where the plane is off.
    func info(_ kind: PlaneKind = .primary) throws -> PlaneInfo? {
        guard case .showing(let info) = try source.query(kind) else { return nil }
        return info
    }

    func shown(_ kind: PlaneKind = .primary) throws -> PlaneInfo { try #require(try info(kind)) }

    /// Queries and takes the buffer, as a window does with new memory.
    func buffer(_ kind: PlaneKind = .primary) throws -> PlaneBuffer {
        try source.buffer(for: kind, generation: try shown(kind).generation)
    }

    /// The bytes of what the plane shows, as a compositor would read them.
    func bytes() throws -> [UInt8] {
        let buffer = try buffer()
        var bytes = [UInt8](repeating: 0, count: Int(buffer.layout.linearLength))
        pread(buffer.descriptor(plane: 0), &bytes, bytes.count, 0)
        return bytes
    }

    /// Queries, and commits what came.
    @discardableResult
    func present() throws -> PlaneInfo {
        let info = try shown()
        source.committed(.primary, generation: info.generation)
        return info
    }

    /// The error of a query, which must fail.
    func failure(_ kind: PlaneKind = .primary) -> PlaneError? {
        do throws(PlaneError) {
            _ = try source.query(kind)
            return nil
        } catch {
            return error
        }
    }
}

extension PlaneError {
    /// A positive errno of a temporary error.
    var temporaryCode: CInt? { if case .temporary(let code) = self { code } else { nil } }
    var fault: PlaneFault? { if case .invalid(let fault) = self { fault } else { nil } }
    var isStale: Bool { if case .stale = self { true } else { false } }
    var isEnd: Bool { if case .ended = self { true } else { false } }
}
