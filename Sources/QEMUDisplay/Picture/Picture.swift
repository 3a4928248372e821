// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Planes
internal import System

/// The memory of one picture from QEMU, kept for as long as a plane may show it.
final class Picture {
    /// The kind of listener method that brought the picture, and so the kind of updates that belong to it.
    enum Delivery {
        /// ScanoutMap brought QEMU's own surface.
        case map
        /// ScanoutDMABUF or ScanoutDMABUF2 brought a GPU's buffer.
        case dmabuf
        /// Scanout or CursorDefine brought bytes, which were copied into this memory.
        case bytes(SharedMemory)
    }

    let buffer: PlaneBuffer
    let delivery: Delivery
    let isFlipped: Bool

    init(_ buffer: consuming PlaneBuffer, by delivery: Delivery, isFlipped: Bool = false) {
        self.buffer = buffer
        self.delivery = delivery
        self.isFlipped = isFlipped
    }

    var size: PixelSize { buffer.layout.size }

    /// Makes another owner of the same memory, for the importer.
    func makeBuffer() throws(PlaneError) -> PlaneBuffer { try buffer.duplicate() }

    /// Converts a rectangle of the screen to the buffer's rows and columns: a flipped buffer begins with the bottom row.
    func bufferRectangle(_ onScreen: PixelRectangle) -> PixelRectangle {
        var rectangle = onScreen.clipped(to: size)
        if isFlipped && !rectangle.isEmpty { rectangle.y = Int32(size.height) - rectangle.y - rectangle.height }
        return rectangle
    }
}

extension Picture {
    /// QEMU's surface, passed on as it is.
    static func map(_ file: consuming OwnedDescriptor, claim: LayoutClaim) throws(ListenerFault) -> Picture {
        let place = try inspect(file.rawValue, dmabufs: false)
        let layout = try claim.checked(length: place.length)
        return Picture(
            PlaneBuffer(
                identity: BufferIdentity(of: place, layout: layout),
                memory: .memfd, offer: .sharedMemory, descriptor: file), by: .map)
    }

    /// A picture in a GPU's buffers: one for each memory plane, or one for all. Closes the descriptors where it throws.
    static func dmabuf(
        adopting numbers: SIMD4<CInt>, count: Int, claim: LayoutClaim, isFlipped: Bool
    ) throws(ListenerFault) -> Picture {
        do throws(ListenerFault) {
            let layout = try claim.checked(length: nil)
            guard count == 1 || count == layout.planeCount else {
                throw .planeArrays(
                    descriptors: count, offsets: layout.planeCount, strides: layout.planeCount,
                    planes: UInt32(layout.planeCount))
            }
            let first = try inspect(numbers[0], dmabufs: true)
            for plane in 0..<layout.planeCount {
                let place = plane == 0 || count == 1 ? first : try inspect(numbers[plane], dmabufs: true)
                guard let length = place.length else { continue }
                do throws(PlaneFault) { try layout.checkLength(length, plane: plane) } catch { throw .plane(error) }
            }
            let identity = BufferIdentity(of: first, layout: layout)
            let buffer =
                count == 1
                ? PlaneBuffer(identity: identity, memory: first.memory, descriptor: OwnedDescriptor(adopting: numbers[0]))
                : PlaneBuffer(identity: identity, memory: first.memory, adopting: numbers)
            return Picture(buffer, by: .dmabuf, isFlipped: isFlipped)
        } catch {
            for index in 0..<count { close(numbers[index]) }
            throw error
        }
    }

    /// A whole picture of bytes, copied into memory of our own: that of `reusable` where it has the same layout.
    static func bytes(
        _ bytes: UnsafeRawBufferPointer, claim: LayoutClaim, reusing reusable: Picture?
    ) throws(ListenerFault) -> Picture {
        let layout = try claim.checked(length: nil)
        guard UInt64(bytes.count) >= layout.linearLength else {
            throw .shortBytes(count: bytes.count, needed: layout.linearLength)
        }
        let length = Int(layout.linearLength)
        func fill(_ memory: SharedMemory) {
            memory.copyRows(1, of: length, from: bytes, at: 0, stride: length, to: 0, stride: length)
        }
        if let reusable, case .bytes(let memory) = reusable.delivery, reusable.buffer.layout == layout {
            fill(memory)
            return reusable
        }
        let memory = try SharedMemory(length: length)
        fill(memory)
        return Picture(try memory.makeBuffer(layout), by: .bytes(memory))
    }

    /// What a descriptor is according to the kernel rather than to the peer.
    private static func inspect(_ number: CInt, dmabufs: Bool) throws(ListenerFault) -> MemoryFacts {
        do throws(MemoryFault) {
            let facts = try MemoryFacts(of: number)
            // A map is read as a file: QEMU gives a memfd there.
            guard dmabufs || facts.memory == .memfd else { throw .notMemory }
            return facts
        } catch {
            switch error {
            case .notMemory: throw .notMemory
            case .system(let code): throw .system(errno: code)
            }
        }
    }
}
