// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import System

extension OwnedDescriptor {
    /// New memory of `length` zero bytes that can be a wl_shm pool.
    static func sharedMemory(_ length: Int) throws(ImportError) -> OwnedDescriptor {
        do throws(Errno) {
            return try memoryFile("oriel-copy", length: length)
        } catch {
            throw ImportError("\(length) bytes of shared memory: \(error.text)", isTemporary: true)
        }
    }
}

/// Mapped memory that several may refer to. With RowCopier the only place of this room where pixels are touched.
final class MappedMemory {
    private let mapping: Mapping
    var start: UnsafeMutableRawPointer { mapping.start }

    init(_ descriptor: CInt, count: Int, writable: Bool) throws(ImportError) {
        do throws(Errno) {
            mapping = try Mapping(descriptor, length: count, for: writable ? .writing : .reading)
        } catch {
            throw ImportError("its memory can't be mapped (\(error.text))", isTemporary: true)
        }
    }
}
