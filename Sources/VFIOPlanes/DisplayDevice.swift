// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO
internal import Glibc
internal import Planes

/// An open device with a display: the type of its planes, and what they showed last.
final class DisplayDevice {
    // The device goes before what it was opened through: members go in this order.
    private let calls: any DeviceCalls
    private let reader: any PictureReader
    private let owning: AnyObject?
    private let hasCursor: Bool
    private(set) var records = PerPlane { _ in PlaneRecord() }
    /// Whether the driver named a hot spot outside of its cursor.
    private(set) var isHotSpotWrong = false

    /// The number of queries at once: a plane may move on between query and get.
    private static let tries = 3

    /// Asks which type of planes the device has. nil if it has no display at all.
    init?(_ calls: any DeviceCalls, owning: AnyObject?, damage: DamagePolicy) throws(ReadFault) {
        if try Self.has(.primary, UInt32(VFIO_GFX_PLANE_TYPE_DMABUF), calls) {
            reader = DMABUFReader(calls, damage: damage)
            hasCursor = try Self.has(.cursor, UInt32(VFIO_GFX_PLANE_TYPE_DMABUF), calls)
        } else if try Self.has(.primary, UInt32(VFIO_GFX_PLANE_TYPE_REGION), calls) {
            reader = RegionReader(calls)
            // mdpy ignores a query's kind of plane: its cursor would be the whole screen once more.
            hasCursor = false
        } else {
            return nil
        }
        self.calls = calls
        self.owning = owning
    }

    private static func has(_ kind: PlaneKind, _ type: UInt32, _ calls: any DeviceCalls) throws(ReadFault) -> Bool {
        do throws(DeviceError) {
            try calls.probe(kind, type: type)
            return true
        } catch {
            switch error.errno {
            case ENODEV, ENXIO, EBADF: throw .call("VFIO_DEVICE_QUERY_GFX_PLANE", errno: error.errno)
            default: return false
            }
        }
    }

    var bytesCopied: UInt64 { reader.bytesCopied }
    var isRegion: Bool { reader.type == UInt32(VFIO_GFX_PLANE_TYPE_REGION) }

    func record(of kind: PlaneKind) -> PlaneRecord { records[kind] }

    /// Asks the device what the plane shows now, and keeps that in its record. If it throws, the record has what was shown before.
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
