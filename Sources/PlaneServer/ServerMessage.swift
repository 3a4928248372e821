// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import Planes

/// What a server says, parsed. Descriptors stay the packet's: whoever handles a ``dmabuf`` or ``region`` takes them.
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
        // A refusal may come in place of the welcome.
        guard isGreeted != (type == PLANE_WELCOME.rawValue) || type == PLANE_BYE.rawValue else { throw .wrongOrder(type: type) }
        var due = 0
        switch plane_message(type) {
        case PLANE_STATE: self = .state(try read(plane_state.self))
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
            guard region.status == PLANE_OK.rawValue || region.status == PLANE_OFF.rawValue else {
                throw .noSuchStatus(region.status)
            }
            due = region.status == PLANE_OK.rawValue ? 1 : 0
            self = .region(isHere: due == 1)
        case PLANE_BYE:
            let bye = try read(plane_bye.self)
            self = .bye(reason: bye.reason, detail: bye.detail, text: text(in: bye.text))
        // Known, but never asked for by this viewer.
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
        default: throw .noSuchStatus(message.status)
        }
    }
}
