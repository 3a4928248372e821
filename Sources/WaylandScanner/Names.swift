// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Converts Wayland names to Swift names. They stay close to the originals, so that both can be found in a WAYLAND_DEBUG log.
enum Names {
    /// `zwp_linux_dmabuf_v1` → `ZwpLinuxDmabufV1`.
    static func type(_ wire: String) -> String {
        let name = wire.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        return name.first?.isNumber == true ? "_" + name : name
    }

    /// An enum's type name inside its interface; a few names are already taken there by Swift and the generated code.
    static func nestedType(_ wire: String) -> String {
        let name = type(wire)
        return ["Type", "Protocol", "Self", "Ref", "Event", "Request"].contains(name) ? "Wire" + name : name
    }

    /// `damage_buffer` → `damageBuffer`, `90` → `_90`, `default` → `` `default` ``.
    static func member(_ wire: String) -> String {
        let bare = bareMember(wire)
        return keywords.contains(bare) ? "`\(bare)`" : bare
    }

    /// The same name as a label or part of a longer name, where keywords need no backticks.
    static func bareMember(_ wire: String) -> String {
        let name = type(wire)
        let initial = name.prefix { $0.isUppercase }.count == name.count ? name.lowercased() : lowerFirst(name)
        return initial == "self" ? "self_" : initial
    }

    private static func lowerFirst(_ name: String) -> String { name.prefix(1).lowercased() + name.dropFirst() }

    /// A request's method name, distinct from the members that every generated type has.
    static func method(_ wire: String) -> String {
        let name = member(wire)
        return ["ref", "version", "listen", "proxy", "listener", "resource", "client", "id"].contains(name) ? name + "_" : name
    }

    /// A parameter's declaration: its label, and a different internal name where generated bodies already use that name.
    static func parameter(_ wire: String) -> String {
        let name = member(wire)
        return isLocal(name) ? "\(name) \(name)_" : name
    }

    /// The parameter's name inside the body.
    static func local(_ wire: String) -> String {
        let name = member(wire)
        return isLocal(name) ? name + "_" : name
    }

    private static func isLocal(_ name: String) -> Bool { ["proxy", "resource", "wire", "created"].contains(name) }

    private static let keywords: Set<String> = [
        "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do", "else",
        "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import", "in", "init",
        "inout", "internal", "is", "let", "nil", "operator", "precedencegroup", "private", "protocol", "public", "repeat",
        "rethrows", "return", "self", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try",
        "typealias", "var", "where", "while",
    ]
}
