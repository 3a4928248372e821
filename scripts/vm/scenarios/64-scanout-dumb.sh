#!/bin/sh
# What share of the frames is scanned out when the cursor is a surface of its own: without overlay planes, where the compositor must
# draw both, and with them; and what it is with no cursor. The guest's buffers are the display controller's own, since Mesa can draw
# no others on vkms. Its server is written from the protocol's document alone.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

# show RUN OPTION…: the guest, and a viewer of it
show() {
    run=$1
    shift
    /host/plane-server "$XDG_RUNTIME_DIR/$run.sock" /dev/dri/card0 >"$run-server.log" 2>&1 &
    started $!
    await 10 test -S "$XDG_RUNTIME_DIR/$run.sock" || fail "the guest: $(tail -n 1 "$run-server.log")"
    view "$run" "planes:$XDG_RUNTIME_DIR/$run.sock" --fullscreen "$@"
}

scanout
show hidden --frames 90 --cursor hidden
show composed --frames 8 # of a second or more each: a software renderer draws the whole screen, without KVM
end_all
scanout overlay
show overlay --frames 90
