// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Measurement
internal import Planes

/// One plane's way to the compositor: from what the source says to a buffer that can be attached.
struct PlanePresenter {
    /// What is to be done about a plane in the coming commit.
    enum Step {
        /// It shows what it showed; its place may differ.
        case unchanged(PlaneInfo)
        /// A new picture, imported and ready.
        case show(PlaneInfo, ImportedBuffer)
        /// An import is under way: commit nothing until it is answered.
        case wait
        case off
        /// Nothing can be had just now: hold the last picture.
        case hold
        /// The compositor holds as many buffers as it may: hold the last picture until it gives some back.
        case full
        /// The memory can't be imported; said once for each layout.
        case unusable(ImportError)
    }

    let kind: PlaneKind
    private(set) var cache = BufferCache<ImportedBuffer>()
    /// The picture on screen: its generation and memory.
    private(set) var shown: (generation: Generation, identity: BufferIdentity)?
    /// Pixels of this layout can't be had; buffers that only take turns with each other are told of once.
    private var unusable: PlaneLayout?
    /// Whether buffers of another size still wait for their release.
    private var hasLeftovers = false
    /// Of a source that has ended: kept while one of them may be on screen.
    private var disowned: [ImportedBuffer] = []
    private var copiedByEvicted: UInt64 = 0
    /// Tries in a row that failed for a moment.
    private(set) var temporaryFailures = 0

    init(kind: PlaneKind) { self.kind = kind }

    /// Asks the source, and the importer where the memory is new.
    mutating func step(
        _ source: any PlaneSource, _ importer: BufferImporter, _ statistics: inout Statistics
    ) throws(PlaneError) -> Step {
        do throws(PlaneError) {
            let step = try attempt(source, importer, &statistics)
            temporaryFailures = 0
            return step
        } catch {
            switch error {
            case .stale: statistics.frames.stale += 1
            case .temporary: temporaryFailures += 1
            case .off, .invalid, .ended: break
            }
            throw error
        }
    }

    private mutating func attempt(
        _ source: any PlaneSource, _ importer: BufferImporter, _ statistics: inout Statistics
    ) throws(PlaneError) -> Step {
        // A guest that flips as fast as it can moves on between query and buffer; three tries, then the next change serves.
        for _ in 0..<3 {
            guard case .showing(let info) = try source.query(kind) else { return .off }
            if let shown, shown.generation == info.generation, shown.identity == info.identity { return .unchanged(info) }
            if info.identity.layout == unusable {
                // Nothing will come of it: the guest needn't wait.
                source.skipped(kind, generation: info.generation)
                return .hold
            }
            if let buffer = cache.find(info.identity) { return .show(info, buffer) }
            guard !cache.isFull else { return .full }
            do throws(PlaneError) {
                let buffer = try source.buffer(for: kind, generation: info.generation)
                switch importer.start(buffer, kind: kind) {
                case .now(let outcome):
                    add(outcome, &statistics)
                    return .show(info, outcome.buffer)
                case .later: return .wait
                case .never(let error):
                    wasRefused(info.identity, error, &statistics)
                    source.skipped(kind, generation: info.generation)
                    return .unusable(error)
                }
            } catch {
                guard case .stale = error else { throw error }
                statistics.frames.stale += 1
            }
        }
        return .hold
    }

    mutating func add(_ outcome: ImportOutcome, _ statistics: inout Statistics) {
        statistics.buffers.imports += 1
        outcome.buffer.reason = outcome.reason
        retire(cache.insert(outcome.buffer), &statistics)
    }

    mutating func wasShown(_ info: PlaneInfo, _ buffer: ImportedBuffer, _ statistics: inout Statistics) {
        let size = info.identity.layout.size
        if hasLeftovers || shown.map({ $0.identity.layout.size != size }) == true {
            retire(cache.flush(keeping: size), &statistics)
            hasLeftovers = cache.buffers.contains { $0.identity.layout.size != size }
        }
        if buffer.isFresh { buffer.isFresh = false } else { statistics.buffers.cacheHits += 1 }
        let memory = buffer.memory.rawValue
        if kind == .primary,
            statistics.path != buffer.path || statistics.pathReason != buffer.reason || statistics.memory != memory
        {
            statistics.path = buffer.path
            statistics.pathReason = buffer.reason
            statistics.memory = memory
        }
        shown = (info.generation, info.identity)
        dropDisowned()
    }

    /// The compositor answered that it can't have this memory.
    mutating func wasRefused(_ identity: BufferIdentity, _ error: ImportError, _ statistics: inout Statistics) {
        statistics.buffers.importFailures += 1
        if !error.isTemporary { unusable = identity.layout }
    }

    /// Bytes that the copying rung has copied for this plane.
    var bytesCopied: UInt64 { cache.buffers.reduce(copiedByEvicted) { $0 + $1.bytesCopied } }

    private mutating func retire(_ evicted: [ImportedBuffer], _ statistics: inout Statistics) {
        statistics.buffers.evictions += UInt64(evicted.count)
        copiedByEvicted += evicted.reduce(0) { $0 + $1.bytesCopied }
    }

    mutating func wasHidden() { shown = nil }

    /// Buffers that the compositor has of this plane.
    var liveBuffers: Int { cache.buffers.count + disowned.count }

    /// The source is another one from now on: no identity finds the old one's buffers, and any generation is new.
    mutating func disown(_ statistics: inout Statistics) {
        let old = cache.removeAll()
        retire(old, &statistics)
        disowned += old.filter { !$0.isFresh }
        shown = nil
        unusable = nil
        hasLeftovers = false
        temporaryFailures = 0
    }

    /// Nothing of an earlier source is on screen any more. Its memory is used by nobody again, so the compositor may still hold it.
    mutating func dropDisowned() { disowned.removeAll() }

    /// Gives every buffer back; what was copied is still known.
    mutating func close() {
        copiedByEvicted += cache.removeAll().reduce(0) { $0 + $1.bytesCopied }
        disowned.removeAll()
    }
}
