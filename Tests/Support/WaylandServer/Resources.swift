// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CWaylandServer
internal import Wayland

/// What every generated type of the server side can do.
public protocol ServerResource: Hashable {
    static var maximumVersion: UInt32 { get }
    static var interface: ServerInterface { get }
    var resource: ResourceHandle { get }
    init(_ resource: ResourceHandle)
}

extension ServerResource {
    public var id: UInt32 { wl_resource_get_id(resource.pointer) }
    public var version: UInt32 { resource.version }
    public var client: ServerClient { ServerClient(wl_resource_get_client(resource.pointer)) }

    /// Ends the connection with a protocol error on this object.
    public func postError(code: UInt32, message: String) { oriel_resource_post_error(resource.pointer, code, message) }

    /// Destroys the object on this side, after an event that destroys it or to simulate a misbehaving compositor.
    public func destroy() { wl_resource_destroy(resource.pointer) }

    /// Sets a closure that runs when the object is destroyed, by a request or with its client.
    public func onDestroy(_ action: @escaping () -> Void) { resource.state.onDestroy = action }
}

/// The description of a generated type for libwayland, and the function that decodes its requests.
public struct ServerInterface {
    let pointer: UnsafePointer<wl_interface>
    let dispatcher: wl_dispatcher_func_t

    init(_ address: UnsafeRawPointer, _ dispatcher: @escaping wl_dispatcher_func_t) {
        pointer = address.assumingMemoryBound(to: wl_interface.self)
        self.dispatcher = dispatcher
    }
}

/// An object whose type the protocol leaves open.
public struct AnyResource: Hashable {
    public let resource: ResourceHandle
    init(_ resource: ResourceHandle) { self.resource = resource }
    public var id: UInt32 { wl_resource_get_id(resource.pointer) }
}

/// The user data of a resource, owned by the resource and freed with it.
final class ResourceState {
    /// A `Listener<Request>` for the resource's own type.
    var listener: AnyObject?
    var onDestroy: (() -> Void)?
    var isAlive = true
}

/// A libwayland resource. It lives until its destructor request or the end of its client; the handle doesn't keep it alive.
public struct ResourceHandle: Hashable {
    let pointer: OpaquePointer

    init(_ object: OpaquePointer) { pointer = object }

    /// Creates a resource for a client's new_id, or for a new server-side id if `id` is 0.
    init(client: OpaquePointer, _ interface: ServerInterface, version: UInt32, id: UInt32) {
        pointer = wl_resource_create(client, interface.pointer, CInt(version), id)!
        wl_resource_set_dispatcher(
            pointer, interface.dispatcher, nil, Unmanaged.passRetained(ResourceState()).toOpaque()
        ) { resource in
            let state = Unmanaged<ResourceState>.fromOpaque(wl_resource_get_user_data(resource)!).takeRetainedValue()
            state.isAlive = false
            state.onDestroy?()
        }
    }

    var version: UInt32 { UInt32(wl_resource_get_version(pointer)) }
    var state: ResourceState {
        Unmanaged<ResourceState>.fromOpaque(wl_resource_get_user_data(pointer)!).takeUnretainedValue()
    }

    /// Creates the resource for an object that an event brings to the client.
    func makeChild(_ interface: ServerInterface) -> ResourceHandle {
        ResourceHandle(client: wl_resource_get_client(pointer), interface, version: version, id: 0)
    }
}
