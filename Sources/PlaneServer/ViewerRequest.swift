// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import Planes

/// What a viewer says, parsed: past this line nobody looks at bytes.
enum ViewerRequest: Equatable {
    /// - version: the one to speak; nil where the viewer can't speak any that we do.
    case hello(version: UInt32?, features: UInt64, name: String)
    case queryCaps
    case query(PlaneKind)
    case getBuffer(PlaneKind, Generation)
    case getRegion
    case seen(sequence: UInt64)
    case taken(PlaneKind, Generation, sequence: UInt64)

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
            guard request.reserved == 0 else { throw .reserved }
            self = .query(try PlaneKind(wire: request.plane_type))
        case PLANE_GET_DMABUF:
            let request = try read(plane_get_dmabuf.self)
            guard request.reserved == 0 else { throw .reserved }
            self = .getBuffer(try PlaneKind(wire: request.plane_type), Generation(request.generation))
        case PLANE_SEEN: self = .seen(sequence: try read(plane_seen.self).sequence)
        case PLANE_TAKEN:
            let taken = try read(plane_taken.self)
            guard taken.reserved == 0 else { throw .reserved }
            self = .taken(
                try PlaneKind(wire: taken.plane_type), Generation(taken.generation), sequence: taken.sequence)
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
}
