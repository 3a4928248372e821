// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Dispatch
internal import Synchronization
internal import Wayland
internal import WaylandServer

/// A compositor in the test's own process that shows nothing, records every request and misbehaves on command.
///
/// Client and compositor share the test's thread, and the test turns them by hand, so that nothing happens unasked and a recorded
/// list is always the whole list. Only while a client starts, with round trips that block, another thread serves it: see
/// ``serve(while:)``.
public final class TestCompositor {
    public var behaviour: Behaviour
    let display = ServerDisplay()
    let log = RequestLog()
    var globals: [String: ServerGlobal] = [:]
    var surfaces: [UInt32: TestSurface] = [:]
    var toplevel: TestToplevel?
    /// Buffers that the client hasn't destroyed.
    var buffers: Set<WlBufferResource> = []
    private var buffersMade = 0
    /// Imports to be answered later, with the clients' objects that wait.
    var unanswered: [ZwpLinuxBufferParamsV1Resource] = []
    var seat: WlSeatResource?
    var pointer: WlPointerResource?
    var keyboard: WlKeyboardResource?
    var touch: WlTouchResource?
    var dataDevice: WlDataDeviceResource?
    /// What each source that the client hasn't ended offers.
    var dataSources: [WlDataSourceResource: [String]] = [:]
    var dataSourcesMade = 0
    var dataOffersMade = 0
    /// The client's source that is the clipboard.
    var selection: WlDataSourceResource?
    var receivers: [(type: String, descriptor: CInt)] = []
    var constraint: Constraint?
    var relativePointer: ZwpRelativePointerV1Resource?
    /// What the keyboard's keys mean, and which are down.
    var keys = TestKeymap(layout: "us")
    var inhibitor: ZwpKeyboardShortcutsInhibitorV1Resource?
    /// The surface that the pointer was put onto by name, if it was.
    var pointed: String?
    /// The client's wl_output for each screen.
    var outputs: [Int: WlOutputResource] = [:]
    var xdgOutputs: [Int: ZxdgOutputV1Resource] = [:]
    var screens: [ServerGlobal] = []
    var fractionalScale: WpFractionalScaleV1Resource?
    var feedbacks: [ZwpLinuxDmabufFeedbackV1Resource] = []
    /// The latest format table's file, by which a descriptor left open can be found.
    public internal(set) var tableFile: (device: UInt64, inode: UInt64) = (0, 0)
    private var events = 0

    public init(_ behaviour: Behaviour = Behaviour()) {
        self.behaviour = behaviour
        display.onRequest = { [unowned self] _, text in log.hear(text) }
        display.onEvent = { [unowned self] _, _ in events += 1 }
        offerSurfaces()
        offerMemory()
        offerShell()
        offerDmabuf()
        offerSeat()
        offerSelection()
        offerPointerProtocols()
        offerShortcutsInhibition()
        offerScreens()
        offerDecoration()
        offerDesktop()
    }

    deinit {
        display.onEvent = nil
        display.terminateClients()
    }

    /// Runs something that waits for this compositor, while another thread is the compositor. Afterwards it's the caller's again.
    public func serve<Result>(while body: () throws -> Result) rethrows -> Result {
        let isDone = Flag()
        // The caller's thread doesn't touch it until the group has ended.
        nonisolated(unsafe) let display = display
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group) {
            while !isDone.value.load(ordering: .acquiring) {
                display.flushClients()
                display.dispatch(waitingAtMost: 2)
            }
        }
        defer {
            isDone.value.store(true, ordering: .releasing)
            group.wait()
        }
        return try body()
    }

    private final class Flag: Sendable {
        let value = Atomic(false)
    }

    /// A new client's end of its connection, which the caller owns.
    public func connect() -> CInt { display.connect() }

    /// Handles what the client has sent and sends the answers. Returns whether there was anything.
    public func turn() -> Bool {
        let before = (log.count, events)
        display.dispatch()
        display.flushClients()
        return before != (log.count, events)
    }

    /// The requests since the last call, each as `picture.attach(buffer1, 0, 0)`.
    ///
    /// Surfaces are called by their role: `picture`, `cursor`, `inset`, `notice` where there is a cursor, and `title`, `left`,
    /// `right` and `bottom` for the parts of a decoration. Buffers are numbered in the order of their making; `black` is a single
    /// pixel, and so is `pixel`, of another colour.
    public func takeRequests() -> [String] { log.take() }

    /// Surfaces by the name of their role.
    public func surface(_ name: String) -> TestSurface? { surfaces.values.first { $0.name == name } }

    /// Buffers that the client has not destroyed.
    public var liveBuffers: Int { buffers.count }

    /// The screen's refresh: frame callbacks and reports that are due, for every surface.
    public func refresh() { for surface in surfaces.values { surface.refresh() } }

    /// Ends the connection without a word, as a dying compositor does.
    public func hangUp() { display.terminateClients() }

    /// Takes a global away, by its interface.
    public func remove(_ interface: String) { globals[interface]!.remove() }

    /// Sends a protocol error on the picture's surface.
    public func postError(code: UInt32, message: String) {
        surface("picture")!.resource.postError(code: code, message: message)
    }

    func offer<Resource: ServerResource>(
        _ type: Resource.Type, version: UInt32 = Resource.maximumVersion, _ interface: String,
        onBind: @escaping (Resource) -> Void
    ) {
        guard !behaviour.missing.contains(interface) else { return }
        let name = RequestLog.plain(interface[...])
        globals[interface] = ServerGlobal(display, type, version: version) { [unowned self] resource in
            log.name(resource.id, name)
            onBind(resource)
        }
    }

    func keep(_ buffer: WlBufferResource, as name: String? = nil) {
        if name == nil { buffersMade += 1 }
        log.name(buffer.id, name ?? "buffer\(buffersMade)")
        buffers.insert(buffer)
        buffer.onDestroy { [weak self] in self?.buffers.remove(buffer) }
    }
}
