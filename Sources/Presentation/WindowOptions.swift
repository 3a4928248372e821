// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import GuestInput
public import Planes

/// How the guest's cursor plane is shown.
public enum CursorMode: String, CaseIterable, Sendable {
    /// As a surface over the picture.
    case subsurface
    /// As the host pointer's own image: leaves one visible surface, which some compositors need for direct scanout.
    case pointer
    case hidden
}

/// Who draws the title bar and the borders.
public enum DecorationMode: String, CaseIterable, Sendable {
    /// The compositor; where it leaves that to its clients, Oriel.
    case auto
    /// The compositor or nobody.
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
public struct WindowOptions: Sendable {
    public var title: String
    public var applicationID = "oriel"
    public var isFullscreen = false
    /// The screen to be full-screen on, by the compositor's name for it; nil leaves that to the compositor.
    public var output: String?
    /// How far the guest's screen is turned.
    public var rotation = Rotation.none
    /// Whether a window whose size is its own affair keeps the guest's proportions.
    public var keepsAspect = false
    public var decorations = DecorationMode.auto
    /// nil: `fit` where the compositor can scale, else `native`.
    public var scale: ScaleMode?
    public var cursor = CursorMode.subsurface
    /// Whether a guest that can be asked is asked to take the window's size.
    public var resizesGuest = true
    /// Ends after this many commits of the primary plane.
    public var frameLimit: UInt64?
    public var idleInhibition = IdleInhibition.fullscreen
    /// What the compositor is told that the guest shows.
    public var content: ContentType {
        get { hints.content }
        set { hints.content = newValue }
    }
    /// Whether a picture may be shown in the middle of a refresh rather than late.
    public var mayTear: Bool {
        get { hints.mayTear }
        set { hints.mayTear = newValue }
    }
    /// By which the compositor knows who has started this window, and gives it the focus; used once.
    public var activationToken: String?
    var hints = PictureHints()
    package var input = InputOptions()

    public init(title: String) { self.title = title }
}

/// How a window ended.
public enum WindowEnd: Sendable {
    /// The user closed it, or the frame limit was reached.
    case closed
    /// The compositor is gone or refused us (exit code 74).
    case compositor(String)
    /// The source is gone (the error's own exit code).
    case source(SourceError)
}
