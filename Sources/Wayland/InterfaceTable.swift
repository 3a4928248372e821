// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CWayland

/// The `wl_interface` structs that libwayland reads. They are created once and never freed.
///
/// Interfaces refer to each other in cycles, so all are allocated before any is initialised. Addresses are untyped here, because
/// the client's and the server's C modules each have their own `wl_interface`.
package struct InterfaceTable: @unchecked Sendable {  // immutable after init
    package struct Message {
        let name: StaticString
        let signature: StaticString
        /// The interface at each position on the wire, as an index in the table; empty if no argument is an object.
        let types: [Int?]

        package init(_ name: StaticString, _ signature: StaticString, _ types: [Int?] = []) {
            (self.name, self.signature, self.types) = (name, signature, types)
        }
    }

    package struct Entry {
        let name: StaticString
        let version: CInt
        let requests: [Message]
        let events: [Message]

        package init(_ name: StaticString, version: CInt, requests: [Message], events: [Message]) {
            (self.name, self.version, self.requests, self.events) = (name, version, requests, events)
        }
    }

    private let interfaces: UnsafePointer<wl_interface>

    package init(_ entries: [Entry]) {
        let interfaces = UnsafeMutablePointer<wl_interface>.allocate(capacity: entries.count)

        func messages(_ messages: [Message]) -> UnsafePointer<wl_message>? {
            guard !messages.isEmpty else { return nil }
            let result = UnsafeMutablePointer<wl_message>.allocate(capacity: messages.count)
            for (index, message) in messages.enumerated() {
                // libwayland wants an entry for each argument, and a signature never has fewer letters than arguments.
                let count = max(message.signature.utf8CodeUnitCount, 1)
                let types = UnsafeMutablePointer<UnsafePointer<wl_interface>?>.allocate(capacity: count)
                types.initialize(repeating: nil, count: count)
                for (position, type) in message.types.enumerated() {
                    types[position] = type.map { UnsafePointer(interfaces + $0) }
                }
                (result + index).initialize(
                    to: wl_message(name: message.name.cString, signature: message.signature.cString, types: types))
            }
            return UnsafePointer(result)
        }

        for (index, entry) in entries.enumerated() {
            (interfaces + index).initialize(
                to: wl_interface(
                    name: entry.name.cString, version: entry.version,
                    method_count: CInt(entry.requests.count), methods: messages(entry.requests),
                    event_count: CInt(entry.events.count), events: messages(entry.events)))
        }
        self.interfaces = UnsafePointer(interfaces)
    }

    /// The address of the `wl_interface` at this index of the table.
    package subscript(index: Int) -> UnsafeRawPointer { UnsafeRawPointer(interfaces + index) }
}

extension StaticString {
    /// The bytes of a static string end with a NUL and are never freed.
    fileprivate var cString: UnsafePointer<CChar> { UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}
