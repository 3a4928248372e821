// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CSystemd
internal import Glibc
internal import Planes
internal import System

/// A D-Bus call that failed: the peer's error name and words, or the errno of the connection.
struct BusError: Error {
    let name: String
    let message: String
    /// A positive errno.
    let code: CInt

    init(name: String = "", message: String? = nil, code: CInt) {
        self.name = name
        self.message = message?.singleLine(atMost: 500) ?? Errno(code: code).text
        self.code = code
    }

    init(_ error: sd_bus_error, code: CInt) {
        let name = error.name.map(String.init(cString:)) ?? ""
        self.init(name: name, message: error.message.map(String.init(cString:)) ?? (name.isEmpty ? nil : name), code: code)
    }
}

/// One D-Bus message, referenced; read and written in order.
struct BusMessage: ~Copyable {
    let pointer: OpaquePointer

    init(adopting pointer: OpaquePointer) { self.pointer = pointer }
    init(retaining pointer: OpaquePointer) { self.pointer = sd_bus_message_ref(pointer) }
    deinit { sd_bus_message_unref(pointer) }

    @discardableResult
    static func check(_ result: CInt) throws(BusError) -> CInt {
        guard result >= 0 else { throw BusError(code: -result) }
        return result
    }

    static func code(_ type: Unicode.Scalar) -> CChar { CChar(truncatingIfNeeded: type.value) }

    // MARK: Reading. The numbers are D-Bus's basic types; a message's signature is looked at before.

    func readUInt32() throws(BusError) -> UInt32 {
        var value: UInt32 = 0
        try Self.check(sd_bus_message_read_basic(pointer, Self.code("u"), &value))
        return value
    }

    func readInt32() throws(BusError) -> Int32 {
        var value: Int32 = 0
        try Self.check(sd_bus_message_read_basic(pointer, Self.code("i"), &value))
        return value
    }

    func readUInt64() throws(BusError) -> UInt64 {
        var value: UInt64 = 0
        try Self.check(sd_bus_message_read_basic(pointer, Self.code("t"), &value))
        return value
    }

    func readBool() throws(BusError) -> Bool {
        var value: CInt = 0  // sd-bus widens it to an int
        try Self.check(sd_bus_message_read_basic(pointer, Self.code("b"), &value))
        return value != 0
    }

    func readString() throws(BusError) -> String {
        var value: UnsafePointer<CChar>?
        try Self.check(sd_bus_message_read_basic(pointer, Self.code("s"), &value))
        return value.map(String.init(cString:)) ?? ""
    }

    func readRectangle() throws(BusError) -> PixelRectangle {
        PixelRectangle(x: try readInt32(), y: try readInt32(), width: try readInt32(), height: try readInt32())
    }

    /// A descriptor of our own: the message closes its one when it goes.
    func readDescriptor() throws(BusError) -> OwnedDescriptor {
        var value: CInt = -1
        try Self.check(sd_bus_message_read_basic(pointer, Self.code("h"), &value))
        let copy = fcntl(value, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw BusError(code: errno) }
        return OwnedDescriptor(adopting: copy)
    }

    /// At most four descriptors of our own, -1 where there is none; more are an error (E2BIG). The caller closes them.
    func readDescriptors() throws(BusError) -> (numbers: SIMD4<CInt>, count: Int) {
        var numbers = SIMD4<CInt>(repeating: -1)
        var count = 0
        try Self.check(sd_bus_message_enter_container(pointer, Self.code("a"), "h"))
        do throws(BusError) {
            while sd_bus_message_at_end(pointer, 0) == 0 {
                guard count < 4 else { throw BusError(code: E2BIG) }
                numbers[count] = try readDescriptor().release()
                count += 1
            }
            try Self.check(sd_bus_message_exit_container(pointer))
        } catch {
            for index in 0..<count { close(numbers[index]) }
            throw error
        }
        return (numbers, count)
    }

    /// An array's bytes, valid as long as the message.
    func readBytes() throws(BusError) -> UnsafeRawBufferPointer {
        var bytes: UnsafeRawPointer?
        var count = 0
        try Self.check(sd_bus_message_read_array(pointer, Self.code("y"), &bytes, &count))
        return UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count)
    }

    /// An array of u, as long as the peer made it.
    func readWords() throws(BusError) -> [UInt32] {
        var words: UnsafeRawPointer?
        var size = 0
        try Self.check(sd_bus_message_read_array(pointer, Self.code("u"), &words, &size))
        guard let words else { return [] }
        return (0..<size / 4).map { words.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self) }
    }

    func readStrings() throws(BusError) -> [String] {
        var strings: [String] = []
        try Self.check(sd_bus_message_enter_container(pointer, Self.code("a"), "s"))
        while sd_bus_message_at_end(pointer, 0) == 0 { strings.append(try readString()) }
        try Self.check(sd_bus_message_exit_container(pointer))
        return strings
    }

    func isSignal(_ interface: StaticString, _ member: StaticString) -> Bool {
        sd_bus_message_is_signal(pointer, interface.cString, member.cString) > 0
    }

    /// Whether this is the last message of a connection, of sd-bus's own.
    var isDisconnected: Bool { isSignal("org.freedesktop.DBus.Local", "Disconnected") }

    /// Whether this is sd-bus's own message that the authentication has succeeded.
    var isConnected: Bool { isSignal("org.freedesktop.DBus.Local", "Connected") }

    /// The sender's number of this call: one more than that of what it sent before. nil if this isn't a call.
    var callNumber: UInt64? {
        var number: UInt64 = 0
        guard sd_bus_message_is_method_call(pointer, nil, nil) > 0, sd_bus_message_get_cookie(pointer, &number) >= 0 else {
            return nil
        }
        return number
    }

    /// The sender's unique name; nil straight from a peer.
    var sender: String? { sd_bus_message_get_sender(pointer).map(String.init(cString:)) }

    var path: String? { sd_bus_message_get_path(pointer).map(String.init(cString:)) }

    func hasSignature(_ signature: StaticString) -> Bool { sd_bus_message_has_signature(pointer, signature.cString) > 0 }

    // MARK: Writing

    func append(_ text: String) throws(BusError) {
        try Self.check(text.withCString { sd_bus_message_append_basic(pointer, Self.code("s"), $0) })
    }

    func append(_ number: UInt32) throws(BusError) { try append(basic: "u", number) }

    func append(_ number: Int32) throws(BusError) { try append(basic: "i", number) }

    func append(_ number: UInt16) throws(BusError) { try append(basic: "q", number) }

    func append(_ number: UInt64) throws(BusError) { try append(basic: "t", number) }

    func append(_ number: Double) throws(BusError) { try append(basic: "d", number) }

    private func append(basic type: Unicode.Scalar, _ value: some BitwiseCopyable) throws(BusError) {
        var value = value
        try Self.check(sd_bus_message_append_basic(pointer, Self.code(type), &value))
    }

    /// The message takes a duplicate.
    func append(descriptor: borrowing OwnedDescriptor) throws(BusError) {
        var number = descriptor.rawValue
        try Self.check(sd_bus_message_append_basic(pointer, Self.code("h"), &number))
    }

    func append(_ strings: [StaticString]) throws(BusError) {
        try inContainer("a", "s") { () throws(BusError) in
            for string in strings {
                try Self.check(sd_bus_message_append_basic(pointer, Self.code("s"), string.cString))
            }
        }
    }

    /// As an array of bytes.
    func append(_ bytes: [UInt8]) throws(BusError) {
        try Self.check(bytes.withUnsafeBytes { sd_bus_message_append_array(pointer, Self.code("y"), $0.baseAddress, $0.count) })
    }

    func inContainer(
        _ type: Unicode.Scalar, _ contents: StaticString, _ body: () throws(BusError) -> Void
    ) throws(BusError) {
        try Self.check(sd_bus_message_open_container(pointer, Self.code(type), contents.cString))
        try body()
        try Self.check(sd_bus_message_close_container(pointer))
    }

    func sendWithoutReply() throws(BusError) {
        try Self.check(sd_bus_message_set_expect_reply(pointer, 0))
        try Self.check(sd_bus_send(nil, pointer, nil))
    }

    // MARK: Answering

    var expectsReply: Bool { sd_bus_message_get_expect_reply(pointer) > 0 }

    /// An empty reply, unless the caller wants none.
    func answer() {
        if expectsReply { answer { _ in } }
    }

    func answer(_ body: (borrowing BusMessage) throws(BusError) -> Void) {
        var reply: OpaquePointer?
        guard sd_bus_message_new_method_return(pointer, &reply) >= 0, let reply else { return }
        let message = BusMessage(adopting: reply)
        guard (try? body(message)) != nil else { return }
        sd_bus_send(nil, message.pointer, nil)
    }

    func answer(error name: StaticString, _ text: String) {
        guard expectsReply else { return }
        var error = sd_bus_error()
        sd_bus_error_set(&error, name.cString, text)
        sd_bus_reply_method_error(pointer, &error)
        sd_bus_error_free(&error)
    }
}

extension BusMessage {
    /// Reads `a{sv}`: an answer to Properties.GetAll, or the middle of PropertiesChanged. Skips values of types that
    /// ``PropertyValue`` doesn't have.
    func readProperties(_ take: (String, PropertyValue) -> Void) throws(BusError) {
        try Self.check(sd_bus_message_enter_container(pointer, Self.code("a"), "{sv}"))
        while try Self.check(sd_bus_message_enter_container(pointer, Self.code("e"), "sv")) > 0 {
            let name = try readString()
            if let value = try readVariant() { take(name, value) }
            try Self.check(sd_bus_message_exit_container(pointer))
        }
        try Self.check(sd_bus_message_exit_container(pointer))
    }

    private func readVariant() throws(BusError) -> PropertyValue? {
        var type: CChar = 0
        var contents: UnsafePointer<CChar>?
        try Self.check(sd_bus_message_peek_type(pointer, &type, &contents))
        let signature = contents.map(String.init(cString:)) ?? ""
        guard ["b", "i", "u", "s", "au"].contains(signature) else {
            try Self.check(sd_bus_message_skip(pointer, "v"))
            return nil
        }
        try Self.check(sd_bus_message_enter_container(pointer, Self.code("v"), contents))
        let value: PropertyValue =
            switch signature {
            case "b": .truth(try readBool())
            case "i": .signed(try readInt32())
            case "u": .unsigned(try readUInt32())
            case "au": .numbers(try readWords())
            default: .text(try readString())
            }
        try Self.check(sd_bus_message_exit_container(pointer))
        return value
    }
}

extension StaticString {
    /// Zero-terminated, as every ASCII literal is.
    var cString: UnsafePointer<CChar> { UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}
