// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CWayland

/// The `wl_interface` structs that libwayland reads, made once and never freed.
///
/// Interfaces name each other in circles, so all are allocated before any is filled. Addresses are untyped here, because the
/// client's and the server's C modules each have a `wl_interface` of their own.
package struct InterfaceTable: @unchecked Sendable {  // nothing writes to it after init
    package struct Message {
        let name: StaticString
        let signature: StaticString
        /// The interface of each position on the wire, by its place in the table; empty where no argument is an object.
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
                // Never more arguments than letters: libwayland wants a place for each.
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

    /// The address of the `wl_interface` at this place of the table.
    package subscript(index: Int) -> UnsafeRawPointer { UnsafeRawPointer(interfaces + index) }
}

extension StaticString {
    /// A static string's bytes end with a zero and live forever.
    fileprivate var cString: UnsafePointer<CChar> { UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}
