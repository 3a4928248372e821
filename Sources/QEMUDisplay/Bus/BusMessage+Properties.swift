// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CSystemd

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
