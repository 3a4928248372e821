// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import Planes
internal import System

/// One plane as a viewer knows it: the picture that it may show, and the one whose memory isn't here yet. A value: messages go in,
/// and requests come out.
///
/// The picture to show changes only when the memory of a newer one is here. So a query never waits for the server, and a picture
/// that was superseded while its memory was on the way is never shown.
struct WatchedPlane {
    enum Shown {
        case off
        case showing(PlaneInfo, BufferEntry)
        /// A query throws this until something newer is here.
        case failed(PlaneError)
    }

    /// The number of buffers kept: as many as a window keeps, and a guest may have.
    static let capacity = 16

    let kind: PlaneKind
    private(set) var shown = Shown.off {
        didSet { if !isSame(oldValue) { changes += 1 } }
    }
    /// Counts the changes of what may be shown.
    private(set) var changes: UInt64 = 0
    /// The picture told last, while its memory isn't here.
    private(set) var waiting: plane_info?
    /// The picture whose memory was requested: one at a time, so that answers need no numbers.
    private(set) var asked: plane_info?
    /// The memory that is here, by the server's number.
    private(set) var buffers = RecentStore<UInt64, BufferEntry>(capacity: Self.capacity)
    /// The server's numbers for the memory that was shown. They outlive the memory in `buffers`: a compositor may release a buffer
    /// of an earlier mode.
    private var names = RecentStore<BufferIdentity, UInt64>(capacity: 64)
    private var region: RegionMemory?

    init(kind: PlaneKind) { self.kind = kind }

    /// Takes the memory of a region, in which all pictures are from now on.
    mutating func adopt(_ region: RegionMemory) { self.region = region }

    var hasRegion: Bool { region != nil }

    /// A state came. Returns the generation whose memory to request, if any.
    mutating func told(_ info: plane_info, times: ClosedRange<UInt64>) -> Generation? {
        waiting = nil
        guard !info.isOff else {
            shown = .off
            return nil
        }
        if let region {
            showRegion(region, info, times)
        } else if let entry = buffers.find(info.buffer) {
            show(info, entry, times)
        } else {
            waiting = info
            return next()
        }
        return nil
    }

    /// The next request, unless one is on its way.
    private mutating func next() -> Generation? {
        guard asked == nil, let waiting else { return nil }
        asked = waiting
        return waiting.wholeGeneration
    }

    /// The requested memory came. Takes over its descriptors.
    mutating func received(
        _ generation: Generation, buffer: UInt64, descriptors: SIMD4<CInt>, count: Int, times: ClosedRange<UInt64>
    ) throws(ProtocolFault) -> Generation? {
        guard let request = asked, request.wholeGeneration == generation, request.buffer == buffer else {
            for index in 0..<count { _ = OwnedDescriptor(adopting: descriptors[index]) }
            throw .unasked(type: PLANE_DMABUF.rawValue)
        }
        asked = nil
        do throws(PlaneFault) {
            keep(try BufferEntry(buffer, kind, request.layoutClaim, adopting: descriptors, count: count))
        } catch {
            // The same buffer in the next state would be no better; another may be.
            guard let info = waiting, info.buffer == buffer else { return next() }
            waiting = nil
            shown = .failed(.invalid(error))
            return nil
        }
        guard let info = waiting, let entry = buffers.find(info.buffer) else { return next() }
        waiting = nil
        show(info, entry, times)
        return nil
    }

    /// The request for memory was refused.
    mutating func refused(_ error: PlaneError) throws(ProtocolFault) -> Generation? {
        guard let request = asked else { throw .unasked(type: PLANE_DMABUF.rawValue) }
        asked = nil
        // If something newer was told meanwhile, only that counts.
        guard let info = waiting, info.wholeGeneration == request.wholeGeneration else { return next() }
        waiting = nil
        // What was shown before must not be shown again: the viewer will acknowledge this state, and with that give up its hold.
        if case .off = error { shown = .off } else { shown = .failed(error) }
        return nil
    }

    /// Repeats a request that failed for the moment.
    mutating func retry(_ info: plane_info) -> Generation? {
        guard case .failed(.temporary) = shown, waiting == nil else { return nil }
        waiting = info
        return next()
    }

    /// Whether the plane is up to date with the last state.
    var isSettled: Bool { waiting == nil }

    private func isSame(_ earlier: Shown) -> Bool {
        switch (shown, earlier) {
        case (.off, .off): true
        case (.showing(let info, let entry), .showing(let before, let entryBefore)):
            info.generation == before.generation && entry === entryBefore && info.position == before.position
                && info.hotSpot == before.hotSpot
        default: false
        }
    }

    private mutating func showRegion(_ region: RegionMemory, _ info: plane_info, _ times: ClosedRange<UInt64>) {
        if let entry = buffers.values.first { return show(info, entry, times) }
        guard let copy = region.descriptor.duplicate() else {
            shown = .failed(.temporary(errno: Errno.last.code))
            return
        }
        do throws(PlaneFault) {
            let entry = try BufferEntry(0, kind, info.layoutClaim, adopting: [copy.release(), -1, -1, -1], count: 1)
            buffers.insert(entry, as: 0)
            show(info, entry, times)
        } catch {
            shown = .failed(.invalid(error))
        }
    }

    private mutating func show(_ info: plane_info, _ entry: BufferEntry, _ times: ClosedRange<UInt64>) {
        do throws(PlaneFault) {
            let identity = try entry.identity(kind, info.layoutClaim)
            shown = .showing(try info.picture(identity, times: times), entry)
            remember(info.buffer, as: identity)
        } catch {
            shown = .failed(.invalid(error))
        }
    }

    /// The server's number for memory that was shown; nil if that is too long ago.
    mutating func name(of identity: BufferIdentity) -> UInt64? { names.find(identity) }

    private mutating func remember(_ name: UInt64, as identity: BufferIdentity) {
        if let earlier = names.find(identity) {
            guard earlier != name else { return }
            names.remove { $0 == earlier }
        }
        names.insert(name, as: identity)
    }

    /// Keeps a new buffer. One of another size begins a new mode: then the old mode's memory is let go.
    private mutating func keep(_ entry: BufferEntry) {
        buffers.remove { $0.size != entry.size || $0.name == entry.name }
        buffers.insert(entry, as: entry.name)
    }
}
