// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A guest's clipboard, as its VMM reaches it. Both sides say what they have; the content crosses only when it is asked for.
///
/// No call waits. What one side has takes the place of what the other had: there is one clipboard.
public protocol GuestClipboard: AnyObject {
    /// Begins to share it.
    ///
    /// - Parameter limit: how many bytes of a content may come from the guest.
    func open(for delegate: any GuestClipboardDelegate, limit: Int)

    /// The host has these for the guest; none: nothing any more.
    func offer(_ kinds: Set<ClipboardKind>)

    /// Asks for the guest's content, which comes as ``GuestClipboardDelegate/guestClipboard(_:gave:_:)``.
    func request(_ kind: ClipboardKind)

    /// What the guest has asked the host for; nil where it can't have it.
    func give(_ content: ClipboardContent?)

    /// Ends the sharing. The delegate hears nothing more.
    func close()
}

/// Told by a guest's clipboard; called on the loop's thread, never from inside a call to it.
public protocol GuestClipboardDelegate: AnyObject {
    /// The guest has these from now on, in place of what anybody had; none: what it had is gone.
    func guestClipboard(_ clipboard: any GuestClipboard, has kinds: Set<ClipboardKind>)

    /// The guest wants what the host has, in one of these kinds, and stands still until ``GuestClipboard/give(_:)``. It asks for
    /// nothing else before.
    func guestClipboard(_ clipboard: any GuestClipboard, wants kinds: Set<ClipboardKind>)

    /// The answer to each ``GuestClipboard/request(_:)`` for the kind that came before it.
    func guestClipboard(
        _ clipboard: any GuestClipboard, gave kind: ClipboardKind, _ content: Result<ClipboardContent, ClipboardFault>)
}
