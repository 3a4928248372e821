// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import Planes
internal import System

/// One plane as a viewer knows it: what it may show, and what it has heard of without having its memory yet. A value: messages go
/// in, and what is to be asked comes out.
///
/// What may be shown changes only once the memory of the newer picture is here. So a query never waits for the server, and a
/// picture that was overtaken while its memory was on its way is never shown.
struct WatchedPlane {
    enum Shown {
        case off
        case showing(PlaneInfo, BufferEntry)
        /// What a query throws until something newer is here.
        case failed(PlaneError)
    }

    /// Buffers kept: as many as a window keeps, and as a guest may have.
    static let capacity = 16

    let kind: PlaneKind
    private(set) var shown = Shown.off {
        didSet { if !isSame(oldValue) { changes += 1 } }
    }
    /// How often something else could be shown than before.
    private(set) var changes: UInt64 = 0
    /// Told last, and not shown for want of its memory.
    private(set) var waiting: plane_info?
    /// The buffer that is asked for: one at a time, so that answers need no numbers.
    private(set) var asked: plane_info?
    /// By the server's number.
    private(set) var buffers = RecentStore<UInt64, BufferEntry>(capacity: Self.capacity)
    private var region: RegionMemory?
    /// Requests that came too late.
    private(set) var staleAnswers: UInt64 = 0

    init(kind: PlaneKind) { self.kind = kind }

    /// With a region all memory is here from now on.
    mutating func adopt(_ region: RegionMemory) { self.region = region }

    var hasRegion: Bool { region != nil }

    /// A state came. Returns the generation to get the memory of, if any.
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

    /// The next request, where none is on its way.
    private mutating func next() -> Generation? {
        guard asked == nil, let waiting else { return nil }
        asked = waiting
        return waiting.wholeGeneration
    }

    /// The memory asked for came, with its descriptors, which are taken over.
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

    /// The memory asked for can't be had.
    mutating func refused(_ error: PlaneError) throws(ProtocolFault) -> Generation? {
        guard let request = asked else { throw .unasked(type: PLANE_DMABUF.rawValue) }
        asked = nil
        if case .stale = error { staleAnswers += 1 }
        // Something newer was told meanwhile: that is what counts.
        guard let info = waiting, info.wholeGeneration == request.wholeGeneration else { return next() }
        waiting = nil
        // What was shown before must not be shown again: by going past it the viewer gives up what it holds of it.
        if case .off = error { shown = .off } else { shown = .failed(error) }
        return nil
    }

    /// Asks again for what failed for a time.
    mutating func retry(_ info: plane_info) -> Generation? {
        guard case .failed(.temporary) = shown, waiting == nil else { return nil }
        waiting = info
        return next()
    }

    /// Whether the plane is up to date with what was told.
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
        } catch {
            shown = .failed(.invalid(error))
        }
    }

    /// A new buffer of another size is a new mode: the old one's memory isn't kept from being freed.
    private mutating func keep(_ entry: BufferEntry) {
        buffers.remove { $0.size != entry.size || $0.name == entry.name }
        buffers.insert(entry, as: entry.name)
    }
}
