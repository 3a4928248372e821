// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
public import Planes
public import WaylandServer

/// How the test compositor conducts itself; may be changed at any time. As it comes it is a good one.
public struct Behaviour {
    /// zwp_linux_dmabuf_v1's version; nil: there is none.
    public var dmabufVersion: UInt32? = 5
    /// What linux-dmabuf imports, in this order in the format table.
    public var formats: [(format: PixelFormat, modifier: UInt64)] = [(.xrgb8888, 0), (.argb8888, 0)]
    public var feedback = Feedback.sound
    public var imports = Imports.created
    /// wl_shm's codes.
    public var sharedMemoryFormats: [WlShmResource.Format] = [.argb8888, .xrgb8888]
    public var releases = Releases.whenReplaced
    /// Whether a commit's frame callbacks and reports come at once; else ``TestCompositor/refresh()`` sends them.
    public var showsAtOnce = true
    public var reports = Reports.presented([])
    /// The clock of presentation times that is announced: CLOCK_MONOTONIC's number.
    public var clock: UInt32 = 1
    /// Nanoseconds on it.
    public var now: () -> UInt64 = { EventLoop.now() }
    /// Globals that aren't there, by interface.
    public var missing: Set<String> = []
    /// The first configure's size; 0 leaves it to the client.
    public var width: Int32 = 0
    public var height: Int32 = 0
    /// The first configure's states.
    public var states: [XdgToplevelResource.State] = []

    /// Whether there is a wp_fractional_scale_manager_v1.
    public var hasFractionalScale = false
    /// wl_outputs.
    public var screens: [Screen] = []
    /// Who decorates windows, for those who ask; nil: there is no zxdg_decoration_manager_v1.
    public var decorates: ZxdgToplevelDecorationV1Resource.Mode?

    /// What the seat has.
    public var devices: WlSeatResource.Capability = [.pointer, .keyboard]
    public var keymap = Keymap.layout("us")
    /// wl_seat's version, and that of its devices.
    public var seatVersion = WlSeatResource.maximumVersion
    /// Whether a pointer is locked or confined as soon as that is asked for.
    public var constrainsPointers = true
    /// Whether an inhibitor of shortcuts is active at once.
    public var inhibitsShortcuts = true

    /// Whether a client's selection is passed over without a word, as for a serial that is too old.
    public var refusesSelections = false

    public init() {}

    /// What the keyboard's keymap is.
    public enum Keymap: Sendable {
        /// As in `/usr/share/X11/xkb/symbols`.
        case layout(String)
        /// A layout in a file that isn't of this size.
        case sized(UInt32, layout: String)
        /// Something that isn't a keymap; the compositor's own is the US one.
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
        /// wl_output's, in whole numbers.
        public var scale: Int32 = 1
        /// What zxdg_output_v1 says; where one screen says it there is such a global.
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

    /// What the dmabuf feedback is like.
    public enum Feedback {
        case sound
        /// A tranche names entries that the table hasn't.
        case indexPastTable
        /// The table's file is shorter than announced.
        case tableTooShort
        /// The table has half an entry at its end.
        case oddSize
        /// The table's descriptor can't be mapped.
        case unmappable
    }

    /// The answer to `zwp_linux_buffer_params_v1.create`.
    public enum Imports {
        case created, failed
        /// Kept until ``TestCompositor/answerImports(_:)``; for ever, where that isn't called.
        case later
    }

    /// When `wl_buffer.release` comes.
    public enum Releases {
        case atOnce
        /// With the next commit of another buffer.
        case whenReplaced
        /// So many commits of the surface after the one that replaced it.
        case late(commits: Int)
        case never
    }

    /// What presentation feedback says.
    public enum Reports {
        case presented(WpPresentationFeedbackResource.Kind)
        case discarded
        case never
    }
}
