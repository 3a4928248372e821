// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import GuestInput
internal import Planes
internal import GuestView
internal import GuestWindow
internal import Surfaces
internal import QMP
internal import VFIOPlanes
internal import Viewer

/// Makes values of the command line's words.
extension View {
    /// The source. An option that it has no use for is an error: nothing that the user asks for is ignored in silence.
    func address() throws -> SourceAddress {
        var address = try SourceAddress(source)
        if let policy: DamagePolicy = try value(of: damage, "--damage") {
            guard let changed = address.with(policy) else {
                throw Failure(
                    .usage,
                    "--damage \(policy.rawValue): \(source) tells of each change itself: use --damage with vfio: sources alone")
            }
            address = changed
        }
        if clipboard, !address.hasClipboard {
            throw Failure(.usage, "--clipboard: \(source) has no clipboard: use --clipboard with qemu: sources alone")
        }
        if allConsoles {
            guard let all = address.withAllConsoles, !source.contains("?console=") else {
                throw Failure(
                    .usage,
                    "--all-consoles: \(source) is one display: use it with qemu: sources without ?console=N, or demo:?consoles=N")
            }
            address = all
        }
        return address
    }

    func sessionOptions() throws -> SessionOptions {
        var options = SessionOptions(source: source, window: try windowOptions())
        options.title = title
        options.waits = wait
        options.waitLimit = waitLimit.map { UInt64($0 * 1e9) }
        options.reconnects = reconnect
        if viewOnly {
            options.input = .nobody
        } else if let input {
            options.input = .monitor(try MonitorAddress(url: input))
        } else if grabOnFocus || hostChords != nil {
            options.input = .guestAlways
        }
        if clipboard { options.clipboardLimit = Int(clipboardLimit ?? Self.defaultClipboardLimit) << 20 }
        options.screenshots = try screenshotDir.map(ScreenshotFolder.init)
        options.duration = duration.map { UInt64($0 * 1e9) }
        return options
    }

    /// In MiB; a D-Bus array ends at 64 MiB.
    private static let clipboardLimits: ClosedRange<UInt64> = 1...63
    private static let defaultClipboardLimit: UInt64 = 16

    func checkClipboardLimit() throws {
        guard let clipboardLimit else { return }
        guard clipboard else { throw ValidationError("--clipboard-limit is for --clipboard: add it.") }
        guard Self.clipboardLimits.contains(clipboardLimit) else {
            throw ValidationError("--clipboard-limit must be from 1 to \(Self.clipboardLimits.upperBound) MiB.")
        }
    }

    private func windowOptions() throws -> WindowOptions {
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
        if let mode: LatencyMode = try value(of: latency, "--latency") { options.view.latency = mode }
        options.view.hints.mayTear = tearing
        options.view.frameLimit = frames
        options.activationToken = ActivationToken.take()
        options.input = try inputOptions()
        return options
    }

    private func inputOptions() throws -> InputOptions {
        let grab = try Failure.naming("--grab-chord") { () throws(KeyTextError) in
            try grabChord.map { text throws(KeyTextError) in try Chord(text) }
        }
        let overlay = try Failure.naming("--overlay-chord") { () throws(KeyTextError) in
            let chord = try overlayChord.map { text throws(KeyTextError) in try Chord(text) }
            _ = try ChordTable(grab: grab, overlay: chord)
            return chord
        }
        let chords = try Failure.naming("--host-chords") { () throws(KeyTextError) in
            try ChordTable(grab: grab, overlay: overlay, host: Chord.list(hostChords ?? ""))
        }
        let given = try Failure.naming("--guest-chords") { () throws(KeyTextError) in try Chord.list(guestChords ?? "") }
        var options = InputOptions(
            chords: try Failure.naming("--guest-chords") { () throws(KeyTextError) in try chords.giving(given) })
        if let mode: TouchMode = try value(of: touch, "--touch") { options.touch = mode }
        options.grabsOnFocus = grabOnFocus
        return options
    }

    /// Refuses what the user asked for by name and this compositor can't do.
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
