// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Planes
internal import System

/// The memory of a picture, kept open, so that its identity stays true as long as this lives.
final class DeviceBuffer {
    private let buffer: PlaneBuffer

    init(_ buffer: consuming PlaneBuffer) { self.buffer = buffer }

    /// Takes over the descriptor that a driver gave out for a plane. What the kernel says about it counts, not what the driver does.
    convenience init(
        _ descriptor: consuming OwnedDescriptor, claim: PlaneClaim, layout: PlaneLayout
    ) throws(ReadFault) {
        let facts: MemoryFacts
        do throws(MemoryFault) { facts = try MemoryFacts(of: descriptor.rawValue) } catch {
            switch error {
            case .notMemory: throw .notMemory
            case .system(let code): throw .call("fstat", errno: code)
            }
        }
        do throws(PlaneFault) { try layout.checkLength(facts.length ?? claim.plausibleLength(of: layout)) } catch {
            throw .invalid(error)
        }
        self.init(
            PlaneBuffer(identity: BufferIdentity(of: facts, layout: layout), memory: facts.memory, descriptor: descriptor))
    }

    var identity: BufferIdentity { buffer.identity }

    /// Makes another owner of the same memory, for the importer.
    func makeBuffer() throws(PlaneError) -> PlaneBuffer { try buffer.duplicate() }

    /// Whether a window, a compositor or a GPU has the dma-buf open, too. False where the kernel doesn't say.
    var isHeldElsewhere: Bool {
        // The `count` in a dma-buf's fdinfo is the number of its open files and imports (dma_buf_show_fdinfo,
        // drivers/dma-buf/dma-buf.c).
        guard buffer.memory == .dmabuf, let text = Files.contents(of: "/proc/self/fdinfo/\(buffer.descriptor(plane: 0))") else {
            return false
        }
        let count = text.split(separator: "\n").first { $0.hasPrefix("count:") }
        return count.flatMap { Int($0.filter(\.isNumber)) } ?? 0 > 1
    }
}
