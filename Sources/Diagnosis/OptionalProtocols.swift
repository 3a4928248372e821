// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A protocol that a window can do without, with the price of its absence.
struct OptionalProtocol {
    let interface: String
    let cost: String
    let remedy: String

    private init(_ interface: String, cost: String, remedy: String) {
        self.interface = interface
        self.cost = cost
        self.remedy = remedy
    }

    /// First the protocols that show the guest, then those for its input, then those that make the window a part of the desktop.
    static let all: [OptionalProtocol] = [
        OptionalProtocol(
            "wp_viewporter", cost: "the picture can't be scaled: one guest pixel is one device pixel",
            remedy: "use a compositor with wp_viewporter"),
        OptionalProtocol(
            "wl_subcompositor", cost: "the guest's cursor plane isn't shown", remedy: "use a compositor with subsurfaces"),
        OptionalProtocol(
            "wp_presentation", cost: "latencies to the screen and zeroCopy aren't measured",
            remedy: "use a compositor with presentation-time"),
        OptionalProtocol(
            "wp_fractional_scale_manager_v1",
            cost: "the scale is computed from the screen's size; without xdg-output it is rounded up",
            remedy: "use a compositor with fractional-scale"),
        OptionalProtocol(
            "wp_single_pixel_buffer_manager_v1", cost: "bars and borders take a little memory each",
            remedy: "nothing needs to be done"),
        OptionalProtocol(
            "wl_seat", cost: "nothing can be typed or pointed at",
            remedy: "use oriel send, or a compositor with input devices (a headless one has none)"),
        OptionalProtocol(
            "zwp_keyboard_shortcuts_inhibit_manager_v1", cost: "a grab leaves the compositor's shortcuts to the compositor",
            remedy: "use oriel send for those, or a compositor with keyboard-shortcuts-inhibit"),
        OptionalProtocol(
            "zwp_pointer_constraints_v1",
            cost: "the pointer can't be locked: a guest with a mouse gets motion up to the window's edge",
            remedy: "give the guest a tablet (-device usb-tablet), or use a compositor with pointer-constraints"),
        OptionalProtocol(
            "zwp_relative_pointer_manager_v1", cost: "a guest with a mouse gets the pointer's motion instead of the mouse's",
            remedy: "give the guest a tablet (-device usb-tablet), or use a compositor with relative-pointer"),
        OptionalProtocol(
            "wp_cursor_shape_manager_v1", cost: "Oriel draws the host's arrow itself",
            remedy: "use a compositor with cursor-shape"),
        OptionalProtocol(
            "wl_data_device_manager", cost: "--clipboard has nothing to share", remedy: "use a compositor with a clipboard"),
        OptionalProtocol(
            "zxdg_decoration_manager_v1", cost: "the compositor draws no title bar, so Oriel draws a plain one",
            remedy: "use --fullscreen or --decorations none, or a compositor with xdg-decoration"),
        OptionalProtocol(
            "zwp_idle_inhibit_manager_v1", cost: "the screen may go dark while you watch a guest",
            remedy: "switch the screen saver off, or use a compositor with idle-inhibit"),
        OptionalProtocol(
            "xdg_activation_v1", cost: "a window that a launcher starts may open without the focus",
            remedy: "use a compositor with xdg-activation"),
        OptionalProtocol(
            "wp_content_type_manager_v1", cost: "--content does nothing", remedy: "use a compositor with content-type"),
        OptionalProtocol(
            "wp_tearing_control_manager_v1", cost: "--tearing does nothing", remedy: "use a compositor with tearing-control"),
    ]

    /// - Parameter version: the offered version; nil where the protocol isn't offered.
    func finding(_ version: UInt32?) -> Finding {
        Finding(
            interface, version == nil ? .missing : .good, version.map { "version \($0)" } ?? "not offered", cost: cost,
            remedy: remedy)
    }
}
