// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Testing

@testable import GuestInput
import Surfaces

@Suite("How the host's pointer looks")
struct PointerLookTests {
    @Test("it makes room for the guest's cursor, and is visible where nothing else shows the place")
    func table() {
        // Where it is hidden: on the picture with a tablet, beside it, and with a mouse that is free.
        let rows: [(ShownCursor, [Bool])] = [
            (.unknown, [false, false, false]), (.plane, [true, false, false]), (.off, [true, false, false]),
            (.unwanted, [false, false, false]),
        ]
        for (cursor, hidden) in rows {
            let looks = [(false, true), (false, false), (true, true)].map { isFree, isOnPicture in
                PointerLook(over: cursor, isHidden: false, isFree: isFree, isOnPicture: isOnPicture)
            }
            #expect(looks == hidden.map { $0 ? .hidden : .arrow })
            #expect(PointerLook(over: cursor, isHidden: true, isFree: true, isOnPicture: true) == .hidden)
        }
    }

    @Test("over a locked window it is hidden where the guest doesn't get it, and where no cursor is wanted")
    func lockedWindow() {
        func look(_ cursor: ShownCursor, isFree: Bool) -> PointerLook {
            PointerLook(over: cursor, isHidden: false, isFree: isFree, isOnPicture: true, isWindowLocked: true)
        }
        for cursor in [ShownCursor.unknown, .plane, .off, .unwanted] { #expect(look(cursor, isFree: true) == .hidden) }
        #expect(look(.unwanted, isFree: false) == .hidden)
        #expect(look(.unknown, isFree: false) == .arrow)
    }
}
