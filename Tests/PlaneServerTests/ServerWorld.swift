// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CPlaneProtocol
import EventLoop
import Logging
import Planes
import System
import TestSupport
import Testing

@testable import PlaneServer

/// A server of a scripted guest, with raw peers on the same loop.
final class ServerWorld {
    let loop: EventLoop
    let source = ScriptedSource()
    let server: PlaneServer
    let memory = ScriptedSource.Memory(width: 64, height: 32)

    init(change: (inout PlaneServer.Options) -> Void = { _ in }) throws {
        loop = try EventLoop()
        source.show(.primary, memory)
        var options = PlaneServer.Options()
        change(&options)
        server = PlaneServer(source: source, name: "scripted", options: options, loop: loop, logger: .quiet)
    }

    /// A peer that has said nothing yet.
    func peer() throws -> RawPeer {
        let (peer, theirs) = try RawPeer.pair()
        server.adopt(OwnedDescriptor(adopting: theirs))
        return peer
    }

    /// One that has its welcome and its first state.
    func viewer(features: UInt64 = PLANE_FEATURE_PUSH | PLANE_FEATURE_MULTI_PLANE) throws -> RawPeer {
        let peer = try peer()
        peer.hello(features: features)
        try run(peer) { peer.inbox.count >= 2 }
        return peer
    }

    /// Turns until the peers have heard what is expected.
    func run(_ peers: RawPeer..., until condition: () -> Bool) throws {
        let isSo = try loop.runUntil {
            for peer in peers { peer.receive() }
            return condition()
        }
        #expect(isSo, "\(peers.map { $0.inbox.map { String($0.type, radix: 16) } })")
    }

    /// Long enough for anything to come that would.
    func settle(_ peers: RawPeer...) throws {
        for _ in 0..<5 {
            try loop.turn(waitingAtMost: 2_000_000)
            while try loop.turn(waitingAtMost: 0) {}
            for peer in peers { peer.receive() }
        }
    }

    func flip() {
        source.show(.primary, memory)
        source.announce()
    }
}

extension Logger {
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
