// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CWaylandServer
internal import System
internal import Wayland

// MARK: - Events out

extension ResourceHandle {
    func post(_ opcode: UInt32) { wl_resource_post_event_array(pointer, opcode, nil) }

    func post<let count: Int>(_ opcode: UInt32, _ wire: inout [count of wl_argument]) {
        var span = wire.mutableSpan
        span.withUnsafeMutableBufferPointer { wl_resource_post_event_array(pointer, opcode, $0.baseAddress) }
    }

    func require(_ since: UInt32, _ event: StaticString) {
        guard version < since else { return }
        fatalError("\(event) needs version \(since), but the object was bound with version \(version)")
    }
}

func withWireArray<Result>(_ bytes: [UInt8], _ body: (UnsafeMutablePointer<wl_array>) -> Result) -> Result {
    bytes.withUnsafeBytes { bytes in
        // Marshalling only reads the array.
        var array = wl_array(
            size: bytes.count, alloc: bytes.count, data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        return body(&array)
    }
}

// MARK: - Requests in

/// A request's arguments. libwayland has checked them against the signature: an argument that isn't nullable isn't null.
struct RequestArguments {
    private let wire: UnsafeMutablePointer<wl_argument>?
    private let target: ResourceHandle

    init(_ wire: UnsafeMutablePointer<wl_argument>?, _ target: UnsafeMutableRawPointer?) {
        self.wire = wire
        self.target = ResourceHandle(OpaquePointer(target!))
    }

    /// Passes the request to the object's handler, if any, and then carries out a destructor.
    func deliver<Request: ~Copyable>(_ request: consuming Request, ending: Bool = false) {
        let state = target.state
        if let listener = state.listener {
            unsafeDowncast(listener, to: Listener<Request>.self).handle(request)
        }
        if ending, state.isAlive { wl_resource_destroy(target.pointer) }
    }

    /// Answers a request that the manifest drops with wl_display's error invalid_method.
    func refuse(_ opcode: UInt32) { oriel_resource_post_error(target.pointer, 1, "request \(opcode) is dropped here") }

    func int(_ index: Int) -> Int32 { wire![index].i }
    func uint(_ index: Int) -> UInt32 { wire![index].u }
    func fixed(_ index: Int) -> Fixed { Fixed(rawValue: wire![index].f) }
    func string(_ index: Int) -> String { String(cString: wire![index].s) }
    func optionalString(_ index: Int) -> String? { wire![index].s.map { String(cString: $0) } }
    func bytes(_ index: Int) -> [UInt8] {
        let array = wire![index].a.pointee
        return [UInt8](UnsafeRawBufferPointer(start: array.data, count: array.size))
    }
    /// The dispatcher owns the descriptors: libwayland forgets them afterwards.
    func descriptor(_ index: Int) -> OwnedDescriptor { OwnedDescriptor(adopting: wire![index].h) }
    func object(_ index: Int) -> ResourceHandle? { wire![index].o.map { ResourceHandle($0) } }
    func newResource(_ index: Int, _ interface: ServerInterface) -> ResourceHandle {
        ResourceHandle(
            client: wl_resource_get_client(target.pointer), interface, version: target.version, id: wire![index].n)
    }
}
