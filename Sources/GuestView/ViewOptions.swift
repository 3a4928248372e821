// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import Measurement
public import Planes
public import Surfaces

/// How the guest's cursor plane is shown.
public enum CursorMode: String, CaseIterable, Sendable {
    /// As a surface over the picture.
    case subsurface
    /// As the host pointer's image. This leaves one visible surface, which some compositors need for direct scanout.
    case pointer
    case hidden
}

/// What a view gives up for what.
public enum LatencyMode: String, CaseIterable, Sendable {
    /// A change is committed at once.
    case low
    /// The changes of a guest that makes several within a refresh are committed as late as they make the same refresh. Any other guest's
    /// are committed at once.
    case balanced
    /// As `balanced`, but at every second refresh at most.
    case power
}

/// What a user can choose about a view of a guest's planes.
public struct ViewOptions {
    /// How far the guest's screen is turned.
    public var rotation = Rotation.none
    public var cursor = CursorMode.subsurface
    /// Hints about the pictures for the compositor.
    public var hints = PictureHints()
    /// The number of commits of the primary plane after which the view is finished; nil for no limit.
    public var frameLimit: UInt64?
    /// The only rung of the fallback ladder to use; nil for the highest that takes a buffer.
    public var forcedPath: Statistics.Path?
    /// The statistics to go on counting in: those of a view that this one replaces.
    package var earlier = Statistics()
    /// When a change is committed.
    public var latency = LatencyMode.balanced
    /// Keeps a record of each frame of the primary plane; nil where nobody measures.
    public var recorder: FrameRecorder?

    public init() {}
}
