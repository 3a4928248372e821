// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import Wayland

/// The host's screens as they come and go, for all windows of a connection, and which windows are on which.
final class Screens {
    private(set) var all: [Screen] = []
    /// Whoever wants to know when something about a screen that its surface is on has changed.
    private var followers: [WlSurface.Ref: () -> Void] = [:]
    private var manager: ZxdgOutputManagerV1?
    private let registry: Registry
    private var observation: Registry.Observation!

    /// Binds them; what they say of themselves is known a round trip later.
    init(_ registry: Registry) throws(WaylandError) {
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
            for (surface, tell) in followers where screen.surfaces.contains(surface) { tell() }
        }
        if manager != nil { screen.measure(manager!) }
        all.append(screen)
    }

    /// The one that the compositor calls so (`DP-1`); nil where there is none now.
    func named(_ name: String) -> Screen? { all.first { $0.facts.name == name } }

    /// Runs `handler` whenever the surface is on another screen, or something about its screen has changed.
    func follow(_ surface: WlSurface.Ref, _ handler: @escaping () -> Void) { followers[surface] = handler }

    /// Before the surface goes.
    func forget(_ surface: WlSurface.Ref) {
        followers[surface] = nil
        for screen in all { screen.surfaces.remove(surface) }
    }

    /// What the surface's own enter and leave events say.
    func surface(_ surface: WlSurface.Ref, isOn output: WlOutput.Ref?, _ isOn: Bool) {
        guard let screen = all.first(where: { $0.ref == output }) else { return }
        if isOn { screen.surfaces.insert(surface) } else { screen.surfaces.remove(surface) }
        followers[surface]?()
    }

    /// The finest scale of those that the surface is on, or of all before it is on any; nil where there are none.
    func scale(under surface: WlSurface.Ref) -> SurfaceScale? {
        let under = all.filter { $0.surfaces.contains(surface) }
        return (under.isEmpty ? all : under).map(\.facts.scale).max { $0.numerator < $1.numerator }
    }

    /// The largest size that fits on one of those that the surface is on, or of all before it is on any; nil where that isn't known.
    func room(under surface: WlSurface.Ref) -> LogicalSize? {
        let under = all.filter { $0.surfaces.contains(surface) }
        return (under.isEmpty ? all : under).compactMap { screen in
            screen.facts.size.map {
                LogicalSize(
                    width: screen.facts.scale.logical(Int64($0.width)), height: screen.facts.scale.logical(Int64($0.height)))
            }
        }.max { Int64($0.width) * Int64($0.height) < Int64($1.width) * Int64($1.height) }
    }

    /// What a guest that is shown on this surface in so many device pixels should believe to have.
    ///
    /// - Parameter surface: its screen is the first that it is on; any screen where the compositor hasn't told.
    func mode(_ size: PixelSize, under surface: WlSurface.Ref) -> DisplayMode {
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
