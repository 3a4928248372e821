// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import EventLoop
public import Planes

/// From the source to the viewers: one query a change, whoever looks.
extension PlaneServer: PlaneSourceDelegate {
    public func planeSourceDidChange(_ source: any PlaneSource) { pump() }

    public func planeSource(_ source: any PlaneSource, didEnd error: SourceError) {
        end(plane_bye(PLANE_BYE_ENDED, text: error.message))
        onEnd?(error)
    }

    func handlePoll() {
        pump()
        if isRunning, source is any PolledPlaneSource, !viewers.isEmpty { pollTimer.arm(after: options.pollInterval) }
    }

    /// Asks the source, and tells whoever may be told.
    ///
    /// What was last queried the source keeps until the next query, and by then every viewer that was told of it holds it.
    func pump() {
        guard isRunning else { return }
        let isNews = query(&planes.primary)
        if query(&planes.cursor) || isNews { revision += 1 }
        for viewer in viewers { tell(viewer) }
        letGuestGoOn()
    }

    private func query(_ plane: inout ServedPlane) -> Bool {
        do throws(PlaneError) {
            let state = try source.query(plane.kind)
            return plane.found(isServed(state, plane.kind) ? state : .off, names: &names)
        } catch {
            switch error {
            // The next change, or the source's own end, follows.
            case .stale, .temporary, .ended: return false
            case .off: return plane.found(.off, names: &names)
            case .invalid(let fault):
                complain("the guest's \(plane.kind) is refused: \(fault)")
                return plane.found(.off, names: &names)
            }
        }
    }

    /// With a region everything must be in its one file.
    private func isServed(_ state: PlaneState, _ kind: PlaneKind) -> Bool {
        guard options.export == .region, case .showing(let info) = state else { return true }
        let file = (device: info.identity.device, inode: info.identity.inode)
        guard let region else {
            region = file
            return true
        }
        guard region == file else {
            complain("the guest's \(kind) isn't in the region that is served: it isn't shown")
            return false
        }
        return true
    }

    /// Brings one viewer up to date, where it may be told something: the newest alone, whatever it missed.
    func tell(_ viewer: Viewer) {
        guard viewer.isGreeted, viewer.toldRevision != revision else { return }
        guard viewer.isPushed else { return notify(viewer) }
        guard viewer.window.isOpen else { return }
        let sequence = viewer.window.send()
        viewer.toldRevision = revision
        var state = plane_state()
        state.header = plane_header(of: plane_state.self, PLANE_STATE)
        state.sequence = sequence
        state.primary = info(of: planes.primary, for: viewer)
        state.cursor = info(of: planes.cursor, for: viewer)
        viewer.holds.primary.tell(state.primary.wholeGeneration, in: sequence)
        viewer.holds.cursor.tell(state.cursor.wholeGeneration, in: sequence)
        updateHolds(of: viewer)
        viewer.wasTold()
        finish(viewer.send(state), viewer)
    }

    /// Says that there is something to be queried, and nothing more until it was.
    private func notify(_ viewer: Viewer) {
        guard !viewer.awaitsQuery else { return }
        viewer.awaitsQuery = true
        viewer.toldRevision = revision
        var notice = plane_changed()
        notice.header = plane_header(of: plane_changed.self, PLANE_CHANGED)
        notice.sequence = revision
        viewer.wasTold()
        finish(viewer.send(notice), viewer)
    }

    func info(of plane: ServedPlane, for viewer: Viewer) -> plane_info {
        plane.info(
            takesMultiPlane: viewer.takesMultiPlane, isRegion: options.export == .region,
            taken: viewer.holds[plane.kind].lastTaken)
    }

    func updateHolds(of viewer: Viewer) {
        guard let holding = source as? any HoldingPlaneSource else { return }
        for kind in PlaneKind.allCases { holding.hold(kind, viewer.holds[kind].generations, for: viewer.number) }
    }

    /// What becomes of a viewer that a message was sent to. Only one that doesn't read can have a full socket.
    func finish(_ sending: PacketSocket.Sending, _ viewer: Viewer) {
        switch sending {
        case .sent: break
        case .full: drop(viewer)
        case .ended: ended(viewer, because: nil)
        }
    }

    /// A guest that waits for its frame to be taken (QEMU with GL) waits for the first viewer that was told of it, and where
    /// there is none, for nobody.
    func letGuestGoOn() {
        for kind in PlaneKind.allCases {
            let generation = planes[kind].generation
            guard generation != .none, !viewers.contains(where: { $0.holds[kind].generations.contains(generation) }) else {
                continue
            }
            release(kind, upTo: generation)
        }
    }

    /// Tells the source, once, that somebody has taken this generation or gone past it.
    func release(_ kind: PlaneKind, upTo generation: Generation) {
        guard let isNews = planes[kind].release(upTo: generation) else { return }
        source.committed(kind, generation: isNews)
    }
}
