// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Planes
internal import System

/// A picture that never changes, as a guest's display: what a screen shows while no source is there. It takes the way of any guest's
/// picture, so that nothing else has to be drawn, scaled or turned.
final class StillSource: PlaneSource {
    weak var delegate: (any PlaneSourceDelegate)?
    let name: String
    let counts = SourceCounts()
    private let memory: OwnedDescriptor
    private let info: PlaneInfo
    private var isClosed = false

    /// - Parameter pixels: XRGB8888 in rows without padding.
    init(_ name: String, size: PixelSize, pixels: [UInt32]) throws(SourceError) {
        precondition(pixels.count == Int(size.width) * Int(size.height), "a value for each pixel")
        self.name = name
        let length = pixels.count * 4
        let claim = LayoutClaim(
            kind: .primary, width: size.width, height: size.height, fourcc: PixelFormat.xrgb8888.fourcc, stride: size.width * 4)
        do {
            let layout = try claim.validated(length: UInt64(length))
            let file = try OwnedDescriptor.memoryFile("oriel-idle", length: length)
            var failure: Errno?
            pixels.withUnsafeBytes { bytes in
                do throws(Errno) { try OwnedDescriptor.write(bytes, to: file.rawValue, at: 0) } catch { failure = error }
            }
            if let failure { throw failure }
            guard let place = file.fileIdentity() else { throw Errno.last }
            info = PlaneInfo(
                generation: Generation.none.next,
                identity: BufferIdentity(device: place.device, inode: place.inode, layout: layout), changedAt: EventLoop.now())
            memory = file
        } catch {
            throw SourceError(.fault, "\(name): its picture of \(size) can't be kept (\(error)): use a smaller one")
        }
    }

    func query(_ kind: PlaneKind) throws(PlaneError) -> PlaneState {
        guard !isClosed else { throw .ended }
        return kind == .primary ? .showing(info) : .off
    }

    func buffer(for kind: PlaneKind, generation: Generation) throws(PlaneError) -> PlaneBuffer {
        guard !isClosed else { throw .ended }
        guard kind == .primary else { throw .off }
        guard generation == info.generation else { throw .stale(asked: generation, current: info.generation) }
        guard let copy = memory.duplicate() else { throw .temporary(errno: Errno.last.code) }
        return PlaneBuffer(identity: info.identity, memory: .memfd, offer: .sharedMemory, descriptor: copy)
    }

    // Nobody draws into it.
    func committed(_ kind: PlaneKind, generation: Generation) {}
    func skipped(_ kind: PlaneKind, generation: Generation) {}
    func released(_ kind: PlaneKind, _ identity: BufferIdentity) {}

    func close() { isClosed = true }
}
