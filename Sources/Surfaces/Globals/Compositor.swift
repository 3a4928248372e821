// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
public import Wayland

/// A connection to a compositor, its globals that Oriel uses, and what it said about them.
///
/// The globals are bound once and kept in groups by what they are for, so that each class is handed only what it uses. The
/// connection is on the loop from the first window to the last, or for as long as ``stay(on:onEnd:)`` says.
public final class Compositor {
    public let connection: Connection
    public let registry: Registry
    package let surfaces: SurfaceGlobals
    package let buffers: BufferGlobals
    package let timing: TimingGlobals
    package let shell: ShellGlobals
    package let screens: Screens
    /// Under way until the globals' initial events have come.
    private var answers: RoundTrip?
    /// What is committed over this connection.
    let commits: CommitQueue

    /// Connects to a display (nil: the one in the environment), binds, and waits for the globals' initial events.
    public convenience init(display: String?) throws(WaylandError) {
        try self.init(Connection(display: display))
    }

    /// Binds over a connection, and waits for the globals' initial events: two round trips.
    public convenience init(_ connection: Connection) throws(WaylandError) {
        let registry = Registry(connection)
        try connection.roundtrip()
        try self.init(registry)
        try settle()
    }

    /// Binds from a registry that knows its globals. Call ``settle()`` before anything else.
    public init(_ registry: Registry) throws(WaylandError) {
        self.registry = registry
        connection = registry.connection
        commits = CommitQueue(over: registry.connection)
        surfaces = try SurfaceGlobals(registry)
        buffers = try BufferGlobals(registry)
        timing = try TimingGlobals(registry)
        shell = try ShellGlobals(registry)
        screens = try Screens(registry)
        answers = try RoundTrip(connection)
    }

    /// Waits for the globals' initial events, the dma-buf feedback included.
    public func settle() throws(WaylandError) {
        try answers?.wait()
        answers = nil
    }

    /// Calls `done` on the loop when the globals' initial events have come, in place of ``settle()``.
    package func whenSettled(_ done: @escaping () -> Void) {
        answers?.onDone = { [unowned self] in
            answers = nil
            done()
        }
    }

    /// Keeps the connection on the loop without windows, too, until ``leave()`` or its end.
    ///
    /// - Parameter onEnd: called after all windows were told that the compositor is gone.
    package func stay(on loop: EventLoop, onEnd: @escaping (WaylandError) -> Void) throws(EventLoopError) {
        try commits.stay(on: loop, onEnd: onEnd)
    }

    /// Leaves the loop, unless there are windows. Nothing is called any more.
    package func leave() {
        answers = nil
        commits.leave()
    }

    /// Whether pictures can be scaled.
    public var canScale: Bool { surfaces.viewporter != nil }

    /// Whether the compositor promises to report when frames were on screen.
    package var reportsPresentation: Bool { timing.presentation != nil }

    /// The version of zwp_linux_dmabuf_v1 in use; nil if none of version 3 or later is offered.
    public var dmabufVersion: UInt32? { buffers.dmabuf?.version }
}

extension Registry {
    /// Binds the first global of this type. Returns nil if it isn't offered in this version.
    package func bindIfOffered<T: GlobalObject & ~Copyable>(_ type: T.Type, atLeast: UInt32 = 1) throws(WaylandError) -> T? {
        guard let global = first(T.interface.name), global.version >= atLeast else { return nil }
        return try bind(type, global, atLeast: atLeast)
    }
}
