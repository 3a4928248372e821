// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// The repeats of a held key: a value. Events go in, and an action comes out.
///
/// As on a real keyboard, only the key that went down last repeats, and any other key that goes down ends its repeats. Guests
/// with a USB or virtio keyboard repeat keys by themselves and ignore these repeats; a guest with a PS/2 keyboard waits for
/// its keyboard to repeat, which QEMU's never does.
struct KeyRepeat {
    /// The content of `wl_keyboard.repeat_info`.
    struct Rhythm: Equatable {
        /// Nanoseconds from the press to the first repeat.
        let delay: UInt64
        /// Nanoseconds from one repeat to the next.
        let interval: UInt64

        /// More repeats a second than any guest can use.
        static let highestRate: Int32 = 250

        /// - Parameters:
        ///   - rate: repeats a second. Returns nil for 0, which means that no key repeats, and for negative numbers.
        ///   - delay: milliseconds; a negative number, which the protocol forbids, counts as 0.
        init?(rate: Int32, delay: Int32) {
            guard rate > 0 else { return nil }
            self.delay = UInt64(max(delay, 0)) * 1_000_000
            interval = 1_000_000_000 / UInt64(min(rate, Self.highestRate))
        }
    }

    enum Event {
        /// A key went down; `repeats` says whether the keymap lets it repeat.
        case press(KeyCode, repeats: Bool)
        case release(KeyCode)
        /// The compositor has announced a new rhythm; nil for no repeats.
        case rhythm(Rhythm?)
        /// The timer fired.
        case timer
        /// The keyboard left the surface, or the grab ended.
        case stop
    }

    enum Action: Equatable {
        case nothing
        case disarm
        /// Arm the timer for this time of CLOCK_MONOTONIC, in nanoseconds.
        case arm(at: UInt64)
        /// Repeat this key, and arm the timer for its next repeat.
        case press(KeyCode, next: UInt64)
    }

    private var rhythm: Rhythm?
    private var pending: (key: KeyCode, due: UInt64)?

    /// - Parameter now: CLOCK_MONOTONIC in nanoseconds.
    mutating func handle(_ event: Event, at now: UInt64) -> Action {
        switch event {
        case .press(let key, let repeats):
            guard repeats, let rhythm else { return stop() }
            let due = now + rhythm.delay
            pending = (key, due)
            return .arm(at: due)
        case .release(let key): return pending?.key == key ? stop() : .nothing
        case .rhythm(let news):
            rhythm = news
            return news == nil ? stop() : .nothing
        case .timer:
            guard let (key, due) = pending, let rhythm, now >= due else { return .nothing }
            // A loop that was busy for longer than an interval makes up for nothing.
            let regular = due + rhythm.interval
            let next = regular > now ? regular : now + rhythm.interval
            pending = (key, next)
            return .press(key, next: next)
        case .stop: return stop()
        }
    }

    private mutating func stop() -> Action {
        guard pending != nil else { return .nothing }
        pending = nil
        return .disarm
    }
}
