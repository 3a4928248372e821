#!/bin/sh
# The cursor as the host pointer's image, with a mouse that is over the window.
# (With an overlay plane, for the reason that 61 gives: the pointer's image is a dma-buf too.)
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

scanout overlay mouse
export WAYLAND_DEBUG=client
view pointer "demo:?size=1024x768&memory=heap&cursor=moving" --fullscreen --frames 90 --cursor pointer
grep -q "wl_pointer#[0-9]*.set_cursor" pointer.log || fail "the pointer was never over the window, or never got the guest's cursor"
