// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes

/// The format and modifier pairs that the compositor imports, announced by events (version 3) or a table (4 and 5).
package struct FormatTable: Equatable {
    package struct Pair: Hashable {
        package let fourcc: UInt32
        package let modifier: UInt64

        package init(fourcc: UInt32, modifier: UInt64) {
            self.fourcc = fourcc
            self.modifier = modifier
        }
    }

    package struct Tranche: Equatable {
        /// The dev_t, whose bytes on the wire are little-endian.
        package var device: UInt64
        /// Whether the compositor can put such a buffer on a hardware plane.
        package var isScanout: Bool
        package var pairs: [Pair]
    }

    /// In order of the compositor's preference; one tranche without a device for version 3.
    package var tranches: [Tranche] = []
    /// The device on which the compositor renders; nil before version 4.
    package var mainDevice: UInt64?

    /// The most formats, pairs and tranches together that are kept, however long a compositor goes on. It is far more than any driver
    /// offers (a few thousand).
    package static let limit = 1 << 16

    package func contains(_ format: PixelFormat, _ modifier: Modifier) -> Bool {
        let pair = Pair(fourcc: format.fourcc, modifier: modifier.rawValue)
        return tranches.contains { $0.pairs.contains(pair) }
    }
}

/// Collects one round of zwp_linux_dmabuf_feedback_v1 until `done`, which yields the table as a whole. Everything in it comes from the
/// compositor and is checked: an impossible table is left out with a reason, and never read past its end.
package struct FeedbackCollector {
    /// The number of bytes of an entry: u32 format, u32 padding, u64 modifier.
    package static let entrySize = 16
    /// The largest format table in bytes.
    package static let largestTable = FormatTable.limit * entrySize

    /// The entries of the format table. They outlive a round, since the next one may omit the table.
    package private(set) var entries: [FormatTable.Pair] = []
    private var collected = FormatTable()
    private var tranche = FormatTable.Tranche(device: 0, isScanout: false, pairs: [])
    /// The number of pairs and tranches of this round.
    private var count = 0
    /// The first thing that was wrong; later faults may follow from it.
    package private(set) var fault: String?

    /// The bytes of a format table.
    package mutating func table(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count % Self.entrySize == 0 else {
            refuse("its format table has \(bytes.count) bytes, no multiple of \(Self.entrySize)")
            return
        }
        entries = stride(from: 0, to: bytes.count, by: Self.entrySize).map {
            FormatTable.Pair(
                fourcc: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self)),
                modifier: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 + 8, as: UInt64.self)))
        }
    }

    /// Notes why the table that was sent isn't available. Later indices refer to its entries, so the older ones are dropped.
    package mutating func refuse(_ reason: String) {
        entries = []
        fault = fault ?? reason
    }

    package mutating func mainDevice(_ bytes: [UInt8]) { collected.mainDevice = Self.device(bytes) }
    package mutating func trancheDevice(_ bytes: [UInt8]) { tranche.device = Self.device(bytes) ?? 0 }
    package mutating func trancheFlags(scanout: Bool) { tranche.isScanout = scanout }

    /// Adds the entries with these indices into the table, u16 each.
    package mutating func trancheFormats(_ bytes: [UInt8]) {
        for offset in stride(from: 0, to: bytes.count - bytes.count % 2, by: 2) {
            let index = Int(bytes[offset]) | Int(bytes[offset + 1]) << 8
            guard index < entries.count else {
                refuse("its tranche names entry \(index) of a format table of \(entries.count)")
                continue
            }
            guard hasRoom() else { return }
            tranche.pairs.append(entries[index])
        }
    }

    package mutating func trancheDone() {
        if hasRoom() { collected.tranches.append(tranche) }
        tranche = FormatTable.Tranche(device: 0, isScanout: false, pairs: [])
    }

    /// Ends the round, and returns its table.
    package mutating func done() -> FormatTable {
        defer {
            collected = FormatTable()
            count = 0
        }
        return collected
    }

    private mutating func hasRoom() -> Bool {
        guard count < FormatTable.limit else {
            fault = fault ?? "it names more than \(FormatTable.limit) formats"
            return false
        }
        count += 1
        return true
    }

    private static func device(_ bytes: [UInt8]) -> UInt64? {
        guard bytes.count == 8 || bytes.count == 4 else { return nil }
        return bytes.enumerated().reduce(0) { $0 | UInt64($1.element) << (8 * UInt64($1.offset)) }
    }
}
