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

    /// Ends the object on this side: what follows an event that destroys, or a compositor's misbehaviour.
    public func destroy() { wl_resource_destroy(resource.pointer) }

    /// Runs when the object has ended, by a request or with its client.
    public func onDestroy(_ action: @escaping () -> Void) { resource.state.onDestroy = action }
}

/// A generated type's description for libwayland, and what takes its requests apart.
public struct ServerInterface {
    let pointer: UnsafePointer<wl_interface>
    let dispatcher: wl_dispatcher_func_t

    init(_ address: UnsafeRawPointer, _ dispatcher: @escaping wl_dispatcher_func_t) {
        pointer = address.assumingMemoryBound(to: wl_interface.self)
        self.dispatcher = dispatcher
    }
}

/// An object of a type that the protocol leaves open.
public struct AnyResource: Hashable {
    public let resource: ResourceHandle
    init(_ resource: ResourceHandle) { self.resource = resource }
    public var id: UInt32 { wl_resource_get_id(resource.pointer) }
}

/// What a resource carries through libwayland: owned by the resource, freed with it.
final class ResourceState {
    /// A `Listener<Request>` of the resource's own type.
    var listener: AnyObject?
    var onDestroy: (() -> Void)?
    var isAlive = true
}

/// A resource of libwayland's. It lives until its destructor request or the end of its client; the handle doesn't keep it.
public struct ResourceHandle: Hashable {
    let pointer: OpaquePointer

    init(_ object: OpaquePointer) { pointer = object }

    /// Makes a resource for a new_id of a client's, or with id 0 for one of ours.
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

    /// The resource for an object that an event brings to the client.
    func makeChild(_ interface: ServerInterface) -> ResourceHandle {
        ResourceHandle(client: wl_resource_get_client(pointer), interface, version: version, id: 0)
    }
}
