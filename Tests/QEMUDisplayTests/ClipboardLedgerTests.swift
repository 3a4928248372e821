// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import Testing

@testable import QEMUDisplay

@Suite("Whose the shared clipboard is")
struct ClipboardLedgerTests {
    private var ledger = ClipboardLedger()

    @Test("what the host has is told once QEMU has taken us, and each new thing after it with the next serial")
    mutating func host() {
        #expect(ledger.hostHas([.text]) == [])
        #expect(ledger.registered() == [.grab(serial: 0, [.text])])
        #expect(ledger.hostHas([.png]) == [.grab(serial: 1, [.png])])
        #expect(ledger.hostHas([]) == [.release])
        #expect(ledger.hostHas([]) == [])
        #expect(ledger.hostHas([.text, .png]) == [.grab(serial: 2, [.text, .png])])
    }

    @Test("what the guest has takes the host's place, and the other way round")
    mutating func guest() {
        #expect(ledger.registered() == [])
        #expect(ledger.guestGrabs(serial: 4, [.text]) == [.tell([.text])])
        #expect(ledger.hostHas([]) == [])
        #expect(ledger.hostHas([.text]) == [.tell([]), .grab(serial: 5, [.text])])
        #expect(ledger.guestGrabs(serial: 6, []) == [.tell([])])
        #expect(ledger.guestReleases() == [.tell([])])
        #expect(ledger.guestReleases() == [])
    }

    @Test("of two grabs that cross, the one with the higher serial counts, and of equal ones the host's")
    mutating func crossing() {
        _ = ledger.registered()
        #expect(ledger.hostHas([.text]) == [.grab(serial: 0, [.text])])
        #expect(ledger.guestGrabs(serial: 0, [.text]) == [])
        #expect(ledger.guestWants([.text]) == [.text])
        #expect(ledger.guestGrabs(serial: 1, [.text]) == [.tell([.text])])
        // The host has let go: whatever QEMU takes from the guest then counts.
        _ = ledger.hostHas([.text])
        _ = ledger.hostHas([])
        #expect(ledger.guestGrabs(serial: 0, [.text]) == [.tell([.text])])
    }

    @Test("the highest serial is the last, and both sides go on with it")
    mutating func serialsEnd() {
        _ = ledger.registered()
        #expect(ledger.guestGrabs(serial: .max, [.text]) == [.tell([.text])])
        #expect(ledger.hostHas([.text]) == [.tell([]), .grab(serial: .max, [.text])])
        #expect(ledger.hostHas([.png]) == [.grab(serial: .max, [.png])])
        #expect(ledger.guestGrabs(serial: .max, [.text]) == [.tell([.text])])
    }

    @Test("an agent that begins anew is told what the host has, with serials from 0, which QEMU takes after a release alone")
    mutating func restart() {
        #expect(ledger.hostHas([.text]) == [])
        #expect(ledger.restarted() == [])
        #expect(ledger.registered() == [.grab(serial: 0, [.text])])
        #expect(ledger.hostHas([.png]) == [.grab(serial: 1, [.png])])
        #expect(ledger.restarted() == [.release, .grab(serial: 0, [.png])])
        // QEMU tells of the release.
        #expect(ledger.guestReleases() == [])
        #expect(ledger.guestWants([.png]) == [.png])
        _ = ledger.guestGrabs(serial: 7, [.text])
        #expect(ledger.restarted() == [])
        #expect(ledger.hostHas([.text]) == [.tell([]), .grab(serial: 0, [.text])])
    }

    @Test("QEMU is asked for one content at a time, and what waits is asked for after it")
    mutating func requests() {
        _ = ledger.registered()
        _ = ledger.guestGrabs(serial: 0, [.text, .png])
        #expect(ledger.hostWants(.text) == [.request(.text)])
        #expect(ledger.hostWants(.png) == [])
        #expect(ledger.hostWants(.text) == [])
        #expect(ledger.answered() == [.request(.text)])
        #expect(ledger.answered() == [.request(.png)])
        #expect(ledger.answered() == [])
    }

    @Test("what the guest hasn't isn't asked for, also where it had it when it was wanted")
    mutating func denials() {
        #expect(ledger.hostWants(.text) == [.deny(.text)])
        _ = ledger.registered()
        #expect(ledger.hostWants(.text) == [.deny(.text)])
        _ = ledger.guestGrabs(serial: 0, [.text])
        #expect(ledger.hostWants(.png) == [.deny(.png)])
        #expect(ledger.hostWants(.text) == [.request(.text)])
        #expect(ledger.hostWants(.text) == [])
        #expect(ledger.guestReleases() == [.deny(.text), .tell([])])
        #expect(ledger.answered() == [])
        _ = ledger.guestGrabs(serial: 1, [.text, .png])
        #expect(ledger.hostWants(.text) == [.request(.text)])
        #expect(ledger.hostWants(.png) == [])
        #expect(ledger.guestGrabs(serial: 2, [.text]) == [.tell([.text])])
        #expect(ledger.answered() == [.deny(.png)])
    }

    @Test("the guest gets what the host has, one content at a time")
    mutating func wishes() {
        #expect(ledger.guestWants([.text]) == [])
        _ = ledger.registered()
        #expect(ledger.guestWants([.text]) == [])
        _ = ledger.hostHas([.text])
        #expect(ledger.guestWants([.png]) == [] && !ledger.owesContent)
        #expect(ledger.guestWants([.png, .text]) == [.text] && ledger.owesContent)
        #expect(ledger.guestWants([.text]) == [])
        ledger.gave()
        #expect(ledger.guestWants([.text]) == [.text])
        ledger.gave()
        _ = ledger.guestGrabs(serial: 9, [.text])
        #expect(ledger.guestWants([.text]) == [])
    }

    @Test("after the end the guest has nothing, and nothing is sent")
    mutating func end() {
        _ = ledger.registered()
        _ = ledger.guestGrabs(serial: 0, [.text])
        #expect(ledger.ended() == [.tell([])])
        #expect(ledger.hostHas([.text]) == [])
        #expect(ledger.restarted() == [])
        #expect(ledger.guestWants([.text]) == [])
        #expect(ledger.hostHas([]) == [])
    }
}
