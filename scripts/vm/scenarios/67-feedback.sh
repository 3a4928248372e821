#!/bin/sh
# A compositor of wlroots scans out the display controller's own buffers, unless their format isn't the display's: then the surface's own
# dmabuf feedback has no formats for scanout. Of the compositors here only this one has such feedback: Weston and mutter want a render node.
# limit: 240
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

# measure NAME WORD…: measures the plane server's guest with these words, without its cursor
measure() {
    name=$1
    shift
    /host/plane-server "$XDG_RUNTIME_DIR/$name.sock" /dev/dri/card0 "$@" >"$name-server.log" 2>&1 &
    started $!
    await 10 test -S "$XDG_RUNTIME_DIR/$name.sock" || fail "the guest: $(tail -n 1 "$name-server.log")"
    timeout 120 /host/oriel measure "planes:$XDG_RUNTIME_DIR/$name.sock" --fullscreen --cursor hidden --duration 10 --warmup 0 \
        --report "$name" >"$name.log" 2>&1 || fail "$name: $(tail -n 1 "$name.log")"
}

cage
wayland-info >globals.txt 2>&1
measure same
measure other-format xbgr
