// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CLinux
import CPlaneProtocol
import EventLoop
import Glibc
import Planes
import System
import TestSupport
import Testing

@testable import PlaneServer

/// A server whose every word a test decides, with a real client. What it says before the client is opened lies in the socket.
final class ScriptedServer: PlaneSourceDelegate {
    let loop: EventLoop
    let peer: RawPeer
    private let theirs: CInt
    private(set) var client: PlaneClient?
    private(set) var changes = 0
    private(set) var end: SourceError?
    var onChange: (PlaneClient) -> Void = { _ in }

    init() throws {
        loop = try EventLoop()
        (peer, theirs) = try RawPeer.pair()
    }

    /// Speaks for a server over a connection that is there already.
    init(over peer: RawPeer, loop: EventLoop) {
        self.loop = loop
        self.peer = peer
        theirs = -1
    }

    /// Memory that pictures are in.
    final class Memory {
        let descriptor: OwnedDescriptor
        let length: Int
        init(_ length: Int = 64 * 32 * 4) {
            self.length = length
            descriptor = OwnedDescriptor(adopting: oriel_memfd_create("served"))
            ftruncate(descriptor.rawValue, length)
        }
        var openElsewhere: Int {
            guard let file = descriptor.fileIdentity() else { return -1 }
            return openDescriptors(device: file.device, inode: file.inode) - 1
        }
    }

    func welcome(features: UInt64 = PLANE_FEATURE_PUSH, name: String = "scripted") {
        peer.send(plane_hello(PLANE_WELCOME, version: 1, features: features, name: name))
    }

    func caps(_ type: plane_caps_type = PLANE_CAPS_DMABUF) {
        peer.send(plane_caps(header: plane_header(of: plane_caps.self, PLANE_CAPS), type: type.rawValue, planes: 6))
    }

    static func info(_ generation: UInt64, buffer: UInt64, change: (inout plane_info) -> Void = { _ in }) -> plane_info {
        var info = plane_info()
        info.drm_format = 0x3432_5258
        (info.width, info.height, info.stride, info.size) = (64, 32, 256, 8192)
        info.generation = UInt32(truncatingIfNeeded: generation)
        info.generation_high = UInt32(truncatingIfNeeded: generation >> 32)
        info.buffer = buffer
        info.memory_planes = 1
        change(&info)
        return info
    }

    func state(_ sequence: UInt64, _ primary: plane_info, cursor: plane_info = plane_info()) {
        peer.send(
            plane_state(
                header: plane_header(of: plane_state.self, PLANE_STATE), sequence: sequence, primary: primary, cursor: cursor))
    }

    func dmabuf(
        _ generation: UInt64, buffer: UInt64, _ descriptors: [CInt], status: plane_status = PLANE_OK, plane: UInt32 = 1
    ) {
        peer.send(
            plane_dmabuf(
                header: plane_header(of: plane_dmabuf.self, PLANE_DMABUF), plane_type: plane, status: status.rawValue,
                generation: generation, buffer: buffer, descriptors: UInt32(descriptors.count), error: 0),
            descriptors: descriptors)
    }

    /// Opens the client on what has been said so far.
    @discardableResult
    func open(patience: Double = Patience.limit) throws -> PlaneClient {
        var result: Result<PlaneClient, SourceError>?
        let opening = PlanesOpening(
            place: "planes:/test", patience: UInt64(patience * 1e9), loop: loop,
            connect: { [theirs] in OwnedDescriptor(adopting: theirs) }, done: { result = $0 })
        _ = try loop.runUntil { result != nil }
        let client = try withExtendedLifetime(opening) { try #require(result).get() }
        client.delegate = self
        self.client = client
        return client
    }

    /// Opens it with its first picture shown.
    func openShowing(_ memory: Memory) throws -> PlaneClient {
        welcome()
        caps()
        state(1, Self.info(1, buffer: 1))
        dmabuf(1, buffer: 1, [memory.descriptor.rawValue])
        return try open()
    }

    func run(until condition: () -> Bool) throws {
        let isSo = try loop.runUntil {
            peer.receive()
            return condition()
        }
        #expect(isSo, "\(peer.inbox.map { String($0.type, radix: 16) }), \(end?.message ?? "running")")
    }

    func settle() throws {
        for _ in 0..<5 {
            try loop.turn(waitingAtMost: 2_000_000)
            while try loop.turn(waitingAtMost: 0) {}
            peer.receive()
        }
    }

    /// What the client has asked for, by generation.
    var gets: [UInt64] { peer.all(PLANE_GET_DMABUF, plane_get_dmabuf.self).map(\.generation) }
    var seen: [UInt64] { peer.all(PLANE_SEEN, plane_seen.self).map(\.sequence) }
    var committed: [plane_committed] { peer.all(PLANE_COMMITTED, plane_committed.self) }
    var skipped: [plane_skipped] { peer.all(PLANE_SKIPPED, plane_skipped.self) }
    /// Buffers that were released by themselves, message by message.
    var released: [[UInt64]] { peer.all(PLANE_RELEASED, plane_released.self).map { SIMD4(wire: $0.released).buffers } }

    func planeSourceDidChange(_ source: any PlaneSource) {
        changes += 1
        if let client { onChange(client) }
    }

    func planeSource(_ source: any PlaneSource, didEnd error: SourceError) { end = error }
}

extension SIMD4<UInt64> {
    /// Without the unused entries.
    var buffers: [UInt64] { indices.map { self[$0] }.filter { $0 != 0 } }
}

extension PlaneSource {
    func shown(_ kind: PlaneKind = .primary) -> PlaneInfo? {
        guard case .showing(let info)? = try? query(kind) else { return nil }
        return info
    }

    /// Why the plane can't be had.
    var queryError: PlaneError? {
        do throws(PlaneError) {
            _ = try query(.primary)
            return nil
        } catch {
            return error
        }
    }
}
