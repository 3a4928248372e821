#!/bin/sh
# A VFIO device of the region type: its memory is mapped and copied, which is said and counted.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh
needs vfio

headless 640x480
device mdpy vga
own --serve "$XDG_RUNTIME_DIR/device.sock" "$uuid" -
tell "paint 0"
open_viewer region "vfio:unix=$XDG_RUNTIME_DIR/device.sock" --fullscreen
shown
screenshot first
tell "repaint 1"
sleep 1
screenshot second
close_viewer
exec 9>&-
wait "$owner" || fail "the owner: $(tail -n 1 owner.log)"
