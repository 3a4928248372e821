// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import WaylandServer

/// Globals that never answer. Their requests appear in the log.
extension TestCompositor {
    func offerDesktop() {
        offer(ZwpIdleInhibitManagerV1Resource.self, "zwp_idle_inhibit_manager_v1") { _ in }
        offer(WpContentTypeManagerV1Resource.self, "wp_content_type_manager_v1") { _ in }
        offer(WpTearingControlManagerV1Resource.self, "wp_tearing_control_manager_v1") { _ in }
        offer(XdgActivationV1Resource.self, "xdg_activation_v1") { _ in }
    }
}
