// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CWayland

// How requests leave: all through wl_proxy_marshal_array_flags. A failure to marshal shows as the display's error.

extension ObjectHandle {
    var version: UInt32 { wl_proxy_get_version(pointer) }

    func send(_ opcode: UInt32, ending: Bool = false) {
        wl_proxy_marshal_array_flags(pointer, opcode, nil, version, flags(ending), nil)
    }

    func send<let count: Int>(_ opcode: UInt32, ending: Bool = false, _ wire: inout [count of wl_argument]) {
        _ = marshal(opcode, nil, version, flags(ending), &wire)
    }

    /// Sends the request that makes an object, which speaks its factory's version.
    func create<let count: Int>(
        _ opcode: UInt32, _ interface: Interface, version: UInt32? = nil, ending: Bool = false,
        _ wire: inout [count of wl_argument]
    ) -> ObjectHandle {
        let made = marshal(opcode, interface, version ?? self.version, flags(ending), &wire)
        // Only malloc's failure gives none: a broken connection still makes the proxy and reports itself in `failure`. No peer
        // can bring this about, and there is no object to go on with.
        guard let made else { fatalError("out of memory for a \(interface.name)") }
        return ObjectHandle(made, display)
    }

    /// Ends the object: with its destructor request where its version has one.
    func destroy(_ opcode: UInt32, since: UInt32) {
        version >= since ? send(opcode, ending: true) : forget()
    }

    /// Ends the object on this side alone.
    func forget() { wl_proxy_destroy(pointer) }

    /// A request of a later version would end the connection: better to trap where the mistake is.
    func require(_ since: UInt32, _ request: StaticString) {
        if version < since { refuse(since, request) }
    }

    /// Out of the requests' own bodies, to keep them short. A mistake of ours alone: a version is asked for at the bind, by
    /// `atLeast`, so that an old compositor is an error there and never comes here.
    @inline(never)
    private func refuse(_ since: UInt32, _ request: StaticString) -> Never {
        fatalError("\(request) needs version \(since), but the object was bound with version \(version)")
    }

    private func flags(_ ending: Bool) -> UInt32 { ending ? UInt32(WL_MARSHAL_FLAG_DESTROY) : 0 }

    private func marshal<let count: Int>(
        _ opcode: UInt32, _ interface: Interface?, _ version: UInt32, _ flags: UInt32, _ wire: inout [count of wl_argument]
    ) -> OpaquePointer? {
        var span = wire.mutableSpan
        return span.withUnsafeMutableBufferPointer {
            wl_proxy_marshal_array_flags(pointer, opcode, interface?.pointer, version, flags, $0.baseAddress)
        }
    }
}

/// Lends bytes as the wire's array for a call.
func withWireArray<Result>(_ bytes: [UInt8], _ body: (UnsafeMutablePointer<wl_array>) -> Result) -> Result {
    bytes.withUnsafeBytes { bytes in
        // Marshalling only reads.
        var array = wl_array(
            size: bytes.count, alloc: bytes.count, data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        return body(&array)
    }
}
