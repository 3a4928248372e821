// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CWayland
internal import System

// How events arrive: libwayland calls the interface's dispatcher, which builds the typed event and passes it to the listener.
//
// A proxy's user data is its listener, unretained; the generated struct owns both. The struct destroys the proxy before it
// releases the listener, and libwayland drops events for destroyed proxies, so the pointer is valid whenever a dispatcher runs.
// `deliver` retains the listener, so that a handler may destroy its own object.

extension ObjectHandle {
    func listen<Event: ~Copyable>(
        _ listener: Listener<Event>, isFirst: Bool, _ dispatcher: @escaping wl_dispatcher_func_t
    ) {
        let data = Unmanaged.passUnretained(listener).toOpaque()
        guard isFirst else { return wl_proxy_set_user_data(pointer, data) }
        // Objects created by events need the display too. It is passed where libwayland expects the implementation pointer.
        let result = wl_proxy_add_dispatcher(pointer, dispatcher, Unmanaged.passUnretained(display).toOpaque(), data)
        precondition(result == 0, "the proxy has a dispatcher already")
    }
}

func deliver<Event: ~Copyable>(_ event: consuming Event, to target: UnsafeMutableRawPointer?) {
    let data = wl_proxy_get_user_data(OpaquePointer(target!))
    let listener = Unmanaged<Listener<Event>>.fromOpaque(data!).takeUnretainedValue()
    listener.call(event)
    withExtendedLifetime(listener) {}
}

/// An event's arguments. libwayland has checked them against the signature: an argument that isn't nullable isn't null.
struct EventArguments {
    private let wire: UnsafeMutablePointer<wl_argument>?
    private let display: UnsafeRawPointer?

    init(_ wire: UnsafeMutablePointer<wl_argument>?, _ display: UnsafeRawPointer?) {
        self.wire = wire
        self.display = display
    }

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
    func object(_ index: Int) -> OpaquePointer? { wire![index].o }
    func newObject(_ index: Int) -> ObjectHandle {
        ObjectHandle(wire![index].o, Unmanaged<DisplayHandle>.fromOpaque(display!).takeUnretainedValue())
    }
}
