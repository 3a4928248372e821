#!/bin/sh
# The share of frames scanned out when the cursor is a separate surface: without overlay planes, where the compositor has to draw
# both, with overlay planes, and without a cursor. The guest's buffers are made by the display controller, since Mesa can draw no
# others on vkms. The guest's server was written from the protocol's documentation alone, and ends if a buffer is overwritten while
# the compositor holds it.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

# show RUN OPTION…: runs the guest, and a viewer for it to its end. The guest's last words are in RUN-server.log.
show() {
    run=$1
    shift
    /host/plane-server "$XDG_RUNTIME_DIR/$run.sock" /dev/dri/card0 >"$run-server.log" 2>&1 &
    server=$!
    started "$server"
    await 10 test -S "$XDG_RUNTIME_DIR/$run.sock" || fail "the guest: $(tail -n 1 "$run-server.log")"
    view "$run" "planes:$XDG_RUNTIME_DIR/$run.sock" --fullscreen "$@"
    stop "$server"
    grep -q 'none overwritten while held$' "$run-server.log" || fail "the guest: $(tail -n 1 "$run-server.log")"
}

scanout
show hidden --frames 90 --cursor hidden
show composed --frames 8 # each takes a second or more: without KVM, a software renderer draws the whole screen
end_all
scanout overlay
show overlay --frames 90
