// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes
package import Wayland

/// One of the host's screens: a wl_output and its facts.
package final class Screen {
    package let global: Registry.Global
    /// The windows' surfaces that are on the screen, at least in part.
    package var surfaces: Set<WlSurface.Ref> = []
    /// Called after a round of events that changed the facts.
    package var onChange: (() -> Void)?
    package private(set) var facts = ScreenFacts()
    private var claim = Claim()
    private var output: WlOutput
    private var xdgOutput: ZxdgOutputV1?

    /// The facts as they are on the wire, before the panel is turned; they count from the next `done` on.
    private struct Claim {
        /// What wl_output calls the screen; nil before its version 4.
        var name: String?
        /// What zxdg_output_v1 calls it, from its version 2 on: some compositors have an older wl_output.
        var xdgName: String?
        var make: String?
        var model: String?
        var description: String?
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
                case .geometry(_, _, let width, let height, _, let make, let model, let transform):
                    claim.millimetres = (width, height)
                    (claim.make, claim.model) = (make, model)
                    claim.transform = transform
                case .mode(let flags, let width, let height, let refresh):
                    guard flags.contains(.current) else { return }
                    claim.size = (width, height)
                    claim.refreshMillihertz = refresh
                case .scale(let factor): claim.wholeScale = factor
                case .name(let name): claim.name = name
                case .description(let text): claim.description = text
                case .done: return finish()
                }
                // Before version 2 no event marks the end of a round.
                if self.output.version < 2 { finish() }
            })
    }

    package var ref: WlOutput.Ref { output.ref }

    /// Asks for the logical size, which yields the exact scale: that of wl_output is rounded up.
    package func measure(_ manager: borrowing ZxdgOutputManagerV1) {
        xdgOutput = manager.getXdgOutput(output: output.ref)
        xdgOutput!.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .logicalSize(let width, let height): claim.logical = (width, height)
                case .name(let name): claim.xdgName = name
                case .description(let text): claim.description = claim.description ?? text
                // From version 3 on wl_output.done comes instead; it may also have come already.
                case .done: finish()
                default: break
                }
            })
    }

    private func finish() {
        let isTurned = [._90, ._270, .flipped90, .flipped270].contains(claim.transform)
        let before = facts
        facts.name = claim.name ?? claim.xdgName
        (facts.make, facts.model, facts.description) = (claim.make, claim.model, claim.description)
        facts.millimetres = Self.size(claim.millimetres, isTurned)
        facts.size = Self.size(claim.size, isTurned)
        facts.refreshMillihertz = UInt32(max(claim.refreshMillihertz, 0))
        facts.transform = claim.transform
        facts.scale = SurfaceScale(numerator: UInt32(min(max(claim.wholeScale, 1), 100)) * 120)
        if let device = facts.size, let logical = Self.size(claim.logical, false) {
            // Uses the longer side, where rounding matters least.
            let (pixels, units) = device.width >= device.height ? (device.width, logical.width) : (device.height, logical.height)
            facts.scale = SurfaceScale(
                numerator: UInt32(clamping: (UInt64(pixels) * 240 + UInt64(units)) / (2 * UInt64(units))))
        }
        if facts != before { onChange?() }
    }

    /// nil unless both sides are positive: projectors and virtual screens have no size in millimetres.
    private static func size(_ claim: (width: Int32, height: Int32), _ isTurned: Bool) -> PixelSize? {
        guard claim.width > 0, claim.height > 0 else { return nil }
        let size = PixelSize(width: UInt32(claim.width), height: UInt32(claim.height))
        return isTurned ? PixelSize(width: size.height, height: size.width) : size
    }
}

/// The known facts of a screen as it is seen: the width and height of a turned panel are swapped.
package struct ScreenFacts: Equatable {
    /// The compositor's name for the screen (`DP-1`); nil before wl_output 4 and zxdg_output_v1 2.
    package var name: String?
    /// Who made the monitor, as it says itself.
    package var make: String?
    package var model: String?
    /// The monitor in words, among which most compositors have its serial number; nil before wl_output 4 and zxdg_output_v1 2.
    package var description: String?
    /// The panel's size; nil where it is unknown.
    package var millimetres: PixelSize?
    /// The size of the current mode in device pixels; nil where there is no mode.
    package var size: PixelSize?
    /// The refresh rate; 0 where it is unknown.
    package var refreshMillihertz: UInt32 = 0
    package var scale = SurfaceScale()
    /// How the panel is turned.
    package var transform = WlOutput.Transform.normal
}
