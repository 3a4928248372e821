// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import CPlaneProtocol
internal import Glibc
internal import Planes
internal import System

#if _endian(big)
#error("the protocol's fields are little-endian and are read in place")
#endif

/// One end of a connection: whole messages with their descriptors, in memory that is made once. All unsafe code of this room
/// is here and in `LocalSocket.swift`.
final class PacketSocket {
    /// A message as it came, readable until the next ``receive(_:)``.
    struct Packet {
        /// The whole of it; what didn't fit into ``PacketSocket/slotSize`` is lost, and `length` tells.
        let bytes: UnsafeRawBufferPointer
        /// Bytes that were sent.
        let length: Int
        /// The descriptors that came along, at most ``PLANE_MEMORY_PLANES``. Whoever handles the packet closes or keeps them.
        let descriptors: SIMD4<CInt>
        let descriptorCount: Int
        /// Whether more came than may; those are closed.
        let hadMoreDescriptors: Bool

        /// The type of a message whose size is what its header says.
        var type: UInt32? {
            guard length == bytes.count, length >= MemoryLayout<plane_header>.size else { return nil }
            let header = bytes.loadUnaligned(as: plane_header.self)
            return header.size == UInt32(length) ? header.type : nil
        }

        /// The message as the structure of its type; nil where its length isn't that structure's.
        func read<Message: BitwiseCopyable>(_ message: Message.Type) -> Message? {
            length == MemoryLayout<Message>.size && bytes.count == length ? bytes.loadUnaligned(as: Message.self) : nil
        }

        func closeDescriptors() {
            for index in 0..<descriptorCount { close(descriptors[index]) }
        }
    }

    enum Reception {
        /// So many packets were handed on.
        case packets(Int)
        /// Nothing is there just now.
        case nothing
        /// The peer has closed, or the connection is broken.
        case ended(errno: CInt)
    }

    enum Sending: Equatable {
        case sent
        /// The peer doesn't read: nothing was sent.
        case full
        case ended
    }

    /// A byte more than any message has, so that a longer one is seen as such.
    private static let slotSize = Int(PLANE_LARGEST_MESSAGE) + 8
    /// Enough for what may lie there: two states and some answers. More come with the next call.
    static let batch = 4

    let descriptor: OwnedDescriptor
    private let descriptorsEach: Int
    private let memory: UnsafeMutableRawBufferPointer
    private let lengths: UnsafeMutableBufferPointer<UInt32>
    private let counts: UnsafeMutableBufferPointer<UInt32>
    private let numbers: UnsafeMutableBufferPointer<CInt>
    private let overflows: UnsafeMutableBufferPointer<Bool>
    private var packets: oriel_packets

    /// - Parameter takesDescriptors: whether messages may bring descriptors; otherwise the kernel closes what comes.
    init(_ descriptor: consuming OwnedDescriptor, takesDescriptors: Bool) {
        self.descriptor = descriptor
        descriptorsEach = takesDescriptors ? Int(PLANE_MEMORY_PLANES) : 0
        memory = .allocate(byteCount: Self.slotSize * Self.batch, alignment: 8)
        lengths = .allocate(capacity: Self.batch)
        counts = .allocate(capacity: Self.batch)
        numbers = .allocate(capacity: Self.batch * Int(PLANE_MEMORY_PLANES))
        overflows = .allocate(capacity: Self.batch)
        packets = oriel_packets(
            bytes: memory.baseAddress!.assumingMemoryBound(to: UInt8.self), slot_size: UInt32(Self.slotSize),
            count: UInt32(Self.batch), descriptors_each: UInt32(descriptorsEach), lengths: lengths.baseAddress!,
            descriptor_counts: counts.baseAddress!, descriptors: numbers.baseAddress!,
            had_more_descriptors: overflows.baseAddress!)
    }

    deinit {
        memory.deallocate()
        lengths.deallocate()
        counts.deallocate()
        numbers.deallocate()
        overflows.deallocate()
    }

    /// Hands on what is there, in one system call and without waiting. `handle` gets every packet with its descriptors, whatever
    /// it thinks of the ones before.
    func receive(_ handle: (Packet) -> Void) -> Reception {
        let count = oriel_receive_packets(descriptor.rawValue, &packets)
        guard count > 0 else { return count == -EAGAIN ? .nothing : .ended(errno: -count) }
        for slot in 0..<Int(count) {
            let length = Int(lengths[slot])
            var descriptors = SIMD4<CInt>(repeating: -1)
            for index in 0..<Int(counts[slot]) { descriptors[index] = numbers[slot * descriptorsEach + index] }
            handle(
                Packet(
                    bytes: UnsafeRawBufferPointer(
                        rebasing: memory[slot * Self.slotSize..<slot * Self.slotSize + min(length, Self.slotSize)]),
                    length: length, descriptors: descriptors, descriptorCount: Int(counts[slot]),
                    hadMoreDescriptors: overflows[slot]))
        }
        return .packets(Int(count))
    }

    /// Sends one message; its descriptors are borrowed.
    func send<Message: BitwiseCopyable>(
        _ message: Message, descriptors: SIMD4<CInt> = SIMD4(repeating: -1), count: Int = 0
    ) -> Sending {
        let result = withUnsafeBytes(of: message) { bytes in
            withUnsafeBytes(of: descriptors) {
                oriel_send_packet(
                    self.descriptor.rawValue, bytes.baseAddress!, UInt32(bytes.count),
                    $0.baseAddress!.assumingMemoryBound(to: CInt.self), UInt32(count))
            }
        }
        switch result {
        case 0: return .sent
        // ENOBUFS and ETOOMANYREFS are the kernel's word for a peer that doesn't take its descriptors out.
        case -EAGAIN, -ENOBUFS, -ETOOMANYREFS: return .full
        default: return .ended
        }
    }
}
