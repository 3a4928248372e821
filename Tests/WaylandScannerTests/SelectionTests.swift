// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Testing

@testable import WaylandScanner

@Suite("The selection of a manifest")
struct SelectionTests {
    private let xml = """
        <protocol name="p">
        <interface name="factory" version="3">
          <request name="make"><arg name="id" type="new_id" interface="child"/></request>
          <request name="make_late" since="3"><arg name="id" type="new_id" interface="late"/></request>
          <request name="use"><arg name="o" type="object" interface="foreign"/></request>
          <request name="last" since="2"/>
        </interface>
        <interface name="child" version="3">
          <event name="old"/><event name="new" since="3"/>
          <enum name="e"><entry name="x" value="0"/><entry name="y" value="1" since="3"/></enum>
        </interface>
        <interface name="late" version="1"/>
        <interface name="other" version="2"/>
        </protocol>
        """

    @Test("a global selects the interfaces that it creates, pinned to its version, and nothing else")
    func pinning() throws {
        let selection = try select("side client\nfactory 2 p.xml\ndrop factory.use", xml)
        #expect(selection.items.map(\.interface.name) == ["factory", "child"])
        #expect(selection.items.map(\.version) == [2, 2])
        #expect(selection.items[0].interface.requests.map(\.name) == ["make", "last"])
        #expect(selection.items[0].interface.requests.map(\.opcode) == [0, 3])
        // All four messages keep their places in the table; otherwise opcodes would shift.
        #expect(selection.items[0].requestTable.map(\.name) == ["make", "make_late", "use", "last"])
        // An interface that isn't generated has no index that a message could refer to.
        let table = selection.generate(stems: ["p"]).last!.text
        #expect(table.contains(#".init("make", "n", [1])"#))
        #expect(table.contains(#".init("use", "o")"#))
        #expect(selection.items[1].interface.events.map(\.name) == ["old"])
        #expect(selection.items[1].interface.enumerations[0].entries.map(\.name) == ["x"])
    }

    @Test("a version above the XML's is reduced to it, and an object with several factories has the highest version")
    func versions() throws {
        let selection = try select("side client\nchild 1 p.xml\nfactory 9 p.xml\ndrop factory.use", xml)
        #expect(selection.items.map(\.interface.name) == ["child", "factory", "late"])
        #expect(selection.items.map(\.version) == [3, 3, 1])
    }

    @Test(
        "an invalid manifest is reported in one line with file and line number",
        arguments: [
            ("factory 1 p.xml", "m.manifest:1: a line «side client» or «side server» is missing"),
            ("side client\nside server", "m.manifest:2: expected one «side client» or «side server» line"),
            ("side client\n# note\nfactory", "m.manifest:3: expected «side S»"),
            ("side client\nfactory x p.xml", "m.manifest:2: \"x\" is not a version"),
            ("side client\nother 1 p.xml\nother 2 p.xml", "m.manifest:3: other is listed twice"),
            ("side client\nnobody 1 p.xml", "m.manifest:2: p.xml declares no nobody"),
            ("side client\nother 1 p.xml\ndrop other.x", "m.manifest:3: there is no message other.x to drop"),
            (
                "side client\nfactory 1 p.xml",
                "p.xml:5: factory.use needs foreign, which the manifest doesn't select: add it or «drop factory.use»"
            ),
        ])
    func errors(manifest: String, expected: String) {
        #expect(problem { _ = try select(manifest, xml) }.hasPrefix(expected))
    }

    @Test("an event that creates an object can't be dropped, since libwayland creates it anyway")
    func droppedEvent() {
        let xml = """
            <protocol name="p"><interface name="a" version="1">
            <event name="e"><arg name="id" type="new_id" interface="a"/></event></interface></protocol>
            """
        #expect(
            problem { _ = try select("side client\na 1 p.xml\ndrop a.e", xml) }
                == "m.manifest:3: a.e creates an object and can't be dropped")
    }
}
