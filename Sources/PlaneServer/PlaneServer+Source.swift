// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import EventLoop
public import Planes

/// What goes from the source to the viewers: one query for each change, however many viewers there are.
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

    /// Queries the source, tells every viewer that may be told, and the source what becomes of its pictures.
    func pump() {
        guard isRunning else { return }
        let isNews = query(.primary)
        if query(.cursor) || isNews { revision += 1 }
        for viewer in viewers { tell(viewer) }
        answerSource()
    }

    /// How many times a picture may be drawn over between the query and the hold before the next change is waited for.
    private static let mostQueries = 8

    /// Queries a plane, and has its picture kept until the next query: by then every viewer that was told of it holds it.
    private func queryAndHold(_ kind: PlaneKind) throws(PlaneError) -> PlaneState {
        guard let holder else { return try source.query(kind) }
        var known = Generation.none
        for _ in 0..<Self.mostQueries {
            let state = try source.query(kind)
            guard case .showing(let info) = state else {
                holder.hold(kind, .none, for: 0)
                return state
            }
            if holder.hold(kind, HeldGenerations(CollectionOfOne(info.generation)), for: 0) { return state }
            known = info.generation
        }
        // What viewers are told until then stays as it is.
        holder.hold(kind, HeldGenerations(CollectionOfOne(planes[kind].generation)), for: 0)
        throw .stale(asked: known, current: known.next)
    }

    /// Returns whether there is news.
    private func query(_ kind: PlaneKind) -> Bool {
        do throws(PlaneError) {
            let state = try queryAndHold(kind)
            return planes[kind].found(isServed(state, kind) ? state : .off, names: &names)
        } catch {
            switch error {
            // The next change follows, or the source's own end.
            case .stale, .temporary, .ended: return false
            case .off: return planes[kind].found(.off, names: &names)
            case .invalid(let fault):
                complain("the guest's \(kind) is refused: \(fault)")
                return planes[kind].found(.off, names: &names)
            }
        }
    }

    /// Whether a picture may be served: a region's pictures must all be in one file.
    private func isServed(_ state: PlaneState, _ kind: PlaneKind) -> Bool {
        guard options.export == .region, case .showing(let info) = state else { return true }
        let file = (device: info.identity.device, inode: info.identity.inode)
        guard let region else {
            region = file
            return true
        }
        guard region == file else {
            complain("the guest's \(kind) isn't in the region that is served: it is not shown")
            return false
        }
        return true
    }

    /// Tells a viewer of the newest state if it may be told something. It is told the newest pictures only, however many it missed.
    func tell(_ viewer: Viewer) {
        guard viewer.isGreeted, viewer.toldRevision != revision else { return }
        guard viewer.isPushed else { return notify(viewer) }
        guard viewer.window.isOpen else { return }
        let sequence = viewer.window.send()
        viewer.toldRevision = revision
        var state = plane_state()
        state.header = plane_header(of: plane_state.self, PLANE_STATE)
        state.sequence = sequence
        state.primary = info(of: .primary, for: viewer)
        state.cursor = info(of: .cursor, for: viewer)
        viewer.holds.primary.tell(state.primary.isOff ? nil : planes.primary.picture, in: sequence)
        viewer.holds.cursor.tell(state.cursor.isOff ? nil : planes.cursor.picture, in: sequence)
        updateHolds(of: viewer)
        viewer.wasTold()
        finish(viewer.send(state), viewer)
    }

    /// Tells a viewer that there is something to query. There is no further notice until it has queried.
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

    func info(of kind: PlaneKind, for viewer: Viewer) -> plane_info {
        planes[kind].info(takesMultiPlane: viewer.takesMultiPlane, committed: viewer.holds[kind].lastCommitted)
    }

    func updateHolds(of viewer: Viewer) {
        guard let holder else { return }
        for kind in PlaneKind.allCases { holder.hold(kind, viewer.holds[kind].generations, for: viewer.number) }
    }

    /// Handles the outcome of sending. Only a viewer that doesn't read can have a full socket.
    func finish(_ sending: PacketSocket.Sending, _ viewer: Viewer) {
        switch sending {
        case .sent: break
        case .full: drop(viewer)
        case .ended: ended(viewer, because: nil)
        }
    }

    /// Tells the source which pictures no viewer will show, and which memory no viewer holds any more.
    ///
    /// A guest that waits for its frame (QEMU with GL) so waits for the first viewer that may show it, and without viewers for
    /// nobody.
    func answerSource() {
        for kind in PlaneKind.allCases {
            if let generation = planes[kind].unanswered, !viewers.contains(where: { mayShow($0, kind, generation) }) {
                planes[kind].skip(generation)
                source.skipped(kind, generation: generation)
            }
            while let identity = planes[kind].takeReleased(unless: { picture in
                viewers.contains { holds($0, kind, picture) }
            }) {
                source.released(kind, identity)
            }
        }
    }

    /// A source that keeps pictures has taken a buffer from whoever held an older picture in it: a viewer that never releases
    /// anything mustn't keep the buffer from the guest again.
    private func holds(_ viewer: Viewer, _ kind: PlaneKind, _ picture: ToldPicture) -> Bool {
        let holds = viewer.holds[kind]
        return holder == nil ? holds.contains(buffer: picture.buffer) : holds.contains(picture.generation)
    }

    /// Whether a viewer may yet commit the newest generation: it was told of it, or is still to be told.
    private func mayShow(_ viewer: Viewer, _ kind: PlaneKind, _ newest: Generation) -> Bool {
        let holds = viewer.holds[kind]
        guard viewer.isGreeted, holds.lastSkipped != newest else { return false }
        return holds.contains(newest) || viewer.toldRevision != revision || viewer.awaitsQuery
    }
}
