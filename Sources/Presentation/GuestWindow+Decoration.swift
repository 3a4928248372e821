// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import GuestInput
internal import Logging
internal import Wayland

/// Title bar and borders: the compositor's, or our own around the picture.
extension GuestWindow {
    func makeDecoration() {
        if compositor.decoration != nil, let ref = toplevel?.ref {
            negotiation = compositor.decoration!.getToplevelDecoration(toplevel: ref)
            if options.decorations.asksCompositor {
                negotiation!.listen(
                    Listener { [unowned self] event in
                        switch consume event {
                        case .configure(let mode):
                            decorate(ourselves: mode == .clientSide && options.decorations == .auto)
                            limitSize()
                        }
                    })
            }
            negotiation!.setMode(mode: options.decorations.asksCompositor ? .serverSide : .clientSide)
        } else if options.decorations == .server {
            log.warning("the compositor has no xdg-decoration: the window has no title bar")
        }
        switch options.decorations {
        case .client: decorate(ourselves: true)
        case .auto: decorate(ourselves: compositor.decoration == nil)
        case .server, .none: break
        }
        limitSize()
    }

    private func decorate(ourselves: Bool) {
        guard ourselves != (decoration != nil) else { return }
        guard ourselves else {
            _ = decoration!.hide()
            decoration!.close()
            decoration = nil
            return
        }
        guard compositor.subcompositor != nil, compositor.viewporter != nil else {
            return log.info("the compositor draws no title bar, and has no wl_subcompositor and wp_viewporter for one of ours")
        }
        decoration = ClientDecoration(compositor, around: stage.window) { [unowned self] in perform($0, by: $1) }
    }

    /// How much larger than the picture with its bars the window is, at each side.
    var decorationExtents: (left: Int32, top: Int32, right: Int32, bottom: Int32) { decorationExtents(in: shell.state) }

    func decorationExtents(in state: ToplevelState) -> (left: Int32, top: Int32, right: Int32, bottom: Int32) {
        guard decoration != nil, !state.isFullscreen else { return (0, 0, 0, 0) }
        return DecorationLayout.extents(hasBorders: !state.isMaximised)
    }

    /// Smaller than this nobody could take hold of it.
    private func limitSize() {
        let extents = decorationExtents
        let width = max(64, decoration == nil ? 0 : DecorationLayout.titleHeight * Int32(decorationButtons.count))
        toplevel?.setMinSize(width: width + extents.left + extents.right, height: 64 + extents.top + extents.bottom)
    }

    /// In the order in which they get room.
    private var decorationButtons: [DecorationLayout.Button] {
        var buttons = [DecorationLayout.Button.close]
        if shell.capabilities.contains(.maximize) { buttons.append(.maximise) }
        if shell.capabilities.contains(.minimize) { buttons.append(.minimise) }
        if shell.capabilities.contains(.fullscreen) { buttons.append(.fullscreen) }
        return buttons
    }

    /// Brings our own decoration in line with the picture and its bars, which begin at a place of the window's surface.
    ///
    /// - Returns: whether it needs a commit.
    func arrangeDecoration(_ content: LogicalRectangle) -> Bool {
        guard let decoration else { return false }
        guard !shell.state.isFullscreen else { return decoration.hide() }
        do throws(ImportError) {
            return try decoration.wear(
                ClientDecoration.Look(
                    title: title,
                    layout: DecorationLayout(
                        content: content.size, hasBorders: !shell.state.isMaximised, buttons: decorationButtons),
                    x: content.x, y: content.y, isActivated: shell.state.isActivated, isMaximised: shell.state.isMaximised,
                    scale: shell.scale))
        } catch {
            complain("the title bar can't be drawn: \(error)")
            return false
        }
    }

    private func perform(_ command: ClientDecoration.Command, by seat: Seat) {
        guard let ref = seat.ref, let serial = seat.serial else { return }
        switch command {
        case .move: toplevel?.move(seat: ref, serial: serial)
        case .resize(let edge): toplevel?.resize(seat: ref, serial: serial, edges: edge)
        case .menu(let x, let y):
            if shell.capabilities.contains(.windowMenu) { toplevel?.showWindowMenu(seat: ref, serial: serial, x: x, y: y) }
        case .toggleMaximised: shell.state.isMaximised ? toplevel?.unsetMaximized() : toplevel?.setMaximized()
        case .minimise: toplevel?.setMinimized()
        case .enterFullscreen: enterFullscreen()
        case .close: end(.closed)
        }
    }
}
