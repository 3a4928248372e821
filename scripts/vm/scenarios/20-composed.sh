#!/bin/sh
# Real dma-bufs through linux-dmabuf to a compositor that draws them. The screen shows the guest's picture, and nothing is copied.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

headless 1024x768
for memory in udmabuf heap; do
    source="demo:?size=1024x768&memory=$memory&cursor=still&rate=0"
    /host/oriel screenshot "$source" "$memory-guest.png" >"$memory-guest.log" 2>&1 || fail "$(tail -n 1 "$memory-guest.log")"
    open_viewer "$memory" "$source" --fullscreen
    shown
    screenshot "$memory-screen"
    close_viewer
done
