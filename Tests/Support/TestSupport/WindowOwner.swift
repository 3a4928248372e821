// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import GuestView
public import GuestWindow
public import Planes

/// Owns a guest and its window, and decides what follows when either ends.
public final class WindowOwner: GuestWindowDelegate {
    public enum End {
        case closed
        /// By the exit chord.
        case left
        case compositor(String)
        case source(SourceError)
    }

    public let window: GuestWindow
    /// The guest that the window shows, if any.
    public private(set) var planes: (any PlaneSource)?
    public private(set) var endings: [End] = []
    /// The guests of whom the user wanted a picture.
    public private(set) var screenshots: [String] = []
    /// Whether the window goes on when its guest ends.
    public var reconnects = false
    /// Called after each end.
    public var onEnd: (() -> Void)?

    public init(_ window: GuestWindow) {
        self.window = window
        window.delegate = self
    }

    public func attach(_ source: any PlaneSource, input: (any InputSink)? = nil) {
        planes = source
        window.attach(Guest(planes: source, modes: source as? any DisplayModes), input: input)
    }

    public func close() {
        window.close()
        end(.closed)
    }

    private func end(_ end: End) {
        planes?.close()
        planes = nil
        endings.append(end)
        onEnd?()
    }

    public func windowDidEnd(_ window: GuestWindow, _ reason: WindowEnd) {
        switch reason {
        case .closed: end(.closed)
        case .left: end(.left)
        case .compositor(let message): end(.compositor(message))
        }
    }

    public func window(_ window: GuestWindow, guestDidEnd error: SourceError) {
        guard reconnects else {
            window.close()
            return end(.source(error))
        }
        planes?.close()
        planes = nil
        window.detach(.lost(error))
    }

    public func windowWantsScreenshot(_ window: GuestWindow) { screenshots.append(planes?.name ?? "none") }
}
