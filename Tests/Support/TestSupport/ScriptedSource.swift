// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc
public import Planes
internal import System

/// A guest whose pictures, false claims and silences a test controls.
public class ScriptedSource: HoldingPlaneSource, DisplayModes {
    public weak var delegate: (any PlaneSourceDelegate)?
    public let name = "scripted guest"
    /// Whether the guest can be asked for modes. A window asks if this is set before it opens, for as long as it remains set.
    public var isResizable = false
    public private(set) var requested: [DisplayMode] = []
    public var counts = SourceCounts()
    public private(set) var committed: [(kind: PlaneKind, generation: Generation)] = []
    public private(set) var skipped: [(kind: PlaneKind, generation: Generation)] = []
    public private(set) var released: [(kind: PlaneKind, identity: BufferIdentity)] = []
    public private(set) var isClosed = false
    /// The number of buffers handed out.
    public private(set) var handedOut = 0
    /// The number of upcoming calls of `buffer` that are answered stale.
    public var staleAnswers = 0
    /// Errors thrown by every query of a plane while set.
    public var queryErrors: [PlaneKind: PlaneError] = [:]
    public private(set) var queries = 0
    /// Whether memory is handed out that nobody can read.
    public var isUnreadable = false
    public var offer = BufferOffer.dmabuf

    private var states: [PlaneKind: PlaneState] = [.primary: .off, .cursor: .off]
    private var generations: [PlaneKind: Generation] = [.primary: .none, .cursor: .none]

    public init() {}

    /// Memory that can hold pictures.
    public final class Memory {
        let descriptor: OwnedDescriptor
        public let identity: BufferIdentity
        let kind: PlaneMemory

        /// Creates memory filled with one colour, XRGB or ARGB. It is a memfd, whatever kind is claimed.
        public convenience init(
            width: UInt32, height: UInt32, format: PixelFormat = .xrgb8888, fill: UInt32 = 0xFF20_4060, modifier: UInt64 = 0,
            as kind: PlaneMemory = .memfd
        ) {
            self.init(width: width, height: height, format: format, modifier: modifier, as: kind) { _, _ in fill }
        }

        /// Creates memory with a colour for each pixel, by column and row.
        ///
        /// - Parameter stride: the bytes of a row; nil where no row is longer than its pixels.
        public init(
            width: UInt32, height: UInt32, format: PixelFormat = .xrgb8888, modifier: UInt64 = 0, as kind: PlaneMemory = .memfd,
            offset: UInt32 = 0, stride: UInt32? = nil, pixel: (UInt32, UInt32) -> UInt32
        ) {
            self.kind = kind
            let stride = stride ?? width * 4
            let length = Int(offset + stride * height)
            descriptor = OwnedDescriptor(adopting: oriel_memfd_create("scripted"))
            ftruncate(descriptor.rawValue, length)
            let pixels = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.rawValue, 0)!
            let row = pixels.bindMemory(to: UInt32.self, capacity: length / 4)
            for y in 0..<height { for x in 0..<width { row[Int(offset + y * stride) / 4 + Int(x)] = pixel(x, y) } }
            munmap(pixels, length)
            let claim = LayoutClaim(
                kind: .primary, width: width, height: height, fourcc: format.fourcc, modifier: modifier, offset: offset,
                stride: stride)
            let file = descriptor.fileIdentity()!
            identity = BufferIdentity(
                device: file.device, inode: file.inode, layout: try! claim.validated(length: descriptor.length()))
        }

        /// Cuts the memory off after this many bytes, when its length has long been looked at.
        public func shrink(to length: Int) { ftruncate(descriptor.rawValue, length) }

        /// The number of descriptors of this memory outside the guest.
        public var descriptorsGivenAway: Int { openDescriptors(device: identity.device, inode: identity.inode) - 1 }
    }

    private var memories: [BufferIdentity: Memory] = [:]

    /// Shows a new picture in this memory, without telling the delegate; `announce` does that.
    public func show(
        _ kind: PlaneKind, _ memory: Memory, at position: PixelPoint = .zero, damage: Damage = .everything,
        isFlipped: Bool = false, hotSpot: PixelPoint? = nil
    ) {
        generations[kind] = generations[kind]!.next
        memories[memory.identity] = memory
        place(kind, memory, at: position, damage: damage, isFlipped: isFlipped, hotSpot: hotSpot)
    }

    /// Moves the same picture to another position.
    public func move(_ kind: PlaneKind, _ memory: Memory, to position: PixelPoint) {
        place(kind, memory, at: position, damage: .everything)
    }

    public func turnOff(_ kind: PlaneKind) { states[kind] = .off }

    public func announce() { delegate?.planeSourceDidChange(self) }

    public func end(_ error: SourceError) { delegate?.planeSource(self, didEnd: error) }

    private func place(
        _ kind: PlaneKind, _ memory: Memory, at position: PixelPoint, damage: Damage, isFlipped: Bool = false,
        hotSpot: PixelPoint? = nil
    ) {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        states[kind] = .showing(
            PlaneInfo(
                generation: generations[kind]!, identity: memory.identity, position: position, hotSpot: hotSpot, damage: damage,
                isFlipped: isFlipped, changedAt: UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)))
    }

    // MARK: PlaneSource

    public func query(_ kind: PlaneKind) throws(PlaneError) -> PlaneState {
        queries += 1
        if let error = queryErrors[kind] { throw error }
        return states[kind]!
    }

    public func buffer(for kind: PlaneKind, generation: Generation) throws(PlaneError) -> PlaneBuffer {
        guard case .showing(let info) = states[kind]! else { throw .off }
        if staleAnswers > 0 {
            staleAnswers -= 1
            throw .stale(asked: generation, current: generation.next)
        }
        guard info.generation == generation else { throw .stale(asked: generation, current: info.generation) }
        let memory = memories[info.identity]!
        guard let copy = isUnreadable ? memory.descriptor.writable() : memory.descriptor.duplicate() else {
            throw .temporary(errno: errno)
        }
        handedOut += 1
        return PlaneBuffer(identity: info.identity, memory: memory.kind, offer: offer, descriptor: copy)
    }

    public func committed(_ kind: PlaneKind, generation: Generation) { committed.append((kind, generation)) }
    public func skipped(_ kind: PlaneKind, generation: Generation) { skipped.append((kind, generation)) }
    public func released(_ kind: PlaneKind, _ identity: BufferIdentity) { released.append((kind, identity)) }

    public func request(_ mode: DisplayMode) { requested.append(mode) }

    /// The primary plane's generations that each viewer holds; viewers that hold none are missing.
    public private(set) var holds: [Int: HeldGenerations] = [:]

    /// The next calls of `hold` for the primary plane find the picture drawn over, so many times.
    public var failingHolds = 0

    public func hold(_ kind: PlaneKind, _ generations: HeldGenerations, for viewer: Int) -> Bool {
        guard kind == .primary else { return true }
        holds[viewer] = generations.isEmpty ? nil : generations
        guard failingHolds > 0 else { return true }
        failingHolds -= 1
        return false
    }

    public func close() { isClosed = true }
}

/// The same guest as a polled source: its changes are found only by querying, and `announce` has no effect.
public final class PolledScriptedSource: ScriptedSource, PolledPlaneSource {}

extension OwnedDescriptor {
    /// The same file, open for writing alone.
    fileprivate func writable() -> OwnedDescriptor? {
        let number = open("/proc/self/fd/\(rawValue)", O_WRONLY | O_CLOEXEC)
        return number < 0 ? nil : OwnedDescriptor(adopting: number)
    }
}
