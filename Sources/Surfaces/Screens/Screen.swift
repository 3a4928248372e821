// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes
package import Wayland

/// One of the host's screens: a wl_output, and what it said of itself.
package final class Screen {
    package let global: Registry.Global
    /// Windows' surfaces that are on it, at least in part.
    package var surfaces: Set<WlSurface.Ref> = []
    /// Called when it has said something new, all of it.
    package var onChange: (() -> Void)?
    package private(set) var facts = ScreenFacts()
    private var claim = Claim()
    private var output: WlOutput
    private var xdgOutput: ZxdgOutputV1?

    /// What has been said since the last `done`, as it is on the wire: before the panel is turned.
    private struct Claim {
        var name: String?
        var millimetres = (width: Int32(0), height: Int32(0))
        var size = (width: Int32(0), height: Int32(0))
        var refreshMillihertz: Int32 = 0
        var transform = WlOutput.Transform.normal
        var wholeScale: Int32 = 1
        var logical = (width: Int32(0), height: Int32(0))
    }

    package init(_ output: consuming WlOutput, _ global: Registry.Global) {
        self.output = output
        self.global = global
        self.output.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .geometry(_, _, let width, let height, _, _, _, let transform):
                    claim.millimetres = (width, height)
                    claim.transform = transform
                case .mode(let flags, let width, let height, let refresh):
                    guard flags.contains(.current) else { return }
                    claim.size = (width, height)
                    claim.refreshMillihertz = refresh
                case .scale(let factor): claim.wholeScale = factor
                case .name(let name): claim.name = name
                case .description: return
                case .done: return finish()
                }
                // Before version 2 nothing says that this was all.
                if self.output.version < 2 { finish() }
            })
    }

    package var ref: WlOutput.Ref { output.ref }

    /// Has the compositor tell how large it is in logical units: that gives the true scale, where wl_output rounds it up.
    package func measure(_ manager: borrowing ZxdgOutputManagerV1) {
        xdgOutput = manager.getXdgOutput(output: output.ref)
        xdgOutput!.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .logicalSize(let width, let height): claim.logical = (width, height)
                // From version 3 on wl_output.done comes instead; it may also have come already.
                case .done: finish()
                default: break
                }
            })
    }

    private func finish() {
        let isTurned = [._90, ._270, .flipped90, .flipped270].contains(claim.transform)
        let before = facts
        facts.name = claim.name
        facts.millimetres = Self.size(claim.millimetres, isTurned)
        facts.size = Self.size(claim.size, isTurned)
        facts.refreshMillihertz = UInt32(max(claim.refreshMillihertz, 0))
        facts.scale = SurfaceScale(numerator: UInt32(min(max(claim.wholeScale, 1), 100)) * 120)
        if let device = facts.size, let logical = Self.size(claim.logical, false) {
            // By the longer side, where a rounded logical unit matters least.
            let (pixels, units) = device.width >= device.height ? (device.width, logical.width) : (device.height, logical.height)
            facts.scale = SurfaceScale(
                numerator: UInt32(clamping: (UInt64(pixels) * 240 + UInt64(units)) / (2 * UInt64(units))))
        }
        if facts != before { onChange?() }
    }

    /// nil unless both sides are there: projectors and virtual screens measure nothing.
    private static func size(_ claim: (width: Int32, height: Int32), _ isTurned: Bool) -> PixelSize? {
        guard claim.width > 0, claim.height > 0 else { return nil }
        let size = PixelSize(width: UInt32(claim.width), height: UInt32(claim.height))
        return isTurned ? PixelSize(width: size.height, height: size.width) : size
    }
}

/// What is known of a screen, as it is seen: width and height are those of a panel that is turned already.
package struct ScreenFacts: Equatable {
    /// The compositor's own name for it (`DP-1`); nil before wl_output 4.
    package var name: String?
    /// What the panel measures; nil where it isn't told.
    package var millimetres: PixelSize?
    /// Device pixels of the current mode.
    package var size: PixelSize?
    /// Refreshes in 1000 seconds; 0 where it isn't told.
    package var refreshMillihertz: UInt32 = 0
    package var scale = SurfaceScale()
}
