// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Measurement
internal import Planes
internal import Surfaces

/// One plane on its way to the compositor: turns the source's state into a buffer that can be attached.
struct PlanePresenter {
    /// What the coming commit does about a plane.
    enum Step {
        /// The plane shows the same picture, perhaps at another place.
        case unchanged(PlaneInfo)
        /// A new picture, imported and ready.
        case show(PlaneInfo, ImportedBuffer)
        /// An import is under way: nothing is committed until it is answered.
        case wait
        case off
        /// The plane isn't available at the moment: hold the last picture.
        case hold
        /// The compositor holds as many buffers as it may: hold the last picture until it releases one.
        case full
        /// No rung takes the memory; reported once for each layout.
        case unusable(ImportError)
    }

    /// What the coming commit does with a new picture.
    struct Presentation {
        let attachment: Attachment
        /// The generation that was shown until now.
        let last: Generation?
        /// Whether its buffer is shown for the first time.
        let isFresh: Bool
    }

    let kind: PlaneKind
    private(set) var cache = BufferCache<ImportedBuffer>()
    /// The generation and memory of the picture on screen.
    private(set) var shown: (generation: Generation, identity: BufferIdentity)?
    /// The last layout that no rung took. Buffers that take turns are reported once.
    private var unusable: PlaneLayout?
    /// Whether buffers of another size still wait for their release.
    private var hasLeftovers = false
    /// Buffers of a source that has ended, kept while one of them may be on screen.
    private var disowned: [ImportedBuffer] = []
    /// Imports over a rung that isn't used any more. The guest draws into their memory again only when the compositor has released it.
    private var replaced: [ImportedBuffer] = []
    private var copiedByEvicted: UInt64 = 0
    /// The number of tries in a row that failed for a moment.
    private(set) var temporaryFailures = 0

    /// Hears of releases.
    unowned var owner: (any BufferOwner)?

    init(kind: PlaneKind) { self.kind = kind }

    /// Queries the source, and starts an import if the memory is new.
    mutating func step(
        _ guest: ViewedGuest, _ ladder: BufferLadder, _ ledger: ViewLedger
    ) throws(PlaneError) -> Step {
        do throws(PlaneError) {
            let step = try attempt(guest, ladder, ledger)
            temporaryFailures = 0
            return step
        } catch {
            switch error {
            case .stale: ledger.statistics.frames.stale += 1
            case .temporary: temporaryFailures += 1
            case .off, .invalid, .ended: break
            }
            throw error
        }
    }

    private mutating func attempt(
        _ guest: ViewedGuest, _ ladder: BufferLadder, _ ledger: ViewLedger
    ) throws(PlaneError) -> Step {
        // A guest that flips as fast as it can moves on between query and buffer; three tries, then the next change serves.
        for _ in 0..<3 {
            guard case .showing(let info) = try guest.planes.query(kind) else { return .off }
            if let shown, shown.generation == info.generation, shown.identity == info.identity { return .unchanged(info) }
            if info.identity.layout == unusable {
                guest.planes.skipped(kind, generation: info.generation)
                return .hold
            }
            guard guest.hold(kind, info.generation) else {
                ledger.statistics.frames.stale += 1
                continue
            }
            if let buffer = cache.find(info.identity) { return .show(info, buffer) }
            guard !cache.isFull, replaced.count < BufferCache<ImportedBuffer>.limit else { return .full }
            do throws(PlaneError) {
                let buffer = try guest.planes.buffer(for: kind, generation: info.generation)
                switch ladder.start(buffer, kind: kind) {
                case .now(let imported):
                    add(imported, ledger)
                    return .show(info, imported)
                case .later: return .wait
                case .never(let error):
                    wasRefused(info.identity, error, ledger)
                    guest.planes.skipped(kind, generation: info.generation)
                    return .unusable(error)
                }
            } catch {
                guard case .stale = error else { throw error }
                ledger.statistics.frames.stale += 1
            }
        }
        return .hold
    }

    mutating func add(_ imported: ImportedBuffer, _ ledger: ViewLedger) {
        ledger.statistics.buffers.imports += 1
        if let owner {
            imported.listen { [unowned owner, unowned imported, kind] in owner.wasReleased(kind, imported) }
        }
        retire(cache.insert(imported), ledger)
    }

    /// Makes a new picture the one that is shown.
    ///
    /// - Returns: what to attach; nil if the compositor still holds every copy of it.
    mutating func present(_ info: PlaneInfo, _ buffer: ImportedBuffer, _ ledger: ViewLedger) -> Presentation? {
        let size = info.identity.layout.size
        // After darkness or a mode switch the surface holds nothing that the guest's damage could be counted from.
        let damage = shown?.identity.layout.size == size ? info.damage : .everything
        guard let attachable = cache.attachable(buffer, damage: damage) else { return nil }
        if hasLeftovers || shown.map({ $0.identity.layout.size != size }) == true {
            retire(cache.flush(keeping: size), ledger)
            hasLeftovers = cache.buffers.contains { $0.identity.layout.size != size }
        }
        let isFresh = buffer.isFresh
        if isFresh { buffer.isFresh = false }
        let last = shown?.generation
        shown = (info.generation, info.identity)
        return Presentation(
            attachment: Attachment(buffer: attachable, damage: damage.rectangle(in: size)), last: last, isFresh: isFresh)
    }

    /// The picture that is shown, if its buffer is still known.
    mutating func shownBuffer() -> (generation: Generation, buffer: ImportedBuffer)? {
        guard let shown, let buffer = cache.find(shown.identity) else { return nil }
        return (shown.generation, buffer)
    }

    /// No rung has taken this memory.
    mutating func wasRefused(_ identity: BufferIdentity, _ error: ImportError, _ ledger: ViewLedger) {
        ledger.statistics.buffers.importFailures += 1
        if !error.isTemporary { unusable = identity.layout }
    }

    /// The number of bytes that the copying rung has copied for this plane.
    var bytesCopied: UInt64 { cache.buffers.reduce(copiedByEvicted) { $0 + $1.bytesCopied } }

    private mutating func retire(_ evicted: [ImportedBuffer], _ ledger: ViewLedger) {
        ledger.statistics.buffers.evictions += UInt64(evicted.count)
        copiedByEvicted += evicted.reduce(0) { $0 + $1.bytesCopied }
    }

    mutating func wasHidden() { shown = nil }

    /// The number of this plane's buffers that the compositor knows.
    var liveBuffers: Int { cache.buffers.count + disowned.count + replaced.count }

    /// Another source follows: no identity finds the old source's buffers, and every generation is new.
    mutating func disown(_ ledger: ViewLedger) {
        let old = cache.removeAll()
        // Its releases mean nothing to the next source.
        for buffer in old + replaced { buffer.listen(nil) }
        retire(old, ledger)
        disowned += old.filter { !$0.isFresh } + replaced
        replaced = []
        beginAnew()
    }

    /// Another rung is used from now on: all memory is imported anew, that of the picture on screen included. What has been committed
    /// is kept until the compositor has released it.
    mutating func replaceImports(_ ledger: ViewLedger) {
        let old = cache.removeAll()
        retire(old, ledger)
        replaced += old.filter { !$0.isFresh }
        beginAnew()
    }

    private mutating func beginAnew() {
        shown = nil
        unusable = nil
        hasLeftovers = false
        temporaryFailures = 0
    }

    /// Whether the guest may draw into memory that one of its imports has given back: the compositor may hold another import of it,
    /// over an earlier rung or a later one.
    func isFree(_ identity: BufferIdentity) -> Bool {
        guard !replaced.isEmpty else { return true }
        return !(replaced + cache.buffers).contains { $0.identity == identity && $0.isPlaneMemory && $0.isBusy }
    }

    /// The guest's memory that the compositor reads, or may read again.
    var heldMemory: Set<BufferIdentity> {
        Set((replaced + cache.buffers).filter { $0.isPlaneMemory && $0.isBusy }.map(\.identity))
    }

    /// Drops buffers of which none is on screen any more: an earlier source's, as nobody writes to them again even if the compositor
    /// still holds them, and imports over an earlier rung when the compositor has released them.
    mutating func dropOldBuffers() {
        disowned.removeAll()
        replaced.removeAll { !$0.isBusy }
    }

    /// Whether there are buffers that wait for a moment at which they can be dropped.
    var hasOldBuffers: Bool { !disowned.isEmpty || !replaced.isEmpty }

    /// Drops every buffer; the count of copied bytes stays.
    mutating func close() {
        copiedByEvicted += cache.removeAll().reduce(0) { $0 + $1.bytesCopied }
        disowned.removeAll()
        replaced.removeAll()
    }
}

/// The owner of a plane's buffers.
protocol BufferOwner: AnyObject {
    /// The compositor has released a buffer's memory, or a copy of it.
    func wasReleased(_ kind: PlaneKind, _ buffer: ImportedBuffer)
}
