// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Dispatch
internal import Glibc
internal import Synchronization
internal import Wayland
internal import WaylandServer

/// A compositor in the test's own process that shows nothing, records every request, and misbehaves on demand.
///
/// Client and compositor share the test's thread, and the test turns both by hand. Nothing therefore happens unasked, and the
/// recorded list of requests is always complete. Another thread serves the client only during its start, which has blocking round
/// trips: see ``serve(while:)``.
public final class TestCompositor {
    public var behaviour: Behaviour
    let display = ServerDisplay()
    let log = RequestLog()
    var globals: [String: ServerGlobal] = [:]
    var surfaces: [UInt32: TestSurface] = [:]
    /// The client's windows, the newest last.
    var toplevels: [TestToplevel] = []
    /// The buffers that the client hasn't destroyed.
    var buffers: Set<WlBufferResource> = []
    private var buffersMade = 0
    /// Where the pixels of buffers from wl_shm are, for as long as the client hasn't destroyed them.
    var pixels: [WlBufferResource: PoolPixels] = [:]
    /// The client's objects whose imports will be answered later.
    var unanswered: [ZwpLinuxBufferParamsV1Resource] = []
    var seat: WlSeatResource?
    var pointer: WlPointerResource?
    var keyboard: WlKeyboardResource?
    var touch: WlTouchResource?
    var dataDevice: WlDataDeviceResource?
    /// The types offered by each data source that the client hasn't destroyed.
    var dataSources: [WlDataSourceResource: [String]] = [:]
    var dataSourcesMade = 0
    var dataOffersMade = 0
    /// The client's data source that is the clipboard.
    var selection: WlDataSourceResource?
    var receivers: [(type: String, descriptor: CInt)] = []
    var constraint: Constraint?
    var relativePointer: ZwpRelativePointerV1Resource?
    /// The keymap and the state of the keyboard.
    var keys = TestKeymap(layout: "us")
    var inhibitor: ZwpKeyboardShortcutsInhibitorV1Resource?
    /// The time of further presses and touches, in milliseconds.
    public var inputTime: UInt32 = 0
    /// The surface onto which the pointer was moved by name, if any.
    var pointed: String?
    /// The client's wl_output for each screen.
    var outputs: [Int: WlOutputResource] = [:]
    var xdgOutputs: [Int: ZxdgOutputV1Resource] = [:]
    var screens: [ServerGlobal] = []
    var fractionalScale: WpFractionalScaleV1Resource?
    var decoration: ZxdgToplevelDecorationV1Resource?
    var shm: WlShmResource?
    var dmabuf: ZwpLinuxDmabufV1Resource?
    var feedbacks: [(resource: ZwpLinuxDmabufFeedbackV1Resource, isForSurface: Bool)] = []
    /// The file of the latest format table, by which a leaked descriptor can be found.
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

    /// Runs a closure that blocks on this compositor, while another thread serves it. Afterwards the compositor is the caller's
    /// again.
    public func serve<Result>(while body: () throws -> Result) rethrows -> Result {
        let isDone = Flag()
        // The caller's thread doesn't use the display until the group has ended.
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

    /// Takes clients of other processes on a socket, an absolute path. Returns false, with errno set, on failure.
    public func listen(at path: String) -> Bool { display.addSocket(path) }

    /// Whether requests have come that ``turn()`` hasn't handled.
    public var hasRequests: Bool {
        var interest = pollfd(fd: display.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&interest, 1, 0) == 1
    }

    /// The client's end of a new connection. The caller owns it.
    public func connect() -> CInt { display.connect() }

    /// Handles the client's requests and sends the events. Returns whether there were any requests.
    public func turn() -> Bool {
        let before = (log.count, events)
        display.dispatch()
        display.flushClients()
        return before != (log.count, events)
    }

    /// The requests since the last call, each as `picture.attach(buffer1, 0, 0)`.
    ///
    /// Surfaces are named after their roles: `picture`, `cursor`, `inset`, `notice` where there is also a cursor, and `title`,
    /// `left`, `right` and `bottom` for the parts of a decoration. Buffers are numbered in order of creation. `black` is a single
    /// black pixel, and `pixel` a single pixel of another colour.
    public func takeRequests() -> [String] { log.take() }

    /// The surface with this role name.
    public func surface(_ name: String) -> TestSurface? { surfaces.values.first { $0.name == name } }

    /// The number of buffers that the client hasn't destroyed.
    public var liveBuffers: Int { buffers.count }

    /// Refreshes the screen: sends all frame callbacks and presentation feedback that are due, for every surface.
    public func refresh() { for surface in surfaces.values { surface.refresh() } }

    /// Closes the connection without an error, as a crashing compositor does.
    public func hangUp() { display.terminateClients() }

    /// Removes the global with this interface.
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
        buffer.onDestroy { [weak self] in
            self?.buffers.remove(buffer)
            self?.pixels[buffer] = nil
        }
    }
}
