// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes
package import Wayland

/// The host's screens as they come and go, and the surfaces of this connection that are on them.
package final class Screens {
    package private(set) var all: [Screen] = []
    /// Called when a screen has gone, or the facts of one have changed; a new one has none before their first round.
    package var onChange: (() -> Void)?
    private var watches: [Watch] = []
    private var manager: ZxdgOutputManagerV1?
    private let registry: Registry
    private var observation: Registry.Observation!

    /// A watch is owned by its creator, and removes itself.
    private struct Watch {
        let surface: WlSurface.Ref
        unowned let watch: ScreenWatch
    }

    /// Binds the screens. Their facts are known a round trip later.
    package init(_ registry: Registry) throws(WaylandError) {
        self.registry = registry
        manager = try registry.bindIfOffered(ZxdgOutputManagerV1.self)
        observation = registry.observe(
            added: { [unowned self] in add($0) },
            removed: { [unowned self] global in
                guard let index = all.firstIndex(where: { $0.global == global }) else { return }
                all.remove(at: index)
                onChange?()
            })
        for global in registry.globals { add(global) }
    }

    private func add(_ global: Registry.Global) {
        guard global.interface == WlOutput.interface.name, let output = try? registry.bind(WlOutput.self, global) else { return }
        let screen = Screen(output, global)
        screen.onChange = { [unowned self, unowned screen] in
            for entry in watches where screen.surfaces.contains(entry.surface) { entry.watch.onChange() }
            onChange?()
        }
        if manager != nil { screen.measure(manager!) }
        all.append(screen)
    }

    /// The screens whose facts are known.
    package var described: [Screen] { all.filter { $0.facts != ScreenFacts() } }

    /// The screen that the compositor calls by this name (`DP-1`); nil where there is none at present.
    package func named(_ name: String) -> Screen? { all.first { $0.facts.name == name } }

    fileprivate func add(_ watch: ScreenWatch) { watches.append(Watch(surface: watch.surface, watch: watch)) }

    fileprivate func remove(_ surface: WlSurface.Ref) {
        watches.removeAll { $0.surface == surface }
        for screen in all { screen.surfaces.remove(surface) }
    }
}

/// Follows the screens that one surface is on, for as long as it lives. Release it before the surface goes.
package final class ScreenWatch {
    let surface: WlSurface.Ref
    /// Called when the surface has come to another screen, or the facts of one of its screens have changed.
    let onChange: () -> Void
    private let screens: Screens

    package init(_ surface: WlSurface.Ref, among screens: Screens, onChange: @escaping () -> Void) {
        self.surface = surface
        self.screens = screens
        self.onChange = onChange
        screens.add(self)
    }

    deinit { screens.remove(surface) }

    /// Follows the surface's own enter and leave events.
    package func surface(isOn output: WlOutput.Ref?, _ isOn: Bool) {
        if let screen = screens.all.first(where: { $0.ref == output }) {
            if isOn { screen.surfaces.insert(surface) } else { screen.surfaces.remove(surface) }
        }
        onChange()
    }

    /// The surface's screens, or all before it is on any.
    private var under: [Screen] {
        let under = screens.all.filter { $0.surfaces.contains(surface) }
        return under.isEmpty ? screens.all : under
    }

    /// The highest scale of these screens; nil where there are none.
    package var scale: SurfaceScale? { under.map(\.facts.scale).max { $0.numerator < $1.numerator } }

    /// The largest size that fits on one of these screens; nil where that is unknown.
    package var room: LogicalSize? {
        under.compactMap { screen in
            screen.facts.size.map {
                LogicalSize(
                    width: screen.facts.scale.logical(Int64($0.width)), height: screen.facts.scale.logical(Int64($0.height)))
            }
        }.max { Int64($0.width) * Int64($0.height) < Int64($1.width) * Int64($1.height) }
    }

    /// The first of these screens; nil where there is none.
    package var facts: ScreenFacts? { (screens.all.first { $0.surfaces.contains(surface) } ?? screens.all.first)?.facts }

    /// The mode for a guest that is shown on this surface in this many device pixels, from the first of these screens.
    package func mode(_ size: PixelSize) -> DisplayMode {
        var millimetres: PixelSize?
        if let panel = facts?.millimetres, let pixels = facts?.size {
            millimetres = PixelSize(
                width: max(1, UInt32(clamping: UInt64(panel.width) * UInt64(size.width) / UInt64(pixels.width))),
                height: max(1, UInt32(clamping: UInt64(panel.height) * UInt64(size.height) / UInt64(pixels.height))))
        }
        let refresh = facts?.refreshMillihertz ?? 0
        return DisplayMode(size: size, millimetres: millimetres, refreshMillihertz: refresh > 0 ? refresh : 60_000)
    }
}
