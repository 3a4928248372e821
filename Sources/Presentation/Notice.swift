// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// What a window says where there is no picture.
struct Notice: Equatable {
    let headline: String
    /// Why that is so; nil where there is no more to say.
    var reason: String?
}
