// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Planes

/// Why a plane can't be read just now.
enum ReadFault: Error, CustomStringConvertible {
    /// The kernel refused a call.
    case call(StaticString, errno: CInt)
    /// What the device says of the plane isn't to be believed.
    case invalid(PlaneFault)
    /// The driver doesn't know the buffer that it has just named: the plane has moved on, and a query tells where to.
    case unknownBuffer(errno: CInt)
    /// It moved on with every try.
    case movedOn
    /// The driver's buffer is neither a dma-buf nor other memory.
    case notMemory

    /// What becomes of the plane.
    enum Consequence {
        /// Nothing new this time; the next query may do.
        case nextTime
        /// It fails in the same way for some time: the last picture stays, and it is tried again after a pause.
        case pause
        /// The device is gone, or was never one with planes.
        case end
    }

    func consequence(for kind: PlaneKind) -> Consequence {
        switch self {
        case .movedOn: .nextTime
        case .invalid, .unknownBuffer, .notMemory: .pause
        case .call(_, let code):
            switch code {
            // mbochs answers ENOMEM to the first query of every new mode, and the second one right.
            case ENOMEM, EAGAIN, ENOSPC, EMFILE, ENFILE: .nextTime
            // A driver may find a word of its own for a cursor that it doesn't have: the primary plane tells of the device.
            case ENODEV, ENXIO, EBADF, ENOTTY: kind == .primary ? .end : .pause
            default: .pause
            }
        }
    }

    /// A positive errno for whoever wants one.
    var code: CInt {
        switch self {
        case .call(_, let code), .unknownBuffer(let code): code
        case .invalid, .notMemory: EINVAL
        case .movedOn: EAGAIN
        }
    }

    var description: String {
        switch self {
        case .call(let call, let code): "\(call): \(String(cString: strerror(code)))"
        case .invalid(let fault): fault.description
        case .unknownBuffer(let code):
            "its driver doesn't give out the buffer it names (VFIO_DEVICE_GET_GFX_DMABUF: \(String(cString: strerror(code))))"
        case .movedOn: "it changes faster than it can be asked"
        case .notMemory: "its buffer is neither a dma-buf nor memory"
        }
    }
}

/// What isn't tried again before its time.
struct Pause {
    let fault: ReadFault
    /// The memory that can't be had, where only that one fails; nil where the query itself does, and isn't made then.
    let memory: PlaneClaim.Memory?
    /// Nanoseconds.
    let length: UInt64
    /// CLOCK_MONOTONIC in nanoseconds.
    let until: UInt64

    /// Short at first: i915 answers EINVAL and EFAULT while a guest changes its mode, and that is over in a moment.
    static let shortest: UInt64 = 100_000_000
    static let longest: UInt64 = 2_000_000_000

    /// Twice as long as the one before it, where that was about the same.
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

    /// Whether it is the first of its kind: those that follow needn't be told again.
    var isNews: Bool { length == Self.shortest }
}
