// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import Testing

@testable import GuestInput

@Suite("A held key's repeats")
struct KeyRepeatTests {
    private static let a = key("a"), b = key("b")
    private static let millisecond: UInt64 = 1_000_000

    /// Repeats 25 times a second after 600 ms, as most compositors want it.
    private func usual() -> KeyRepeat {
        var repeats = KeyRepeat()
        #expect(repeats.handle(.rhythm(.init(rate: 25, delay: 600)), at: 0) == .nothing)
        return repeats
    }

    private func at(_ milliseconds: UInt64) -> UInt64 { milliseconds * Self.millisecond }

    @Test("begin after the delay, come at the rate, and end with the key")
    func rhythm() {
        var repeats = usual()
        #expect(repeats.handle(.press(Self.a, repeats: true), at: at(1000)) == .arm(at: at(1600)))
        for step in UInt64(0)..<100 {
            let now = at(1600 + 40 * step)
            #expect(repeats.handle(.timer, at: now) == .press(Self.a, next: now + at(40)))
        }
        #expect(repeats.handle(.release(Self.a), at: at(6000)) == .disarm)
        #expect(repeats.handle(.timer, at: at(7000)) == .nothing)
        #expect(repeats.handle(.release(Self.a), at: at(7000)) == .nothing)
    }

    @Test("keep their rhythm when the loop is a little late, and make up for nothing when it is very late")
    func late() {
        var repeats = usual()
        _ = repeats.handle(.press(Self.a, repeats: true), at: 0)
        #expect(repeats.handle(.timer, at: at(615)) == .press(Self.a, next: at(640)))
        #expect(repeats.handle(.timer, at: at(680)) == .press(Self.a, next: at(720)))
        #expect(repeats.handle(.timer, at: at(2000)) == .press(Self.a, next: at(2040)))
    }

    @Test("don't come early")
    func early() {
        var repeats = usual()
        _ = repeats.handle(.press(Self.a, repeats: true), at: 0)
        #expect(repeats.handle(.timer, at: at(600) - 1) == .nothing)
        #expect(repeats.handle(.timer, at: at(600)) == .press(Self.a, next: at(640)))
    }

    @Test("pass to the key that goes down next, and don't return when it comes up")
    func nextKey() {
        var repeats = usual()
        _ = repeats.handle(.press(Self.a, repeats: true), at: 0)
        #expect(repeats.handle(.press(Self.b, repeats: true), at: at(700)) == .arm(at: at(1300)))
        #expect(repeats.handle(.release(Self.a), at: at(800)) == .nothing)
        #expect(repeats.handle(.timer, at: at(1300)) == .press(Self.b, next: at(1340)))
        #expect(repeats.handle(.release(Self.b), at: at(1310)) == .disarm)
        #expect(repeats.handle(.timer, at: at(1340)) == .nothing)
    }

    @Test("end with a key that doesn't repeat, such as Shift, and with the focus")
    func ends() {
        var repeats = usual()
        _ = repeats.handle(.press(Self.a, repeats: true), at: 0)
        #expect(repeats.handle(.press(key("leftshift"), repeats: false), at: at(10)) == .disarm)
        #expect(repeats.handle(.timer, at: at(700)) == .nothing)
        #expect(repeats.handle(.press(key("leftshift"), repeats: false), at: at(800)) == .nothing)
        _ = repeats.handle(.press(Self.a, repeats: true), at: at(900))
        #expect(repeats.handle(.stop, at: at(1000)) == .disarm)
        #expect(repeats.handle(.timer, at: at(1500)) == .nothing)
    }

    @Test("end when the compositor wants none, and take up a new rhythm with the next repeat")
    func changes() {
        var repeats = usual()
        _ = repeats.handle(.press(Self.a, repeats: true), at: 0)
        #expect(repeats.handle(.rhythm(.init(rate: 50, delay: 100)), at: at(100)) == .nothing)
        #expect(repeats.handle(.timer, at: at(600)) == .press(Self.a, next: at(620)))
        #expect(repeats.handle(.rhythm(.init(rate: 0, delay: 600)), at: at(610)) == .disarm)
        #expect(repeats.handle(.timer, at: at(620)) == .nothing)
        #expect(repeats.handle(.press(Self.a, repeats: true), at: at(700)) == .nothing)
    }

    @Test("don't come where the compositor has told no rhythm")
    func untold() {
        var repeats = KeyRepeat()
        #expect(repeats.handle(.press(Self.a, repeats: true), at: 0) == .nothing)
        #expect(repeats.handle(.timer, at: at(5000)) == .nothing)
    }

    @Test("are bounded, whatever numbers a compositor tells")
    func bounds() {
        #expect(KeyRepeat.Rhythm(rate: 0, delay: 600) == nil)
        #expect(KeyRepeat.Rhythm(rate: -1, delay: 600) == nil)
        #expect(KeyRepeat.Rhythm(rate: .min, delay: .min) == nil)
        #expect(KeyRepeat.Rhythm(rate: .max, delay: .min)?.interval == at(4))
        #expect(KeyRepeat.Rhythm(rate: .max, delay: .min)?.delay == 0)
        #expect(KeyRepeat.Rhythm(rate: 1, delay: .max)?.interval == at(1000))
        #expect(KeyRepeat.Rhythm(rate: 1, delay: .max)?.delay == at(UInt64(Int32.max)))
    }
}
