#!/bin/sh
# GNOME's compositor, without a display: it takes the dma-bufs of the viewer's own guest and of one behind a plane server, and gives
# a window the size of its screen. Without PipeWire nobody gets a picture of that screen: what it took is told by its own feedback.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

modprobe -r vkms 2>/dev/null || true
bus
export WAYLAND_DISPLAY=mutter
mutter --headless --virtual-monitor 1280x720 --wayland --no-x11 --wayland-display="$WAYLAND_DISPLAY" >mutter.log 2>&1 &
started $!
await 90 wayland-info || fail "mutter did not start: $(tail -n 1 mutter.log)"
wayland-info >globals.txt 2>&1
/host/oriel doctor >doctor.txt 2>&1 || fail "doctor: $(tail -n 1 doctor.txt)"

# Few and small frames, and full screen where it may be: a software renderer draws the desktop behind a window as well.
view window "demo:?size=320x240&memory=udmabuf&cursor=still" --frames 10
export WAYLAND_DEBUG=client
view fullscreen "demo:?size=320x240&memory=udmabuf&cursor=still" --fullscreen --frames 10
unset WAYLAND_DEBUG
/host/oriel guest "$XDG_RUNTIME_DIR/guest.sock" --size 320x240 --memory heap --cursor none >guest.log 2>&1 &
started $!
await 30 test -S "$XDG_RUNTIME_DIR/guest.sock" || fail "the guest: $(tail -n 1 guest.log)"
view planes "planes:$XDG_RUNTIME_DIR/guest.sock" --fullscreen --frames 10
