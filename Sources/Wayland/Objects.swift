// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CWayland

/// What every generated type can say of itself.
public protocol ProtocolObject: ~Copyable {
    static var maximumVersion: UInt32 { get }
    static var interface: Interface { get }
    init(adopting object: ObjectHandle)
}

/// A type that a line of the manifest names: ``Registry`` binds it.
public protocol GlobalObject: ProtocolObject, ~Copyable {}

/// A generated type's description, as libwayland wants it.
public struct Interface: @unchecked Sendable {  // points into an immortal table
    let pointer: UnsafePointer<wl_interface>

    init(_ address: UnsafeRawPointer) { pointer = address.assumingMemoryBound(to: wl_interface.self) }

    /// The wire's name, `wl_surface`.
    public var name: String { String(cString: pointer.pointee.name) }
    var cName: UnsafePointer<CChar> { pointer.pointee.name }
}

/// An object that isn't of a known type.
public struct AnyRef: Hashable {
    let proxy: OpaquePointer
    public var id: UInt32 { wl_proxy_get_id(proxy) }
}

/// The connection's memory: freed when the ``Connection`` and all objects made over it are gone, in whatever order they go.
/// libwayland's proxies point into it.
final class DisplayHandle {
    let pointer: OpaquePointer
    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { wl_display_disconnect(pointer) }
}

/// A proxy of libwayland's. Its one owner is the generated struct around it.
public struct ObjectHandle {
    let pointer: OpaquePointer
    let display: DisplayHandle

    init(_ pointer: OpaquePointer, _ display: DisplayHandle) {
        self.pointer = pointer
        self.display = display
    }
}
