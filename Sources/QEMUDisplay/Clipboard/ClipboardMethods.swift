// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CSystemd
internal import Glibc
internal import Planes

/// Our side of the clipboard's interface. Decodes QEMU's calls, answers them and hands them on, until it is released.
final class ClipboardMethods {
    private unowned let clipboard: QEMUClipboard
    private var object: OpaquePointer?

    /// The most type names that are read in a call; agents send half a dozen.
    private static let mostTypes = 64

    init(_ clipboard: QEMUClipboard) throws(BusError) {
        self.clipboard = clipboard
        try BusMessage.check(
            sd_bus_add_object(
                clipboard.connection.pointer, &object, QEMUClipboard.path.cString,
                { message, data, _ in
                    Unmanaged<ClipboardMethods>.fromOpaque(data!).takeUnretainedValue().dispatch(BusMessage(retaining: message!))
                }, Unmanaged.passUnretained(self).toOpaque()))
    }

    deinit { sd_bus_slot_unref(object) }

    private enum Method: CaseIterable {
        case register, grab, release, request

        var member: StaticString {
            switch self {
            case .register: "Register"
            case .grab: "Grab"
            case .release: "Release"
            case .request: "Request"
            }
        }

        var signature: StaticString {
            switch self {
            case .register: ""
            case .grab: "uuas"
            case .release: "u"
            case .request: "uas"
            }
        }
    }

    /// Returns 1 for a call that has been answered; sd-bus answers all others.
    private func dispatch(_ message: consuming BusMessage) -> CInt {
        guard let interface = sd_bus_message_get_interface(message.pointer),
            let member = sd_bus_message_get_member(message.pointer),
            strcmp(interface, QEMUClipboard.interface.cString) == 0,
            let method = Method.allCases.first(where: { strcmp(member, $0.member.cString) == 0 })
        else { return 0 }
        // On a bus everybody can call it.
        guard clipboard.destination == nil || message.sender == clipboard.destination else {
            message.answer(error: "org.freedesktop.DBus.Error.AccessDenied", "this is between a VM and its viewer")
            return 1
        }
        guard message.hasSignature(method.signature) else {
            message.answer(error: "org.freedesktop.DBus.Error.InvalidArgs", "the arguments aren't '\(method.signature)'")
            clipboard.complain(method.member, "its arguments aren't '\(method.signature)'")
            return 1
        }
        do throws(BusError) {
            try handle(method, message)
        } catch {
            clipboard.complain(method.member, error.message)
        }
        return 1
    }

    private func handle(_ method: Method, _ message: consuming BusMessage) throws(BusError) {
        // Each call but the first begins with it. The other selections aren't shared: QEMU tells of them all the same.
        let isOurs = method == .register ? true : try message.readUInt32() == QEMUClipboard.selection
        switch method {
        case .register: clipboard.restarted()
        case .grab:
            let serial = try message.readUInt32()
            let kinds = try message.readKinds(atMost: Self.mostTypes)
            if isOurs { clipboard.guestGrabs(serial: serial, kinds) }
        case .release: if isOurs { clipboard.guestReleases() }
        case .request:
            let kinds = isOurs ? try message.readKinds(atMost: Self.mostTypes) : []
            return clipboard.guestWants(kinds, message)
        }
        message.answer()
    }
}

extension BusMessage {
    /// The known kinds in an array of types.
    fileprivate func readKinds(atMost count: Int) throws(BusError) -> Set<ClipboardKind> {
        var kinds: Set<ClipboardKind> = []
        var rest = count
        try Self.check(sd_bus_message_enter_container(pointer, Self.code("a"), "s"))
        while rest > 0, sd_bus_message_at_end(pointer, 0) == 0 {
            if let kind = ClipboardKind(mimeType: try readString()) { kinds.insert(kind) }
            rest -= 1
        }
        return kinds
    }
}
