// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import EventLoop
internal import Planes
internal import System

/// Hears what a viewer wants, and executes it.
protocol ViewerHandler: AnyObject {
    /// - Throws: what ends this viewer's connection, and nobody else's.
    func handle(_ request: ViewerRequest, of viewer: Viewer) throws(ProtocolFault)
    func ended(_ viewer: Viewer, because fault: ProtocolFault?)
}

/// One connection as the server sees it: its stage, and what it was told.
final class Viewer {
    enum Stage: Equatable {
        /// Nothing is answered before its hello.
        case connected
        case greeted(features: UInt64)
        case gone
    }

    /// The viewer's name towards the source; never used again.
    let number: Int
    let connectedAt: UInt64
    var stage = Stage.connected
    var name = ""

    var window = StateWindow(size: UInt64(PLANE_STATE_WINDOW))
    /// Since when nothing can be told it, for want of an acknowledgement.
    private(set) var isFullSince: UInt64?
    var holds = PerPlane { _ in PlaneHolds() }
    /// The server's revision that it was last told, and whether a notice of it is unanswered.
    var toldRevision: UInt64 = 0
    var awaitsQuery = false

    private let socket: PacketSocket
    private var budget: MessageBudget
    private var watch: DescriptorSource?
    private unowned let handler: any ViewerHandler

    init(
        _ socket: PacketSocket, number: Int, loop: EventLoop, handler: any ViewerHandler
    ) throws(EventLoopError) {
        self.socket = socket
        self.number = number
        self.handler = handler
        connectedAt = EventLoop.now()
        budget = MessageBudget(at: connectedAt)
        watch = try loop.watch(socket.descriptor.rawValue) { [unowned self] _ in receive() }
    }

    deinit { close() }

    var features: UInt64 { if case .greeted(let features) = stage { features } else { 0 } }
    var isGreeted: Bool { if case .greeted = stage { true } else { false } }
    var isPushed: Bool { features & PLANE_FEATURE_PUSH != 0 }
    var takesMultiPlane: Bool { features & PLANE_FEATURE_MULTI_PLANE != 0 }

    /// One call's worth of messages, so that no viewer keeps the loop from the others.
    private func receive() {
        var fault: ProtocolFault?
        let reception = socket.receive { packet in
            // Descriptors don't get here: the kernel closes them.
            guard fault == nil, stage != .gone else { return }
            do throws(ProtocolFault) {
                try budget.receive(at: EventLoop.now())
                try handler.handle(ViewerRequest(packet, isGreeted: isGreeted), of: self)
            } catch {
                fault = error
            }
        }
        guard stage != .gone else { return }
        if let fault { return handler.ended(self, because: fault) }
        if case .ended = reception { handler.ended(self, because: nil) }
    }

    /// Sends an answer or a notice. One that the viewer's full socket doesn't take is told to the caller, who drops the viewer.
    func send<Message: BitwiseCopyable>(
        _ message: Message, descriptors: SIMD4<CInt> = SIMD4(repeating: -1), count: Int = 0
    ) -> PacketSocket.Sending {
        socket.send(message, descriptors: descriptors, count: count)
    }

    /// A notice or a state was sent: it has something to say about it.
    func wasTold() {
        budget.wasTold()
        isFullSince = window.isOpen ? nil : isFullSince ?? EventLoop.now()
    }

    func acknowledge(_ sequence: UInt64) throws(ProtocolFault) {
        try window.acknowledge(sequence)
        for kind in PlaneKind.allCases { holds[kind].acknowledge(sequence) }
        if window.isOpen { isFullSince = nil }
    }

    func close() {
        stage = .gone
        watch = nil
    }
}
