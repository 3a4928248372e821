// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import GuestInput
internal import Planes
internal import GuestView
internal import GuestWindow
internal import Surfaces

/// What the words of the command line mean for the windows.
extension View {
    /// What all windows have in common: their titles aren't known yet.
    func windowOptions() throws -> WindowOptions {
        var options = WindowOptions(title: title ?? source)
        options.isFullscreen = fullscreen || output != nil
        options.output = output
        options.keepsAspect = keepAspect
        options.scale = try value(of: scale, "--scale")
        if let rotation: Rotation = try value(of: rotate, "--rotate") { options.view.rotation = rotation }
        if let mode: DecorationMode = try value(of: decorations, "--decorations") { options.decorations = mode }
        if let mode: CursorMode = try value(of: cursor, "--cursor") { options.view.cursor = mode }
        if let mode: ResizeMode = try value(of: resize, "--resize") { options.resizesGuest = mode == .guest }
        if let when: IdleInhibition = try value(of: inhibitIdle, "--inhibit-idle") { options.idleInhibition = when }
        if let type: ContentType = try value(of: content, "--content") { options.view.hints.content = type }
        options.view.hints.mayTear = tearing
        options.view.frameLimit = frames
        options.input = try inputOptions()
        return options
    }

    private func inputOptions() throws -> InputOptions {
        let grab = try Failure.naming("--grab-chord") { () throws(KeyTextError) in
            try grabChord.map { text throws(KeyTextError) in try Chord(text) }
        }
        let chords = try Failure.naming("--host-chords") { () throws(KeyTextError) in
            try ChordTable(grab: grab, host: Chord.list(hostChords ?? ""))
        }
        let given = try Failure.naming("--guest-chords") { () throws(KeyTextError) in try Chord.list(guestChords ?? "") }
        var options = InputOptions(
            chords: try Failure.naming("--guest-chords") { () throws(KeyTextError) in try chords.giving(given) })
        if let mode: TouchMode = try value(of: touch, "--touch") { options.touch = mode }
        options.grabsOnFocus = grabOnFocus
        return options
    }

    /// What the user asked for by name and this compositor can't do.
    func check(_ compositor: Compositor, _ options: WindowOptions) throws {
        let outputs = compositor.outputs.compactMap(\.name)
        if let output, !outputs.contains(output) {
            guard !outputs.isEmpty else {
                throw Failure(.compositor, "--output \(output): the compositor names no screen: use --fullscreen")
            }
            throw Failure(.usage, "--output \(output): there is no such screen: use one of \(outputs.joined(separator: ", "))")
        }
        if let scale = options.scale, scale != .native, !compositor.canScale {
            throw Failure(
                .compositor,
                "--scale \(scale.rawValue): the compositor has no wp_viewporter: use --scale native, or another compositor")
        }
    }
}
