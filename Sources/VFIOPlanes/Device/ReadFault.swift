// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Planes
internal import System

/// The reason why a plane can't be read just now.
enum ReadFault: Error, CustomStringConvertible {
    /// The kernel refused a call.
    case call(StaticString, errno: CInt)
    /// The device's claim about the plane fails validation.
    case invalid(PlaneFault)
    /// The driver doesn't know the buffer that it has just named: the plane has moved on, and must be queried again.
    case unknownBuffer(errno: CInt)
    /// The plane moved on after each query.
    case movedOn
    /// The driver's buffer is neither a dma-buf nor other memory.
    case notMemory

    /// The effect of a fault on its plane.
    enum Consequence {
        /// There is nothing new this time; the next query may succeed.
        case nextTime
        /// It fails in the same way for some time: the last picture stays, and the plane is queried again after a pause.
        case pause
        /// The device is gone, or never had planes.
        case end
    }

    func consequence(for kind: PlaneKind) -> Consequence {
        switch self {
        case .movedOn: .nextTime
        case .invalid, .unknownBuffer, .notMemory: .pause
        case .call(_, let code):
            switch code {
            // mbochs answers ENOMEM to the first query of every new mode, and answers the second one correctly.
            case ENOMEM, EAGAIN, ENOSPC, EMFILE, ENFILE: .nextTime
            // Drivers differ in their errors for a cursor that they don't have: only the primary plane's say that the device is gone.
            case ENODEV, ENXIO, EBADF, ENOTTY: kind == .primary ? .end : .pause
            default: .pause
            }
        }
    }

    /// The nearest errno, positive.
    var code: CInt {
        switch self {
        case .call(_, let code), .unknownBuffer(let code): code
        case .invalid, .notMemory: EINVAL
        case .movedOn: EAGAIN
        }
    }

    var description: String {
        switch self {
        case .call(let call, let code): "\(call): \(Errno(code: code).text)"
        case .invalid(let fault): fault.description
        case .unknownBuffer(let code):
            "its driver doesn't give out the buffer that it names (VFIO_DEVICE_GET_GFX_DMABUF: \(Errno(code: code).text))"
        case .movedOn: "it changes faster than it can be queried"
        case .notMemory: "its buffer is neither a dma-buf nor memory"
        }
    }
}

/// A pause before the next attempt to read a plane or one of its buffers.
struct Pause {
    let fault: ReadFault
    /// The memory that isn't available; nil where the query itself fails, and so isn't made during the pause.
    let memory: PlaneClaim.Memory?
    /// Nanoseconds.
    let length: UInt64
    /// CLOCK_MONOTONIC in nanoseconds.
    let until: UInt64

    /// The first pause, in nanoseconds. It is short: i915 answers EINVAL and EFAULT while a guest changes its mode, for a moment only.
    static let shortest: UInt64 = 100_000_000
    /// Nanoseconds.
    static let longest: UInt64 = 2_000_000_000

    /// Makes a pause twice as long as the earlier one where both concern the same memory.
    init(for fault: ReadFault, memory: PlaneClaim.Memory?, at now: UInt64, after earlier: Pause?) {
        self.fault = fault
        self.memory = memory
        if let earlier, earlier.memory == memory {
            length = min(2 * earlier.length, Self.longest)
        } else {
            length = Self.shortest
        }
        until = now &+ length
    }

    /// Whether this is the first pause in a row: the following ones needn't be logged.
    var isNews: Bool { length == Self.shortest }
}
