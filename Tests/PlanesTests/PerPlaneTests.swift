// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import Testing

@Suite("One value for each plane")
struct PerPlaneTests {
    @Test("a plane's kind leads to its own value, to be read and changed")
    func subscripts() {
        var names = PerPlane { [$0.description] }
        #expect(names == PerPlane(primary: ["primary plane"], cursor: ["cursor plane"]))
        names[.cursor].append("moved")
        names[.primary] = []
        #expect(names.primary == [] && names.cursor == ["cursor plane", "moved"])
        #expect(PlaneKind.allCases.map { names[$0].count } == [0, 2])
    }
}
