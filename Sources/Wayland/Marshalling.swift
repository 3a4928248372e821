// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CWayland

// How requests are sent: all of them through wl_proxy_marshal_array_flags. A failure to marshal becomes the display's error.

extension ObjectHandle {
    var version: UInt32 { wl_proxy_get_version(pointer) }

    func send(_ opcode: UInt32, ending: Bool = false) {
        wl_proxy_marshal_array_flags(pointer, opcode, nil, version, flags(ending), nil)
    }

    func send<let count: Int>(_ opcode: UInt32, ending: Bool = false, _ wire: inout [count of wl_argument]) {
        _ = marshal(opcode, nil, version, flags(ending), &wire)
    }

    /// Sends a request that creates an object. Without an explicit version, the new object has its factory's version.
    func create<let count: Int>(
        _ opcode: UInt32, _ interface: Interface, version: UInt32? = nil, ending: Bool = false,
        _ wire: inout [count of wl_argument]
    ) -> ObjectHandle {
        let made = marshal(opcode, interface, version ?? self.version, flags(ending), &wire)
        // Null means that malloc has failed: on a broken connection the proxy is created all the same, and `failure` has the
        // error. A peer can't cause this, and without the object nothing can go on.
        guard let made else { fatalError("out of memory for a \(interface.name)") }
        return ObjectHandle(made, display)
    }

    /// Destroys the object, with its destructor request if the object's version has one.
    func destroy(_ opcode: UInt32, since: UInt32) {
        version >= since ? send(opcode, ending: true) : forget()
    }

    /// Destroys the object on this side only.
    func forget() { wl_proxy_destroy(pointer) }

    /// Traps if the object's version lacks the request: sending it would end the connection, and the trap is nearer the mistake.
    func require(_ since: UInt32, _ request: StaticString) {
        if version < since { refuse(since, request) }
    }

    /// Kept out of the request methods to keep those short. Only a programming mistake leads here: versions are checked at bind
    /// time with `atLeast`, so that an old compositor is an error there.
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

/// Lends bytes to a call as a Wayland array.
func withWireArray<Result>(_ bytes: [UInt8], _ body: (UnsafeMutablePointer<wl_array>) -> Result) -> Result {
    bytes.withUnsafeBytes { bytes in
        // Marshalling only reads the array, so the mutable pointer is safe.
        var array = wl_array(
            size: bytes.count, alloc: bytes.count, data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        return body(&array)
    }
}
