// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import Planes

/// A viewer's message, parsed: nothing beyond this reads its bytes.
enum ViewerRequest: Equatable {
    /// - version: The version to speak; nil if the viewer speaks none that this server knows.
    case hello(version: UInt32?, features: UInt64, name: String)
    case queryCaps
    case query(PlaneKind)
    case getBuffer(PlaneKind, Generation)
    case getRegion
    case seen(sequence: UInt64)
    /// - sequence: 0 acknowledges nothing.
    /// - released: Buffers that were released before the commit, as in `released`.
    case committed(PlaneKind, Generation, sequence: UInt64, released: SIMD4<UInt64>)
    /// - sequence: 0 acknowledges nothing.
    case skipped(PlaneKind, Generation, sequence: UInt64)
    /// The server's numbers of buffers; 0 is none.
    case released(PlaneKind, SIMD4<UInt64>)

    init(_ packet: PacketSocket.Packet, isGreeted: Bool) throws(ProtocolFault) {
        guard packet.descriptorCount == 0, !packet.hadMoreDescriptors else { throw .descriptors(packet.descriptorCount) }
        guard let type = packet.type else { throw .wrongLength(type: nil, length: packet.length) }
        func read<Message: BitwiseCopyable>(_ message: Message.Type) throws(ProtocolFault) -> Message {
            guard let message = packet.read(message) else { throw .wrongLength(type: type, length: packet.length) }
            return message
        }
        guard isGreeted != (type == PLANE_HELLO.rawValue) else { throw .wrongOrder(type: type) }
        switch plane_message(type) {
        case PLANE_HELLO: self = try Self.hello(read(plane_hello.self))
        case PLANE_QUERY_CAPS:
            try Self.checkEmpty(read(plane_request.self))
            self = .queryCaps
        case PLANE_GET_REGION:
            try Self.checkEmpty(read(plane_request.self))
            self = .getRegion
        case PLANE_QUERY:
            let request = try read(plane_request.self)
            self = .query(try Self.plane(request.plane_type, request.reserved))
        case PLANE_GET_DMABUF:
            let request = try read(plane_get_dmabuf.self)
            self = .getBuffer(try Self.plane(request.plane_type, request.reserved), Generation(request.generation))
        case PLANE_SEEN: self = .seen(sequence: try read(plane_seen.self).sequence)
        case PLANE_COMMITTED:
            let message = try read(plane_committed.self)
            self = .committed(
                try Self.plane(message.plane_type, message.reserved), Generation(message.generation), sequence: message.sequence,
                released: SIMD4(wire: message.released))
        case PLANE_SKIPPED:
            let message = try read(plane_skipped.self)
            self = .skipped(
                try Self.plane(message.plane_type, message.reserved), Generation(message.generation), sequence: message.sequence)
        case PLANE_RELEASED:
            let message = try read(plane_released.self)
            self = .released(try Self.plane(message.plane_type, message.reserved), SIMD4(wire: message.released))
        default: throw .unknownType(type)
        }
    }

    private static func hello(_ hello: plane_hello) throws(ProtocolFault) -> ViewerRequest {
        guard hello.magic == UInt64(PLANE_MAGIC) else { throw .wrongMagic }
        guard hello.version > 0, hello.lowest_version <= hello.version else { throw .wrongVersion(hello.version) }
        let version = min(hello.version, PLANE_VERSION)
        return .hello(
            version: hello.lowest_version <= version ? version : nil, features: hello.features, name: text(in: hello.name))
    }

    private static func checkEmpty(_ request: plane_request) throws(ProtocolFault) {
        guard request.plane_type == 0, request.reserved == 0 else { throw .reserved }
    }

    private static func plane(_ type: UInt32, _ reserved: UInt32) throws(ProtocolFault) -> PlaneKind {
        guard reserved == 0 else { throw .reserved }
        return try PlaneKind(wire: type)
    }
}

extension SIMD4<UInt64> {
    /// The released buffers of a message.
    init(wire numbers: (UInt64, UInt64, UInt64, UInt64)) { self.init(numbers.0, numbers.1, numbers.2, numbers.3) }

    /// The same as a field of a message.
    var wire: (UInt64, UInt64, UInt64, UInt64) { (self[0], self[1], self[2], self[3]) }
}
