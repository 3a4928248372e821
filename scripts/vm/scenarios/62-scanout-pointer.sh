#!/bin/sh
# The cursor as the host pointer's image, with a mouse above the window. It is on the display's cursor plane, both with overlay
# planes and without.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

for overlay in "" overlay; do
    run=pointer${overlay:+-$overlay}
    scanout mouse $overlay
    export WAYLAND_DEBUG=client
    view "$run" "demo:?size=1024x768&memory=heap&cursor=moving" --fullscreen --frames 90 --cursor pointer
    unset WAYLAND_DEBUG
    grep -q "wl_pointer#[0-9]*.set_cursor" "$run.log" || fail "the pointer was never over the window, or never got the guest's cursor"
    end_all
done
