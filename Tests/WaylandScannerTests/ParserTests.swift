// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Testing

@testable import WaylandScanner

@Suite("Reading protocol XML")
struct ParserTests {
    @Test("messages keep their opcode, version and arguments")
    func messages() throws {
        let file = try parse(
            """
            <protocol name="p"><interface name="a" version="3">
              <request name="one"><arg name="x" type="int"/><arg name="s" type="string" allow-null="true"/></request>
              <request name="two" type="destructor" since="3"><arg name="any" type="new_id"/></request>
              <event name="three"><arg name="o" type="object" interface="b" allow-null="true"/><arg name="f" type="fd"/></event>
            </interface></protocol>
            """)
        let interface = try #require(file.interfaces.first)
        #expect(interface.requests.map(\.signature) == ["i?s", "3sun"])
        #expect(interface.requests.map(\.opcode) == [0, 1])
        #expect(interface.requests.map(\.isDestructor) == [false, true])
        #expect(interface.requests[1].wireTypes == [nil, nil, nil])
        #expect(interface.events[0].signature == "?oh")
        #expect(interface.events[0].wireTypes == ["b", nil])
    }

    @Test("an enum is signed if its protocol uses it as int or a value is negative; a bitfield never is")
    func signs() throws {
        let file = try parse(
            """
            <protocol name="p"><interface name="a" version="1">
              <enum name="plain"><entry name="x" value="1"/></enum>
              <enum name="negative"><entry name="x" value="-1"/></enum>
              <enum name="used"><entry name="x" value="0x2"/></enum>
              <enum name="bits" bitfield="true"><entry name="x" value="1"/></enum>
            </interface><interface name="b" version="1">
              <request name="r"><arg name="u" type="int" enum="a.used"/><arg name="b" type="int" enum="a.bits"/></request>
            </interface></protocol>
            """)
        #expect(file.interfaces[0].enumerations.map(\.isSigned) == [false, true, true, false])
    }

    @Test(
        "invalid XML is reported in one line with file and line number",
        arguments: [
            ("", "bad.xml:1: not a well-formed protocol XML"),
            ("<protocol name='p'>\n<interface name='a' version='1'>\n</protocol>", "bad.xml:3: not a well-formed protocol XML"),
            ("<interface/>", "bad.xml:1: <interface> isn't allowed at the top level"),
            ("<protocol/>", "bad.xml:1: <protocol> has no name"),
            ("<protocol name='p'>\n<arg/></protocol>", "bad.xml:2: <arg> isn't allowed in <protocol>"),
            ("<protocol name='p'>\n<interface name='a'/></protocol>", "bad.xml:2: <interface> has no version"),
            ("<protocol name='p'><interface name='a' version='0'/></protocol>", "version=\"0\" is not a positive number"),
            ("<protocol name='p'><interface name='a-b' version='1'/></protocol>", "\"a-b\" is not a valid name"),
        ])
    func structure(xml: String, expected: String) {
        #expect(problem { _ = try parse(xml) }.contains(expected))
    }

    @Test(
        "an invalid member is reported in one line that names it",
        arguments: [
            ("<request name='r' since='2'/>", "since=\"2\" in a, which ends at version 1"),
            ("<request name='r' type='constructor'/>", "r has the unknown type \"constructor\""),
            ("<request name='r'/><request name='r'/>", "a second <request> named r"),
            ("<request name='r'><arg name='x' type='float'/></request>", ": unknown type \"float\""),
            (
                "<request name='r'><arg name='x' type='int' interface='a'/></request>",
                "an argument of type int can't have an interface"
            ),
            ("<request name='r'><arg name='x' type='int' allow-null='true'/></request>", "x can't be null"),
            ("<request name='r'><arg name='x' type='string' allow-null='yes'/></request>", "neither true nor false"),
            (
                "<request name='r'><arg name='x' type='new_id' interface='a'/><arg name='y' type='new_id'/></request>",
                "r has a second new_id"
            ),
            ("<event name='e'><arg name='x' type='new_id'/></event>", "creates an object without an interface"),
            ("<enum name='e'><entry name='x' value='many'/></enum>", "value=\"many\" is not a 32-bit number"),
            ("<enum name='e'><entry name='x' value='4294967296'/></enum>", "is not a 32-bit number"),
            ("<enum name='e'><entry name='x'/></enum>", "<entry> has no value"),
        ])
    func members(xml: String, expected: String) {
        let line = problem { _ = try parse("<protocol name='p'><interface name='a' version='1'>\n\(xml)</interface></protocol>") }
        #expect(line.hasPrefix("bad.xml:2: "))
        #expect(line.contains(expected))
        #expect(!line.contains("\n"))
    }
}
