// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland
internal import WaylandServer

/// A client's surface: its state and the events that it is owed.
public final class TestSurface {
    let resource: WlSurfaceResource
    private unowned let compositor: TestCompositor
    /// The name of its role, once it has one.
    public internal(set) var name = "surface"
    private enum Attachment {
        case none
        case buffer(WlBufferResource?)
    }

    private var pending = Attachment.none
    private var current: WlBufferResource?
    /// The replaced buffers, each with the number of commits until its release.
    private var held: [(buffer: WlBufferResource, commits: Int)] = []
    private var pendingFrames: [WlCallbackResource] = []
    private var frames: [WlCallbackResource] = []
    private var pendingReports: [WpPresentationFeedbackResource] = []
    private var reports: [WpPresentationFeedbackResource] = []
    public private(set) var commits = 0
    /// Whether it takes input everywhere, which is the default of a surface without an input region.
    private(set) var takesInput = true

    init(_ resource: WlSurfaceResource, _ compositor: TestCompositor) {
        self.resource = resource
        self.compositor = compositor
        let id = resource.id
        resource.setHandler(
            Listener { [unowned self] request in handle(request) },
            onDestroy: { [weak compositor] in compositor?.surfaces[id] = nil })
    }

    private func handle(_ request: consuming WlSurfaceResource.Request) {
        switch consume request {
        case .attach(let buffer, _, _): pending = .buffer(buffer)
        case .frame(let callback): pendingFrames.append(callback)
        case .commit: commit()
        case .setInputRegion: takesInput = false
        default: break
        }
    }

    func follow(_ report: WpPresentationFeedbackResource) { pendingReports.append(report) }

    private func commit() {
        commits += 1
        frames += pendingFrames
        reports += pendingReports
        pendingFrames.removeAll()
        pendingReports.removeAll()
        age()
        if case .buffer(let buffer) = pending { show(buffer) }
        pending = .none
        compositor.committed(self)
        if compositor.behaviour.showsAtOnce { refresh() }
    }

    private func show(_ buffer: WlBufferResource?) {
        let replaced = current
        current = buffer
        held.removeAll { $0.buffer == buffer }
        switch compositor.behaviour.releases {
        case .atOnce: if let buffer { release(buffer) }
        case .whenReplaced: if let replaced, replaced != buffer { release(replaced) }
        case .late(let commits): if let replaced, replaced != buffer { held.append((replaced, commits)) }
        case .never: break
        }
    }

    private func age() {
        for index in held.indices { held[index].commits -= 1 }
        for entry in held where entry.commits < 0 { release(entry.buffer) }
        held.removeAll { $0.commits < 0 }
    }

    private func release(_ buffer: WlBufferResource) {
        if compositor.buffers.contains(buffer) { buffer.sendRelease() }
    }

    /// Releases the attached buffer whatever the behaviour, like a compositor that has made a copy.
    public func releaseCurrent() {
        if let current { release(current) }
    }

    /// Releases all buffers that were replaced and are due later.
    public func releaseReplaced() {
        for entry in held { release(entry.buffer) }
        held.removeAll()
    }

    /// A pixel of what is attached from wl_shm, where ``Behaviour/keepsPools`` is set.
    public func pixel(x: Int, y: Int) -> UInt32? { current.flatMap { compositor.pixels[$0] }?.pixel(x: x, y: y) }

    func refresh() {
        sendFrameCallbacks()
        for report in reports { answer(report) }
        reports.removeAll()
    }

    /// Sends the frame callbacks that are due, and no reports.
    public func sendFrameCallbacks() {
        for frame in frames {
            frame.sendDone(callbackData: 0)
            frame.destroy()
        }
        frames.removeAll()
    }

    private func answer(_ report: WpPresentationFeedbackResource) {
        switch compositor.behaviour.reports {
        case .never: return
        case .discarded: report.sendDiscarded()
        case .presented(let flags):
            let now = compositor.behaviour.now()
            let seconds = now / 1_000_000_000
            report.sendPresented(
                tvSecHi: UInt32(seconds >> 32), tvSecLo: UInt32(truncatingIfNeeded: seconds),
                tvNsec: UInt32(now % 1_000_000_000), refresh: 16_666_667,
                seqHi: UInt32(compositor.behaviour.sequence >> 32),
                seqLo: UInt32(truncatingIfNeeded: compositor.behaviour.sequence), flags: flags)
            if compositor.behaviour.sequence > 0 { compositor.behaviour.sequence += 1 }
        }
        report.destroy()
    }
}

extension TestCompositor {
    func offerSurfaces() {
        offer(WlCompositorResource.self, "wl_compositor") { [unowned self] resource in
            resource.setHandler(
                Listener { [unowned self] request in
                    switch consume request {
                    case .createSurface(let surface): surfaces[surface.id] = TestSurface(surface, self)
                    case .createRegion: break
                    }
                })
        }
        offer(WlSubcompositorResource.self, "wl_subcompositor") { [unowned self] resource in
            resource.setHandler(
                Listener { [unowned self] request in
                    guard case .getSubsurface(let subsurface, let surface, _) = consume request, let surface else { return }
                    log.name(subsurface.id, "subsurface", of: surface.id)
                    // Only the order of creation distinguishes a notice from a cursor.
                    name(surface, self.surface("cursor") == nil ? "cursor" : "notice")
                    subsurface.setHandler(
                        Listener { [unowned self] request in
                            switch consume request {
                            case .placeBelow: name(surface, "inset")
                            case .setPosition(let x, let y) where surfaces[surface.id]?.takesInput == true:
                                // Only the parts of a decoration receive the pointer among Oriel's subsurfaces. Their positions
                                // distinguish them.
                                name(surface, y < 0 ? "title" : y > 0 ? "bottom" : x < 0 ? "left" : "right")
                            default: break
                            }
                        })
                })
        }
        offer(WpViewporterResource.self, "wp_viewporter") { [unowned self] resource in
            resource.setHandler(
                Listener { [unowned self] request in
                    guard case .getViewport(let viewport, let surface) = consume request, let surface else { return }
                    log.name(viewport.id, "viewport", of: surface.id)
                })
        }
        offer(WpPresentationResource.self, "wp_presentation") { [unowned self] resource in
            resource.sendClockId(clkId: behaviour.clock)
            resource.setHandler(
                Listener { [unowned self] request in
                    guard case .feedback(let surface, let report) = consume request, let surface else { return }
                    surfaces[surface.id]?.follow(report)
                })
        }
    }

    func name(_ surface: WlSurfaceResource, _ role: String) {
        log.name(surface.id, role)
        surfaces[surface.id]?.name = role
    }
}
