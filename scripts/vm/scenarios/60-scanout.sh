#!/bin/sh
# Full screen on display hardware with one plane for the screen: every frame is read from the guest's own buffer.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

scanout
for memory in udmabuf heap; do
    view "$memory" "demo:?size=1024x768&memory=$memory&cursor=none" --fullscreen --frames 90 --cursor hidden
    # A still picture, and the display's own checksum of what it shows.
    source="demo:?size=1024x768&memory=$memory&cursor=none&rate=0"
    /host/oriel screenshot "$source" "$memory-guest.png" >"$memory-guest.log" 2>&1 || fail "$(tail -n 1 "$memory-guest.log")"
    open_viewer "$memory-still" "$source" --fullscreen --cursor hidden
    shown
    checksum "$memory-checksum"
    close_viewer
done
