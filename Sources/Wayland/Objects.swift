// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CWayland

/// What every generated type has in common.
public protocol ProtocolObject: ~Copyable {
    static var maximumVersion: UInt32 { get }
    static var interface: Interface { get }
    init(adopting object: ObjectHandle)
}

/// A generated type whose interface is a global in the manifest. ``Registry`` binds it.
public protocol GlobalObject: ProtocolObject, ~Copyable {}

/// The description of a generated type, in the form that libwayland reads.
public struct Interface: @unchecked Sendable {  // points into an immortal table
    let pointer: UnsafePointer<wl_interface>

    init(_ address: UnsafeRawPointer) { pointer = address.assumingMemoryBound(to: wl_interface.self) }

    /// The interface's name in the protocol, such as `wl_surface`.
    public var name: String { String(cString: pointer.pointee.name) }
    var cName: UnsafePointer<CChar> { pointer.pointee.name }
}

/// A reference to an object of unknown type.
public struct AnyRef: Hashable {
    let proxy: OpaquePointer
    public var id: UInt32 { wl_proxy_get_id(proxy) }
}

/// Owns the connection's memory, into which libwayland's proxies point. It is freed once the ``Connection`` and all objects
/// created on it are gone, in whatever order that happens.
final class DisplayHandle {
    let pointer: OpaquePointer
    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { wl_display_disconnect(pointer) }
}

/// A libwayland proxy. The generated struct around it is its only owner.
public struct ObjectHandle {
    let pointer: OpaquePointer
    let display: DisplayHandle

    init(_ pointer: OpaquePointer, _ display: DisplayHandle) {
        self.pointer = pointer
        self.display = display
    }
}
