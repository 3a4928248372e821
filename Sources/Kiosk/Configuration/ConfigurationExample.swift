// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A configuration in which every key stands with its explanation, commented out where it has a default.
package enum ConfigurationExample {
    package static var text: String {
        var text = """
            # The configuration of 'oriel kiosk': see oriel-kiosk(5). Keys that are commented out show an example, and their default is \
            said.
            # 'oriel kiosk --check' says what is wrong with this file, and SIGHUP or 'oriel reload' has a running kiosk read it anew.

            """
        for key in KioskKey.allCases { text += key.explanation.map { entry(key.rawValue, $0, isNeeded: false) } ?? "" }
        text += "\n# One table for each screen.\n[[screen]]\n"
        for key in ScreenKey.allCases { text += entry(key.rawValue, key.explanation, isNeeded: key == .sources) }
        return text
    }

    struct Explanation {
        let text: String
        /// A value as it is written in the file.
        let example: String
    }

    private static func entry(_ key: String, _ explanation: Explanation, isNeeded: Bool) -> String {
        "\n" + wrapped(explanation.text).map { "# \($0)\n" }.joined() + "\(isNeeded ? "" : "# ")\(key) = \(explanation.example)\n"
    }

    private static func wrapped(_ text: String) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            if lines[lines.count - 1].count + word.count > 96 { lines.append("") }
            lines[lines.count - 1] += lines[lines.count - 1].isEmpty ? "\(word)" : " \(word)"
        }
        return lines
    }
}

extension KioskKey {
    /// nil for the screens, which have keys of their own.
    var explanation: ConfigurationExample.Explanation? {
        switch self {
        case .screen: nil
        case .control:
            .init(
                text:
                    "The socket at which 'oriel status' and 'oriel reload' reach the kiosk. The default is oriel-kiosk.sock in $XDG_RUNTIME_DIR.",
                example: "\"/run/kiosk/control.sock\"")
        case .metrics:
            .init(
                text: "Where Prometheus can read metrics: \"unix:/SOCKET\" or \"ADDRESS:PORT\". The default is nowhere.",
                example: "\"127.0.0.1:9736\"")
        case .metricsAnywhere:
            .init(
                text:
                    "Whether 'metrics' may have an address that other machines reach. Whoever reaches it reads the metrics. The default is false.",
                example: "true")
        }
    }
}

extension ScreenKey {
    var explanation: ConfigurationExample.Explanation {
        switch self {
        case .name:
            .init(text: "What status, metrics and the journal call the screen. The default is its output.", example: "\"left\"")
        case .output:
            .init(
                text: """
                    The output: the compositor's name for its connector, { make = "…", model = "…", serial = "…" } with at least one of \
                    them as the monitor says it, or "*" for one that no other screen names. The default is "*".
                    """, example: "\"HDMI-A-1\"")
        case .sources:
            .init(
                text: "What is shown: the first of these sources that is there. 'oriel --help' lists the kinds of sources.",
                example: "[\"qemu:\", \"demo:\"]")
        case .preferAfter:
            .init(
                text: "Seconds for which a better source must be there before the screen returns to it. The default is 10.",
                example: "10")
        case .scale:
            .init(
                text:
                    "How the picture fills the screen: \"fit\", \"integer\", \"native\" or \"stretch\". The default is \"fit\".",
                example: "\"integer\"")
        case .rotate:
            .init(
                text: "Degrees by which the guest's screen is turned clockwise: 0, 90, 180 or 270. The default is 0.",
                example: "90")
        case .cursor:
            .init(
                text: """
                    How the guest's cursor is shown: "subsurface" over the picture, "pointer" as the host's pointer, or "hidden". The \
                    default is "subsurface".
                    """, example: "\"pointer\"")
        case .hideCursorAfter:
            .init(text: "Seconds without a movement after which the cursor is hidden. The default is never.", example: "5")
        case .input:
            .init(
                text: """
                    What the guest gets from the host's devices: "none", "pointer" for pointer and touch, or "all" for the keyboard, \
                    too. The default is "none".
                    """, example: "\"all\"")
        case .hostChords:
            .init(text: "Chords that the guest never gets. The default is none.", example: "[\"ctrl+alt+delete\", \"super+l\"]")
        case .exitChord:
            .init(
                text: "A chord that ends the kiosk. The default is none: a passer-by has no way out.",
                example: "\"ctrl+alt+shift+q\"")
        case .idlePicture:
            .init(
                text: "A PNG file that is shown while no source is there. The default is 'idle-text'.",
                example: "\"/usr/share/kiosk/idle.png\"")
        case .idleText:
            .init(
                text: "What is written on the screen while no source is there. The default is nothing: the screen is black.",
                example: "\"Please wait\"")
        case .hold:
            .init(text: "Seconds for which the last picture stays when its source has gone. The default is 3.", example: "3")
        case .stallAfter:
            .init(
                text:
                    "Seconds without a new picture after which a guest counts as stalled, and is reported. The default is never.",
                example: "60")
        case .stallCommand:
            .init(
                text: """
                    The program and its arguments that are run once for each stall, without a shell. ORIEL_SCREEN and ORIEL_SOURCE are \
                    in its environment. The default is none.
                    """, example: "[\"/usr/bin/logger\", \"the guest stalls\"]")
        }
    }
}
