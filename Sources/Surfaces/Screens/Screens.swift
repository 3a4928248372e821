// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes
package import Wayland

/// The host's screens as they come and go, and which surfaces of this connection are on which.
package final class Screens {
    package private(set) var all: [Screen] = []
    private var watches: [Watch] = []
    private var manager: ZxdgOutputManagerV1?
    private let registry: Registry
    private var observation: Registry.Observation!

    /// A watch belongs to whoever holds it, and takes itself out.
    private struct Watch {
        let surface: WlSurface.Ref
        unowned let watch: ScreenWatch
    }

    /// Binds them; what they say about themselves is known a round trip later.
    package init(_ registry: Registry) throws(WaylandError) {
        self.registry = registry
        manager = try registry.bindIfOffered(ZxdgOutputManagerV1.self)
        observation = registry.observe(
            added: { [unowned self] in add($0) },
            removed: { [unowned self] global in all.removeAll { $0.global == global } })
        for global in registry.globals { add(global) }
    }

    private func add(_ global: Registry.Global) {
        guard global.interface == WlOutput.interface.name, let output = try? registry.bind(WlOutput.self, global) else { return }
        let screen = Screen(output, global)
        screen.onChange = { [unowned self, unowned screen] in
            for entry in watches where screen.surfaces.contains(entry.surface) { entry.watch.onChange() }
        }
        if manager != nil { screen.measure(manager!) }
        all.append(screen)
    }

    /// The screen with the compositor's name for it (`DP-1`); nil where there is none now.
    package func named(_ name: String) -> Screen? { all.first { $0.facts.name == name } }

    fileprivate func add(_ watch: ScreenWatch) { watches.append(Watch(surface: watch.surface, watch: watch)) }

    fileprivate func remove(_ surface: WlSurface.Ref) {
        watches.removeAll { $0.surface == surface }
        for screen in all { screen.surfaces.remove(surface) }
    }

    fileprivate func surface(_ surface: WlSurface.Ref, isOn output: WlOutput.Ref?, _ isOn: Bool) {
        guard let screen = all.first(where: { $0.ref == output }) else { return }
        if isOn { screen.surfaces.insert(surface) } else { screen.surfaces.remove(surface) }
    }

    /// The finest scale of the screens that the surface is on, or of all before it is on any; nil where there are none.
    fileprivate func scale(under surface: WlSurface.Ref) -> SurfaceScale? {
        let under = all.filter { $0.surfaces.contains(surface) }
        return (under.isEmpty ? all : under).map(\.facts.scale).max { $0.numerator < $1.numerator }
    }

    /// The largest size that fits on one of the surface's screens, or on any screen before it is on one; nil where it isn't known.
    fileprivate func room(under surface: WlSurface.Ref) -> LogicalSize? {
        let under = all.filter { $0.surfaces.contains(surface) }
        return (under.isEmpty ? all : under).compactMap { screen in
            screen.facts.size.map {
                LogicalSize(
                    width: screen.facts.scale.logical(Int64($0.width)), height: screen.facts.scale.logical(Int64($0.height)))
            }
        }.max { Int64($0.width) * Int64($0.height) < Int64($1.width) * Int64($1.height) }
    }

    /// The mode for a guest that is shown on this surface in this many device pixels. The surface's screen is the first that it is on,
    /// or any where the compositor hasn't told.
    fileprivate func mode(_ size: PixelSize, under surface: WlSurface.Ref) -> DisplayMode {
        let facts = (all.first { $0.surfaces.contains(surface) } ?? all.first)?.facts
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

/// Which screens one surface is on, as long as somebody holds this. Let go of it before the surface goes.
package final class ScreenWatch {
    let surface: WlSurface.Ref
    /// Called when the surface is on another screen, or something about its screens has changed.
    let onChange: () -> Void
    private let screens: Screens

    package init(_ surface: WlSurface.Ref, among screens: Screens, onChange: @escaping () -> Void) {
        self.surface = surface
        self.screens = screens
        self.onChange = onChange
        screens.add(self)
    }

    deinit { screens.remove(surface) }

    /// Takes over what the surface's own enter and leave events say.
    package func surface(isOn output: WlOutput.Ref?, _ isOn: Bool) {
        screens.surface(surface, isOn: output, isOn)
        onChange()
    }

    /// The finest scale of its screens; nil where there are none.
    package var scale: SurfaceScale? { screens.scale(under: surface) }

    /// The largest size that fits on one of its screens; nil where that isn't known.
    package var room: LogicalSize? { screens.room(under: surface) }

    /// The mode for a guest that is shown on this surface in this many device pixels.
    package func mode(_ size: PixelSize) -> DisplayMode { screens.mode(size, under: surface) }
}
