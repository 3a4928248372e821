// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// Follows a console's properties: asks for them once, then listens to QEMU's reports of changes. Nothing waits for it.
final class ConsoleWatch {
    private(set) var properties = ConsoleProperties()
    /// Whether the connection still exists.
    private(set) var isConnected = true
    private let console: Console
    private let changed: () -> Void
    private let refused: (StaticString, BusError) -> Void
    private var filter: BusFilter?
    private var pending: [PendingCall] = []

    /// - Parameters:
    ///   - changed: called from the loop when ``properties`` or ``isConnected`` change.
    ///   - refused: called from the loop for a question that QEMU refuses.
    init(
        _ console: Console, changed: @escaping () -> Void, refused: @escaping (StaticString, BusError) -> Void
    ) throws(BusError) {
        self.console = console
        self.changed = changed
        self.refused = refused
        filter = try BusFilter(console.machine.connection) { [unowned self] in watch($0) }
        // Before the properties are read, so that no change is missed between the two.
        try subscribe()
        for interface in ConsoleInterface.allCases { try ask(interface) }
    }

    /// Asks a bus for the signals; a peer sends them to everybody.
    private func subscribe() throws(BusError) {
        let connection = console.machine.connection
        guard let sender = console.machine.destination else { return }
        let message = try connection.makeBusCall("AddMatch")
        try message.append(
            "type='signal',sender='\(sender)',path='\(console.path)',interface='\(Self.interface)',member='\(Self.member)'")
        try call(message, "AddMatch") { _ in }
    }

    private func ask(_ interface: ConsoleInterface) throws(BusError) {
        let message = try console.machine.connection.makePropertiesCall(
            to: console.machine.destination, path: console.path, interface: interface.name)
        try call(message, "GetAll") { [unowned self] in take($0) }
    }

    private func call(
        _ message: borrowing BusMessage, _ member: StaticString, then: @escaping (borrowing BusMessage) -> Void
    ) throws(BusError) {
        pending.append(
            try PendingCall(message, on: console.machine.connection, patience: .endless) { [unowned self] call, reply in
                pending.removeAll { $0 === call }
                switch call.outcome {
                case .failure(let error): refused(member, error)  // an older QEMU has no touch interface
                default: then(reply)
                }
            })
    }

    private func watch(_ message: borrowing BusMessage) {
        if message.isDisconnected {
            isConnected = false
            changed()
        } else if message.isSignal(Self.interface, Self.member), message.path == console.path,
            console.machine.destination == nil || message.sender == console.machine.destination,
            message.hasSignature("sa{sv}as"), (try? message.readString()) != nil
        {
            take(message)
        }
    }

    private func take(_ message: borrowing BusMessage) {
        var news = properties
        // Values before one that can't be read count.
        try? message.readProperties { news.take($0, $1) }
        guard news != properties else { return }
        properties = news
        changed()
    }

    private static let interface: StaticString = "org.freedesktop.DBus.Properties"
    private static let member: StaticString = "PropertiesChanged"
}

/// A console's properties. A value of the wrong type is ignored.
struct ConsoleProperties: Equatable {
    /// The device's name, with the number of the head if it has several.
    var label = ""
    /// Whether it belongs to a display device rather than to a terminal of QEMU's own.
    var isGraphic = true
    /// The size in which it takes the pointer's place, in pixels; nil while it shows nothing.
    var size: PixelSize? { width > 0 && height > 0 ? PixelSize(width: width, height: height) : nil }
    private var width: UInt32 = 0
    private var height: UInt32 = 0
    /// Whether the guest's pointer takes places rather than motion; nil until QEMU tells.
    var isAbsolute: Bool?
    /// The fingers that QEMU takes: 10 in every QEMU with touch, whether or not its guest has a touchscreen.
    var touchSlots = 0
    /// The guest's lights; nil until QEMU tells.
    var locks: LockKeys?

    mutating func take(_ name: String, _ value: PropertyValue) {
        switch (name, value) {
        case ("Label", .text(let text)): label = text.asPeerName
        case ("Type", .text(let text)): isGraphic = text != "Text"
        case ("Width", .unsigned(let number)): width = min(number, LayoutClaim.largestPrimary)
        case ("Height", .unsigned(let number)): height = min(number, LayoutClaim.largestPrimary)
        case ("IsAbsolute", .truth(let truth)): isAbsolute = truth
        case ("MaxSlots", .signed(let number)): touchSlots = Int(min(max(number, 0), Self.mostSlots))
        case ("Modifiers", .unsigned(let bits)): locks = LockKeys(rawValue: bits).intersection([.scroll, .num, .caps])
        default: break
        }
    }

    /// More fingers than hands have.
    private static let mostSlots: Int32 = 32
}

/// A property's value, of one of the types that QEMU's consoles and VMs use.
enum PropertyValue: Equatable {
    case truth(Bool)
    case signed(Int32)
    case unsigned(UInt32)
    case numbers([UInt32])
    case text(String)
}
