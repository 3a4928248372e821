// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CSystemd
internal import EventLoop
internal import Glibc
internal import Planes
internal import System

/// Receives QEMU's calls about its display. Each method either accepts the call, or throws and leaves everything as it was.
protocol ListenerHandler: AnyObject {
    func scanout(_ claim: LayoutClaim, bytes: UnsafeRawBufferPointer) throws(ListenerFault)
    func update(_ rectangle: PixelRectangle, _ claim: LayoutClaim, bytes: UnsafeRawBufferPointer) throws(ListenerFault)
    func scanoutMap(_ file: consuming OwnedDescriptor, _ claim: LayoutClaim) throws(ListenerFault)
    func updateMap(_ rectangle: PixelRectangle) throws(ListenerFault)
    /// The callee takes over `count` descriptors.
    func scanoutDMABUF(adopting: SIMD4<CInt>, count: Int, _ claim: LayoutClaim, isFlipped: Bool) throws(ListenerFault)
    /// The guest's GL is blocked for as long as the reply is kept.
    func updateDMABUF(_ rectangle: PixelRectangle, reply: consuming HeldReply) throws(ListenerFault)
    /// - Parameter tookBack: Whether QEMU has taken back what it was to send before this.
    func disable(tookBack: Bool)
    func mouseSet(to position: PixelPoint, isOn: Bool)
    func cursorDefine(_ claim: LayoutClaim, bytes: UnsafeRawBufferPointer) throws(ListenerFault)

    func refused(_ what: StaticString, because fault: any Error)
    /// QEMU is there, and later knows which methods it may use. Calls may wait unseen in sd-bus's buffer: drain them.
    func progressed()
    func disconnected()
}

/// A reply that QEMU waits for: it is sent when this is released, so that it can neither be forgotten nor sent twice.
///
/// QEMU blocks the guest's GL from UpdateDMABUF until the reply. Holding it back is how a guest's drawing is slowed down.
struct HeldReply: ~Copyable {
    private let call: BusMessage

    init(to call: consuming BusMessage) { self.call = call }

    deinit { call.answer() }
}

/// Our end of the connection that RegisterListener makes. Decodes QEMU's calls, answers them and hands them on.
///
/// QEMU is the authentication's server there. Its first calls are Properties.GetAll, made synchronously: QEMU does nothing else
/// until they are answered, so this connection must run before QEMU is called again.
///
/// QEMU calls ScanoutMap synchronously too. After an error it never does so again, but sends bytes.
/// It wants a reply to no other method but UpdateDMABUF, so none of the others can be held back.
final class Listener {
    let connection: BusConnection
    /// Whether QEMU has asked for the properties, and so knows which methods it may use.
    private(set) var isKnown = false
    /// QEMU's number of its last call; 0 before the first.
    private var lastCall: UInt64 = 0
    /// Whether QEMU has counted calls between the last one and the one before it that never came.
    private var hasGap = false
    private unowned let handler: any ListenerHandler
    private var object: OpaquePointer?
    private var filter: BusFilter?

    init(_ descriptor: consuming OwnedDescriptor, handler: any ListenerHandler) throws(BusError) {
        connection = try BusConnection(over: descriptor)
        self.handler = handler
        try BusMessage.check(
            sd_bus_add_object(
                connection.pointer, &object, ListenerMethod.path.cString,
                { message, data, _ in
                    Unmanaged<Listener>.fromOpaque(data!).takeUnretainedValue().dispatch(BusMessage(retaining: message!))
                }, Unmanaged.passUnretained(self).toOpaque()))
        filter = try BusFilter(connection) { [unowned self] message in watch(message) }
    }

    deinit { close() }

    /// Closes the connection. The handler is called no more.
    func close() {
        sd_bus_slot_unref(object)
        object = nil
        filter = nil
        connection.close()
    }

    /// sd-bus's own signals, the first and the last message of a connection; and the numbers of QEMU's calls.
    private func watch(_ message: borrowing BusMessage) {
        if message.isDisconnected {
            handler.disconnected()
        } else if message.isConnected {
            // A first call that came in one read with the handshake's end lies in sd-bus's buffer, where epoll doesn't see it.
            handler.progressed()
        } else if let number = message.callNumber {
            hasGap = number != lastCall + 1
            lastCall = number
        }
    }

    /// Returns 1 for a call that has been answered; sd-bus answers all others (Peer, Introspectable, UnknownMethod).
    private func dispatch(_ message: consuming BusMessage) -> CInt {
        guard let interface = sd_bus_message_get_interface(message.pointer),
            let member = sd_bus_message_get_member(message.pointer)
        else { return 0 }
        for method in ListenerMethod.all
        where strcmp(member, method.member.cString) == 0 && strcmp(interface, method.interface.cString) == 0 {
            guard message.hasSignature(method.signature) else {
                message.answer(error: "org.freedesktop.DBus.Error.InvalidArgs", "the arguments aren't '\(method.signature)'")
                handler.refused(method.member, because: BusError(code: EINVAL))
                return 1
            }
            handle(method, message)
            return 1
        }
        guard strcmp(interface, "org.freedesktop.DBus.Properties") == 0 else { return 0 }
        return answerProperties(message, member: member)
    }

    private func handle(_ method: ListenerMethod, _ message: consuming BusMessage) {
        if method == .updateDMABUF {
            // The reply, held or not, goes with the message.
            do {
                let rectangle = try message.readRectangle()
                try handler.updateDMABUF(rectangle, reply: HeldReply(to: message))
            } catch { handler.refused(method.member, because: error) }
            return
        }
        do {
            try decode(method, message)
            message.answer()
        } catch {
            let text = (error as? BusError)?.message ?? "\(error)"
            message.answer(error: "org.freedesktop.DBus.Error.InvalidArgs", text)
            handler.refused(method.member, because: error)
        }
    }

    /// The order of the reads is that of the signature. An expression's operands and a call's arguments are evaluated left to right.
    private func decode(_ method: ListenerMethod, _ message: borrowing BusMessage) throws {
        switch method {
        case .updateMap: try handler.updateMap(try message.readRectangle())
        case .updateDMABUF: break  // in handle, for its reply
        case .disable: handler.disable(tookBack: hasGap)
        case .mouseSet:
            let position = PixelPoint(x: try message.readInt32(), y: try message.readInt32())
            handler.mouseSet(to: position, isOn: try message.readInt32() != 0)
        case .scanoutMap:
            let file = try message.readDescriptor()
            let offset = try message.readUInt32()
            var claim = try message.readSurface()
            claim.offsets[0] = offset
            try handler.scanoutMap(file, claim)
        case .scanout:
            let claim = try message.readSurface()
            try handler.scanout(claim, bytes: try message.readBytes())
        case .update:
            let rectangle = try message.readRectangle()
            let stride = try message.readUInt32()
            let claim = try LayoutClaim(
                width: UInt32(bitPattern: rectangle.width), height: UInt32(bitPattern: rectangle.height), stride: stride,
                pixman: try message.readUInt32())
            try handler.update(rectangle, claim, bytes: try message.readBytes())
        case .scanoutDMABUF: try decodeDMABUF(message)
        case .scanoutDMABUF2: try decodeDMABUF2(message)
        case .cursorDefine:
            let width = UInt32(bitPattern: try message.readInt32()), height = UInt32(bitPattern: try message.readInt32())
            let hotX = UInt32(bitPattern: try message.readInt32()), hotY = UInt32(bitPattern: try message.readInt32())
            // Guests set any number; outside the picture it means none.
            let hotSpot = hotX < width && hotY < height ? (hotX, hotY) : nil
            let claim = LayoutClaim(
                kind: .cursor, width: width, height: height, fourcc: PixmanFormat.cursor,
                stride: width.multipliedReportingOverflow(by: 4).partialValue, hotSpot: hotSpot)
            try handler.cursorDefine(claim, bytes: try message.readBytes())
        }
    }

    private func decodeDMABUF(_ message: borrowing BusMessage) throws {
        let descriptor = try message.readDescriptor()
        let width = try message.readUInt32(), height = try message.readUInt32(), stride = try message.readUInt32()
        let claim = LayoutClaim(
            kind: .primary, width: width, height: height, fourcc: try message.readUInt32(),
            modifier: try message.readUInt64(), stride: stride)
        let isFlipped = try message.readBool()
        try handler.scanoutDMABUF(adopting: [descriptor.release(), -1, -1, -1], count: 1, claim, isFlipped: isFlipped)
    }

    private func decodeDMABUF2(_ message: borrowing BusMessage) throws {
        let (numbers, count) = try message.readDescriptors()
        let claim: LayoutClaim, isFlipped: Bool
        do {
            let part = try ScanoutPart(reading: message, descriptors: count)
            claim = try part.claim()
            isFlipped = part.isFlipped
        } catch {
            for index in 0..<count { Glibc.close(numbers[index]) }
            throw error
        }
        try handler.scanoutDMABUF(adopting: numbers, count: count, claim, isFlipped: isFlipped)
    }

    private func answerProperties(_ message: borrowing BusMessage, member: UnsafePointer<CChar>) -> CInt {
        func interfaces(_ reply: borrowing BusMessage) throws(BusError) {
            try reply.inContainer("v", "as") { () throws(BusError) in try reply.append(ListenerMethod.optionalInterfaces) }
        }
        let isBase: Bool
        if strcmp(member, "GetAll") == 0, message.hasSignature("s"), let interface = try? message.readString() {
            isBase = interface == "\(ListenerMethod.baseInterface)"
            message.answer { reply throws(BusError) in
                try reply.inContainer("a", "{sv}") { () throws(BusError) in
                    guard isBase else { return }
                    try reply.inContainer("e", "sv") { () throws(BusError) in
                        try reply.append("Interfaces")
                        try interfaces(reply)
                    }
                }
            }
        } else if strcmp(member, "Get") == 0, message.hasSignature("ss"), let interface = try? message.readString(),
            let property = try? message.readString(), interface == "\(ListenerMethod.baseInterface)", property == "Interfaces"
        {
            isBase = true
            message.answer { reply throws(BusError) in try interfaces(reply) }
        } else {
            message.answer(
                error: "org.freedesktop.DBus.Error.InvalidArgs",
                "the only property is \(ListenerMethod.baseInterface).Interfaces")
            return 1
        }
        if isBase {
            isKnown = true
            handler.progressed()
        }
        return 1
    }
}

extension LayoutClaim {
    /// The surface that one of QEMU's methods without dma-bufs describes.
    init(width: UInt32, height: UInt32, stride: UInt32, pixman: UInt32) throws(ListenerFault) {
        let fourcc = PixmanFormat.fourcc(of: pixman)
        guard fourcc != 0 else { throw .unknownPixman(pixman) }
        self.init(kind: .primary, width: width, height: height, fourcc: fourcc, stride: stride)
    }
}

extension BusMessage {
    /// Width, height, stride and pixman format.
    fileprivate func readSurface() throws -> LayoutClaim {
        try LayoutClaim(
            width: try readUInt32(), height: try readUInt32(), stride: try readUInt32(), pixman: try readUInt32())
    }
}
