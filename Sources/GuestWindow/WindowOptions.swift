// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import GuestInput
public import GuestView
package import Surfaces

/// Who draws the title bar and the borders.
public enum DecorationMode: String, CaseIterable, Sendable {
    /// The compositor, or Oriel where the compositor leaves that to its clients.
    case auto
    /// The compositor, or nobody where it leaves that to its clients.
    case server
    /// Oriel.
    case client
    /// Nobody.
    case none

    var asksCompositor: Bool { self == .auto || self == .server }
}

/// When a window keeps the host's screen from going dark. It never does without a picture.
public enum IdleInhibition: String, CaseIterable, Sendable {
    /// While it is full screen.
    case fullscreen
    case always
    case never
}

/// What a user can choose about a window.
public struct WindowOptions {
    public var title: String
    /// How the guest's planes are shown.
    public var view = ViewOptions()
    public var applicationID = "oriel"
    public var isFullscreen = false
    /// The screen for full screen, by the compositor's name for it; nil leaves that to the compositor.
    public var output: String?
    /// The screen for full screen itself, where its name doesn't do.
    package var screen: Screen?
    /// Whether a floating window keeps the guest's proportions.
    public var keepsAspect = false
    public var decorations = DecorationMode.auto
    /// nil for the default, which is `fit`.
    public var scale: ScaleMode?
    /// Whether to ask the guest to take the window's size, if it can be asked.
    public var resizesGuest = true
    public var idleInhibition = IdleInhibition.fullscreen
    /// The token by which the compositor recognises the launcher's request and gives this window the focus; used once.
    public var activationToken: String?
    /// Whether the window says why there is no picture, and what else the user should know.
    package var hasNotices = true
    /// Nanoseconds without a movement after which the cursor is hidden; nil for never.
    package var hidesCursorAfter: UInt64?
    package var input = InputOptions()

    public init(title: String) { self.title = title }
}

/// How a window ended by itself.
public enum WindowEnd: Sendable {
    /// The user closed it, or the frame limit was reached.
    case closed
    /// The user pressed the chord that ends a locked window.
    case left
    /// The compositor is gone or refused us (exit code 74).
    case compositor(String)
}
