// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import EventLoop
internal import Planes
internal import System

/// Carries out what viewers ask for.
protocol ViewerHandler: AnyObject {
    /// - Throws: A fault, which ends the connection of this viewer alone.
    func handle(_ request: ViewerRequest, of viewer: Viewer) throws(ProtocolFault)
    func ended(_ viewer: Viewer, because fault: ProtocolFault?)
}

/// A connection as the server sees it: how far it has come, and what the viewer was told.
final class Viewer {
    enum Stage: Equatable {
        /// The viewer hasn't said its hello; nothing else is answered before.
        case connected
        case greeted(features: UInt64)
        case gone
    }

    /// The viewer's number for the source, from 1 on; never used again.
    let number: Int
    let connectedAt: UInt64
    var stage = Stage.connected
    var name = ""

    var window = StateWindow(size: UInt64(PLANE_STATE_WINDOW))
    /// When the window filled up: CLOCK_MONOTONIC in nanoseconds; nil while it is open.
    private(set) var isFullSince: UInt64?
    var holds = PerPlane { _ in PlaneHolds() }
    /// The server's revision that the viewer was told last.
    var toldRevision: UInt64 = 0
    /// Whether the viewer was told to query, and hasn't yet.
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

    /// Handles the messages of one system call, so that no viewer keeps the loop from the others.
    private func receive() {
        var fault: ProtocolFault?
        let reception = socket.receive { packet in
            // No descriptors come along: the kernel has closed them.
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

    /// Sends an answer or a notice. The caller drops the viewer if its socket is full.
    func send<Message: BitwiseCopyable>(
        _ message: Message, descriptors: SIMD4<CInt> = SIMD4(repeating: -1), count: Int = 0
    ) -> PacketSocket.Sending {
        socket.send(message, descriptors: descriptors, count: count)
    }

    /// Records that a notice or a state was sent, which gives the viewer reason to send messages itself.
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
