// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The methods that QEMU may call on a listener (`ui/dbus-display1.xml`); the signatures are QEMU 10's.
enum ListenerMethod: CaseIterable {
    // The most frequent first: they are searched in this order.
    case updateMap, update, updateDMABUF, mouseSet, scanoutDMABUF2, scanoutDMABUF, scanout, scanoutMap, cursorDefine, disable

    /// A constant, since `allCases` makes a new array each time.
    static let all = Array(allCases)

    static let path: StaticString = "/org/qemu/Display1/Listener"
    static let baseInterface: StaticString = "org.qemu.Display1.Listener"
    /// The interfaces that QEMU uses only where the property `Interfaces` names them.
    static let optionalInterfaces: [StaticString] = [
        "org.qemu.Display1.Listener.Unix.Map", "org.qemu.Display1.Listener.Unix.ScanoutDMABUF2",
    ]

    var interface: StaticString {
        switch self {
        case .updateMap, .scanoutMap: "org.qemu.Display1.Listener.Unix.Map"
        case .scanoutDMABUF2: "org.qemu.Display1.Listener.Unix.ScanoutDMABUF2"
        default: Self.baseInterface
        }
    }

    var member: StaticString {
        switch self {
        case .updateMap: "UpdateMap"
        case .update: "Update"
        case .updateDMABUF: "UpdateDMABUF"
        case .mouseSet: "MouseSet"
        case .scanoutDMABUF2: "ScanoutDMABUF2"
        case .scanoutDMABUF: "ScanoutDMABUF"
        case .scanout: "Scanout"
        case .scanoutMap: "ScanoutMap"
        case .cursorDefine: "CursorDefine"
        case .disable: "Disable"
        }
    }

    var signature: StaticString {
        switch self {
        case .updateMap, .updateDMABUF: "iiii"
        case .update: "iiiiuuay"
        case .mouseSet: "iii"
        case .scanoutDMABUF2: "ahuuuuauauuuuutb"
        case .scanoutDMABUF: "huuuutb"
        case .scanout: "uuuuay"
        case .scanoutMap: "huuuuu"
        case .cursorDefine: "iiiiay"
        case .disable: ""
        }
    }
}
