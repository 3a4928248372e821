// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO
internal import Glibc
internal import Planes
internal import System

/// An open device with a display: the reader for its type of planes, and the planes' records.
final class DisplayDevice {
    // The device is closed before its group: members are released in this order.
    private let calls: any DeviceCalls
    private let reader: any PictureReader
    private let owning: AnyObject?
    private let hasCursor: Bool
    private(set) var records = PerPlane { _ in PlaneRecord() }
    /// Whether the driver has named a hot spot outside its cursor.
    private(set) var isHotSpotWrong = false

    /// The number of queries in a row while a plane moves on between query and get.
    private static let tries = 3

    /// Asks which type of plane the device has. Returns nil where it has no display at all.
    init?(_ calls: any DeviceCalls, owning: AnyObject?, damage: DamagePolicy) throws(ReadFault) {
        let probe = try DisplayProbe(calls)
        switch probe.type {
        case .dmabuf?: reader = DMABUFReader(calls, damage: damage)
        case .region?: reader = RegionReader(calls)
        case nil: return nil
        }
        hasCursor = probe.hasCursor
        self.calls = calls
        self.owning = owning
    }

    var bytesCopied: UInt64 { reader.bytesCopied }
    var isRegion: Bool { reader.type == UInt32(VFIO_GFX_PLANE_TYPE_REGION) }

    func record(of kind: PlaneKind) -> PlaneRecord { records[kind] }

    /// Updates the plane's record. Where this throws, the record keeps what was shown before.
    func look(at kind: PlaneKind, now: UInt64) throws(ReadFault) {
        guard kind == .primary || hasCursor else { return records.cursor.turnOff() }
        try look(at: kind, &records[kind], now: now)
    }

    private func look(at kind: PlaneKind, _ record: inout PlaneRecord, now: UInt64) throws(ReadFault) {
        guard !record.isPaused(nil, at: now) else { return }
        var tried: PlaneClaim.Memory?
        do throws(ReadFault) {
            var refused: (memory: PlaneClaim.Memory, fault: ReadFault)?
            for _ in 0..<Self.tries {
                tried = nil
                guard let claim = try calls.plane(kind, type: reader.type) else { return record.turnOff() }
                tried = claim.memory
                guard !record.isPaused(claim.memory, at: now) else { return }
                if let refused, refused.memory == claim.memory { throw refused.fault }
                do throws(ReadFault) {
                    try reader.read(claim, of: kind, into: &record, at: now)
                    isHotSpotWrong = isHotSpotWrong || claim.isHotSpotWrong
                    return
                } catch {
                    guard case .unknownBuffer = error else { throw error }
                    refused = (claim.memory, error)
                }
            }
            throw .movedOn
        } catch {
            if error.consequence(for: kind) == .pause { record.pause(for: error, memory: tried, at: now) }
            throw error
        }
    }

    func committed(_ kind: PlaneKind, _ generation: Generation) {
        if kind == .primary { reader.committed(generation) }
        records[kind].committed(generation)
    }

    func released(_ kind: PlaneKind, _ identity: BufferIdentity) {
        // Regions have no cursor.
        if kind == .primary { reader.released(identity) }
    }
}

/// The kind of display that a device says it has.
struct DisplayProbe: Equatable {
    enum PlaneType: String {
        case dmabuf = "dma-bufs"
        case region = "a region"

        /// VFIO_GFX_PLANE_TYPE_*.
        var flag: UInt32 { UInt32(self == .dmabuf ? VFIO_GFX_PLANE_TYPE_DMABUF : VFIO_GFX_PLANE_TYPE_REGION) }
    }

    /// The type of its planes; nil where it has no display.
    let type: PlaneType?
    /// Whether it has a cursor plane of its own.
    let hasCursor: Bool

    /// - Throws: ``ReadFault`` where the device has gone.
    init(_ calls: any DeviceCalls) throws(ReadFault) {
        if try Self.has(.primary, .dmabuf, calls) {
            type = .dmabuf
            hasCursor = try Self.has(.cursor, .dmabuf, calls)
        } else {
            type = try Self.has(.primary, .region, calls) ? .region : nil
            // mdpy doesn't look at a query's kind of plane: its cursor would be the whole screen once more.
            hasCursor = false
        }
    }

    private static func has(_ kind: PlaneKind, _ type: PlaneType, _ calls: any DeviceCalls) throws(ReadFault) -> Bool {
        do throws(Errno) {
            try calls.probe(kind, type: type.flag)
            return true
        } catch {
            switch error.code {
            case ENODEV, ENXIO, EBADF: throw .call("VFIO_DEVICE_QUERY_GFX_PLANE", errno: error.code)
            default: return false
            }
        }
    }
}
