// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import Wayland

/// The host's screens, as far as a guest's own should be like them: bound only where a guest can be asked.
final class Screens {
    struct Facts: Equatable {
        /// What the panel measures; nil for projectors and virtual screens.
        var millimetres: PixelSize?
        /// Device pixels of the current mode.
        var size: PixelSize?
        /// Refreshes in 1000 seconds; 0 where it isn't told.
        var refreshMillihertz: UInt32 = 0
    }

    private final class Screen {
        var output: WlOutput
        var facts = Facts()
        var isUnderWindow = false

        init(_ output: consuming WlOutput) { self.output = output }
    }

    private var screens: [Screen] = []

    init(_ compositor: Compositor) {
        for global in compositor.registry.globals where global.interface == WlOutput.interface.name {
            guard let output = try? compositor.registry.bind(WlOutput.self, global) else { continue }
            let screen = Screen(output)
            screen.output.listen(
                Listener { [unowned screen] event in
                    switch consume event {
                    case .geometry(_, _, let width, let height, _, _, _, _):
                        guard width > 0, height > 0 else { return screen.facts.millimetres = nil }
                        screen.facts.millimetres = PixelSize(width: UInt32(width), height: UInt32(height))
                    case .mode(let flags, let width, let height, let refresh):
                        guard flags.contains(.current), width > 0, height > 0 else { return }
                        screen.facts.size = PixelSize(width: UInt32(width), height: UInt32(height))
                        screen.facts.refreshMillihertz = UInt32(max(refresh, 0))
                    default: break
                    }
                })
            screens.append(screen)
        }
    }

    func entered(_ output: WlOutput.Ref?, _ isUnderWindow: Bool) {
        for screen in screens where screen.output.ref == output { screen.isUnderWindow = isUnderWindow }
    }

    /// The screen that the window is on; any of them where the compositor hasn't told.
    var current: Facts? { (screens.first(where: \.isUnderWindow) ?? screens.first)?.facts }

    /// What a guest that is shown at this size should believe to have.
    func mode(_ size: PixelSize) -> DisplayMode {
        let facts = current
        var millimetres: PixelSize?
        if let panel = facts?.millimetres, let pixels = facts?.size {
            millimetres = PixelSize(
                width: max(1, UInt32(UInt64(panel.width) * UInt64(size.width) / UInt64(pixels.width))),
                height: max(1, UInt32(UInt64(panel.height) * UInt64(size.height) / UInt64(pixels.height))))
        }
        let refresh = facts?.refreshMillihertz ?? 0
        return DisplayMode(size: size, millimetres: millimetres, refreshMillihertz: refresh > 0 ? refresh : 60_000)
    }
}
