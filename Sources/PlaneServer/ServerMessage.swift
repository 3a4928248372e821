// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import Planes

/// A server's message, parsed. The descriptors stay in the packet, from which the handler of ``dmabuf`` and ``region`` takes them.
enum ServerMessage {
    case welcome(features: UInt64, name: String)
    case caps(CapsType)
    case dmabuf(PlaneKind, Answer, buffer: UInt64)
    case region(isHere: Bool)
    case state(plane_state)
    case bye(reason: UInt32, detail: UInt32, text: String)

    enum CapsType: UInt32 { case none = 0, dmabuf = 1, region = 2 }

    enum Answer: Equatable {
        case here(Generation)
        case stale(current: Generation)
        case off
        case temporary(errno: CInt)
    }

    init(_ packet: PacketSocket.Packet, isGreeted: Bool) throws(ProtocolFault) {
        guard !packet.hadMoreDescriptors else { throw .descriptors(packet.descriptorCount + 1) }
        guard let type = packet.type else { throw .wrongLength(type: nil, length: packet.length) }
        func read<Message: BitwiseCopyable>(_ message: Message.Type) throws(ProtocolFault) -> Message {
            guard let message = packet.read(message) else { throw .wrongLength(type: type, length: packet.length) }
            return message
        }
        // A refusal may come instead of the welcome.
        guard isGreeted != (type == PLANE_WELCOME.rawValue) || type == PLANE_BYE.rawValue else { throw .wrongOrder(type: type) }
        var due = 0
        switch plane_message(type) {
        case PLANE_STATE:
            let state = try read(plane_state.self)
            guard state.primary.reserved == 0, state.cursor.reserved == 0 else { throw .reserved }
            self = .state(state)
        case PLANE_DMABUF:
            let message = try read(plane_dmabuf.self)
            let (answer, count) = try Self.answer(message)
            due = count
            self = .dmabuf(try PlaneKind(wire: message.plane_type), answer, buffer: message.buffer)
        case PLANE_WELCOME: self = try Self.welcome(read(plane_hello.self))
        case PLANE_CAPS:
            let caps = try read(plane_caps.self)
            guard let type = CapsType(rawValue: caps.type) else { throw .noSuchStatus(caps.type) }
            self = .caps(type)
        case PLANE_REGION:
            let region = try read(plane_region.self)
            guard region.reserved == 0 else { throw .reserved }
            switch plane_status(region.status) {
            case PLANE_OK, PLANE_OFF: break
            case PLANE_UNSUPPORTED: throw .unsupported(type: type)
            default: throw .noSuchStatus(region.status)
            }
            due = region.status == PLANE_OK.rawValue ? 1 : 0
            self = .region(isHere: due == 1)
        case PLANE_BYE:
            let bye = try read(plane_bye.self)
            self = .bye(reason: bye.reason, detail: bye.detail, text: text(in: bye.text))
        // These exist, but this viewer never asks for them.
        case PLANE_ANSWER, PLANE_CHANGED: throw .unasked(type: type)
        default: throw .unknownType(type)
        }
        guard packet.descriptorCount == due else { throw .descriptors(packet.descriptorCount) }
    }

    private static func welcome(_ hello: plane_hello) throws(ProtocolFault) -> ServerMessage {
        guard hello.magic == UInt64(PLANE_MAGIC) else { throw .wrongMagic }
        guard hello.version == PLANE_VERSION else { throw .wrongVersion(hello.version) }
        return .welcome(features: hello.features, name: text(in: hello.name))
    }

    private static func answer(_ message: plane_dmabuf) throws(ProtocolFault) -> (Answer, descriptors: Int) {
        switch plane_status(message.status) {
        case PLANE_OK:
            guard (1...PLANE_MEMORY_PLANES).contains(message.descriptors) else {
                throw .descriptors(Int(clamping: message.descriptors))
            }
            return (.here(Generation(message.generation)), Int(message.descriptors))
        case PLANE_STALE: return (.stale(current: Generation(message.generation)), 0)
        case PLANE_OFF: return (.off, 0)
        case PLANE_TEMPORARY: return (.temporary(errno: CInt(truncatingIfNeeded: message.error)), 0)
        case PLANE_UNSUPPORTED: throw .unsupported(type: PLANE_DMABUF.rawValue)
        default: throw .noSuchStatus(message.status)
        }
    }
}
