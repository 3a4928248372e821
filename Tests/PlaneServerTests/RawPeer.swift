// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CLinux
import CPlaneProtocol
import Glibc
import Planes
import System
import TestSupport

@testable import PlaneServer

/// One end of a connection that says whatever a test wants.
final class RawPeer {
    struct Message {
        let bytes: [UInt8]
        let descriptors: [CInt]

        var type: UInt32 { read(plane_header.self)?.type ?? 0 }

        func read<Structure: BitwiseCopyable>(_ structure: Structure.Type) -> Structure? {
            guard bytes.count >= MemoryLayout<Structure>.size else { return nil }
            return bytes.withUnsafeBytes { $0.loadUnaligned(as: Structure.self) }
        }
    }

    private let socket: PacketSocket
    private(set) var inbox: [Message] = []
    private(set) var hasEnded = false

    init(_ descriptor: consuming OwnedDescriptor) { socket = PacketSocket(descriptor, takesDescriptors: true) }

    deinit { closeDescriptors() }

    static func connect(to path: String) throws -> RawPeer {
        let socket = try LocalSocket.make(.packets)
        try LocalSocket.connect(socket, to: path)
        return RawPeer(socket)
    }

    /// A peer and the other end's descriptor, which somebody must adopt.
    static func pair() throws -> (RawPeer, CInt) {
        let pair = try LocalSocket.pair(.packets)
        let theirs = pair.theirs.release()
        return (RawPeer(pair.ours), theirs)
    }

    @discardableResult
    func send<Structure: BitwiseCopyable>(_ structure: Structure, descriptors: [CInt] = []) -> Bool {
        send(bytes: withUnsafeBytes(of: structure) { Array($0) }, descriptors: descriptors)
    }

    /// Any number of descriptors, for a kernel that takes up to 253 (SCM_MAX_FD).
    @discardableResult
    func send(bytes: [UInt8], descriptors: [CInt] = []) -> Bool {
        var bytes = bytes
        // A cmsghdr on 64 bits: length, level and type, then the descriptors, padded to eight bytes.
        let control = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 + (descriptors.count * 4 + 7) / 8 * 8, alignment: 8)
        defer { control.deallocate() }
        control.storeBytes(of: UInt64(16 + descriptors.count * 4), as: UInt64.self)
        control.storeBytes(of: SOL_SOCKET, toByteOffset: 8, as: CInt.self)
        control.storeBytes(of: 1, toByteOffset: 12, as: CInt.self)  // SCM_RIGHTS
        for (index, number) in descriptors.enumerated() {
            control.storeBytes(of: number, toByteOffset: 16 + index * 4, as: CInt.self)
        }
        let sent = bytes.withUnsafeMutableBytes { bytes in
            var part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
            return withUnsafeMutablePointer(to: &part) { part in
                var message = msghdr()
                message.msg_iov = part
                message.msg_iovlen = 1
                if !descriptors.isEmpty {
                    message.msg_control = control.baseAddress
                    message.msg_controllen = control.count
                }
                return sendmsg(socket.descriptor.rawValue, &message, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL))
            }
        }
        return sent == bytes.count
    }

    /// Takes in what lies there.
    func receive() {
        while !hasEnded {
            switch socket.receive({ packet in
                inbox.append(
                    Message(
                        bytes: Array(packet.bytes),
                        descriptors: (0..<packet.descriptorCount).map { packet.descriptors[$0] }))
            }) {
            case .packets: continue
            case .nothing: return
            // What was said before a reset comes after it.
            case .ended(let code): hasEnded = code != ECONNRESET
            }
        }
    }

    func clear() {
        closeDescriptors()
        inbox = []
    }

    /// Ends the connection.
    func hangUp() { shutdown(socket.descriptor.rawValue, CInt(SHUT_RDWR)) }

    private func closeDescriptors() {
        for message in inbox { for number in message.descriptors { close(number) } }
    }

    func all<Structure: BitwiseCopyable>(_ type: plane_message, _ structure: Structure.Type) -> [Structure] {
        inbox.filter { $0.type == type.rawValue }.compactMap { $0.read(structure) }
    }

    var states: [plane_state] { all(PLANE_STATE, plane_state.self) }
    var goodbye: plane_bye? { all(PLANE_BYE, plane_bye.self).last }

    // What honest peers say.
    func hello(features: UInt64 = PLANE_FEATURE_PUSH | PLANE_FEATURE_MULTI_PLANE) {
        send(plane_hello(PLANE_HELLO, version: PLANE_VERSION, features: features, name: "test"))
    }

    func seen(_ sequence: UInt64) {
        send(plane_seen(header: plane_header(of: plane_seen.self, PLANE_SEEN), sequence: sequence))
    }

    func committed(_ generation: UInt64, _ sequence: UInt64, released: [UInt64] = [], plane: UInt32 = 1) {
        send(
            plane_committed(
                header: plane_header(of: plane_committed.self, PLANE_COMMITTED), plane_type: plane, reserved: 0,
                generation: generation, sequence: sequence, released: Self.list(released)))
    }

    func skipped(_ generation: UInt64, _ sequence: UInt64, plane: UInt32 = 1) {
        send(
            plane_skipped(
                header: plane_header(of: plane_skipped.self, PLANE_SKIPPED), plane_type: plane, reserved: 0,
                generation: generation, sequence: sequence))
    }

    func released(_ buffers: UInt64..., plane: UInt32 = 1) {
        send(
            plane_released(
                header: plane_header(of: plane_released.self, PLANE_RELEASED), plane_type: plane, reserved: 0,
                released: Self.list(buffers)))
    }

    private static func list(_ buffers: [UInt64]) -> (UInt64, UInt64, UInt64, UInt64) {
        let all = buffers + [0, 0, 0, 0]
        return (all[0], all[1], all[2], all[3])
    }

    func request(_ type: plane_message, plane: UInt32 = 0) {
        send(plane_request(header: plane_header(of: plane_request.self, type), plane_type: plane, reserved: 0))
    }

    func get(_ generation: UInt64, plane: UInt32 = 1) {
        send(
            plane_get_dmabuf(
                header: plane_header(of: plane_get_dmabuf.self, PLANE_GET_DMABUF), plane_type: plane, reserved: 0,
                generation: generation))
    }
}
