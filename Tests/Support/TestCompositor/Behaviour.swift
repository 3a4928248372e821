// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
public import Planes
public import WaylandServer

/// The test compositor's behaviour, which a test may change at any time. The defaults are those of a good compositor.
public struct Behaviour {
    /// The version of zwp_linux_dmabuf_v1; nil if the global is missing.
    public var dmabufVersion: UInt32? = 5
    /// The formats that linux-dmabuf imports, in the order of the format table.
    public var formats: [(format: PixelFormat, modifier: UInt64)] = [(.xrgb8888, 0), (.argb8888, 0)]
    public var feedback = Feedback.sound
    /// The places in `formats` of those that could be scanned out from a surface; nil for a compositor that names none.
    public var scanoutFormats: [Int]?
    /// Whether another device than the main one would scan them out.
    public var scansOutElsewhere = false
    public var imports = Imports.created
    /// The formats of wl_shm.
    public var sharedMemoryFormats: [WlShmResource.Format] = [.argb8888, .xrgb8888]
    /// Whether the pixels of buffers from wl_shm can be looked at. Each such buffer keeps its memory open.
    public var keepsPools = false
    public var releases = Releases.whenReplaced
    /// Whether frame callbacks and presentation feedback follow each commit at once. Otherwise ``TestCompositor/refresh()`` sends
    /// them.
    public var showsAtOnce = true
    public var reports = Reports.presented([])
    /// The announced clock of presentation times; 1 is CLOCK_MONOTONIC.
    public var clock: UInt32 = 1
    /// The time on that clock in nanoseconds.
    public var now: () -> UInt64 = { EventLoop.now() }
    /// The number of the next refresh that shows something, counted up with each; 0 for a screen that counts none.
    public var sequence: UInt64 = 0
    /// The interfaces of globals that aren't offered.
    public var missing: Set<String> = []
    /// The size in the first configure; 0 leaves it to the client.
    public var width: Int32 = 0
    public var height: Int32 = 0
    /// The states in the first configure.
    public var states: [XdgToplevelResource.State] = []

    /// Whether wp_fractional_scale_manager_v1 is offered.
    public var hasFractionalScale = false
    /// The screens, each offered as a wl_output.
    public var screens: [Screen] = []
    /// The decoration mode that clients are given; nil if zxdg_decoration_manager_v1 isn't offered.
    public var decorates: ZxdgToplevelDecorationV1Resource.Mode?

    /// The seat's capabilities.
    public var devices: WlSeatResource.Capability = [.pointer, .keyboard]
    public var keymap = Keymap.layout("us")
    /// The version of wl_seat and its devices.
    public var seatVersion = WlSeatResource.maximumVersion
    /// Whether a pointer constraint becomes active as soon as it is requested.
    public var constrainsPointers = true
    /// Whether a shortcut inhibitor becomes active as soon as it is requested.
    public var inhibitsShortcuts = true

    /// Whether a client's selection is silently ignored, as if its serial were too old.
    public var refusesSelections = false

    public init() {}

    /// The keymap that clients receive.
    public enum Keymap: Sendable {
        /// A layout by its name in `/usr/share/X11/xkb/symbols`.
        case layout(String)
        /// A layout whose announced size differs from the file's.
        case sized(UInt32, layout: String)
        /// Invalid keymap text. The compositor itself uses the US keymap.
        case broken(String)

        var layout: String {
            switch self {
            case .layout(let layout), .sized(_, let layout): layout
            case .broken: "us"
            }
        }
    }

    public struct Screen {
        public var millimetres: (width: Int32, height: Int32)
        public var mode: (width: Int32, height: Int32, millihertz: Int32)
        public var name: String
        public var transform = WlOutputResource.Transform.normal
        /// The scale of wl_output, a whole number.
        public var scale: Int32 = 1
        /// The logical size of zxdg_output_v1. The global is offered if any screen has one.
        public var logical: (width: Int32, height: Int32)?

        public init(
            millimetres: (width: Int32, height: Int32) = (0, 0), mode: (width: Int32, height: Int32, millihertz: Int32),
            name: String = "TEST-1"
        ) {
            self.millimetres = millimetres
            self.mode = mode
            self.name = name
        }
    }

    /// The properties of the dmabuf feedback.
    public enum Feedback {
        case sound
        /// A tranche refers to entries beyond the end of the table.
        case indexPastTable
        /// The table's file is shorter than announced.
        case tableTooShort
        /// The table ends with half an entry.
        case oddSize
        /// The table's descriptor can't be mapped.
        case unmappable
    }

    /// The answer to `zwp_linux_buffer_params_v1.create`.
    public enum Imports {
        case created, failed
        /// Deferred until ``TestCompositor/answerImports(_:)``, and never given without that call.
        case later
    }

    /// When `wl_buffer.release` is sent.
    public enum Releases {
        case atOnce
        /// With the next commit of another buffer.
        case whenReplaced
        /// This many commits of the surface after the one that replaced the buffer.
        case late(commits: Int)
        case never
    }

    /// The content of presentation feedback.
    public enum Reports {
        case presented(WpPresentationFeedbackResource.Kind)
        case discarded
        case never
    }
}
