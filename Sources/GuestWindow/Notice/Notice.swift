// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import GuestView
internal import Planes

/// What a window says where there is no picture, or for a moment over one.
struct Notice: Equatable {
    let headline: String
    /// Why that is so; nil where there is no more to say.
    var reason: String?

    init(headline: String, reason: String? = nil) {
        self.headline = headline
        self.reason = reason
    }

    init(_ absence: PictureAbsence) {
        switch absence {
        case .awaited(let error): self.init(headline: "guest not started", reason: error?.message)
        case .lost(let error): self.init(headline: "source gone, waiting", reason: error.message)
        case .unusable(let why): self.init(headline: "the picture can't be shown", reason: why)
        case .off: self.init(headline: "display off")
        }
    }
}
