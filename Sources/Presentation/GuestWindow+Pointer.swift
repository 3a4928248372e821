// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import GuestInput
internal import Logging
internal import Planes
internal import Wayland

/// The cursor plane: a subsurface, or the host pointer's own image.
extension GuestWindow {
    func makeCursor() {
        switch options.cursor {
        case .hidden: shell.showsCursor = false
        case .subsurface:
            guard compositor.subcompositor != nil else {
                log.warning("the compositor has no wl_subcompositor: the guest's cursor isn't shown")
                shell.showsCursor = false
                return
            }
            cursorSurface = PlaneSurface(compositor, rotation: options.rotation)
            cursorSurface!.becomeChild(of: stage.window)
        case .pointer:
            cursorSurface = PlaneSurface(compositor, rotation: options.rotation)
            log.info(
                "the guest's cursor goes through wl_shm, as the display's cursor plane needs it; a dma-buf's is copied once a shape"
            )
        }
    }

    /// The host's pointers make room for the guest's cursor.
    func tellPointers(of step: PlanePresenter.Step) {
        guard let input else { return }
        switch (step, input.cursor) {
        case (.show, .unknown), (.show, .off), (.unchanged, .unknown), (.unchanged, .off):
            if !wearsCursor { input.cursor = .plane }
        case (.off, .plane), (.off, .image): input.cursor = .off
        default: break
        }
    }
}
