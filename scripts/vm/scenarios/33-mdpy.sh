#!/bin/sh
# A VFIO device of the region type. Its memory is mapped and copied, which is reported and counted; when the guest draws over some
# rows, only those are reported as changed.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh
needs vfio

headless 640x480
device mdpy vga
own --serve "$XDG_RUNTIME_DIR/device.sock" "$uuid" -
tell "paint 0"
export WAYLAND_DEBUG=client
open_viewer region "vfio:unix=$XDG_RUNTIME_DIR/device.sock" --fullscreen
unset WAYLAND_DEBUG
shown
screenshot first
tell "repaint 1"
sleep 1
screenshot second
wc -l <region.log >rows-from
tell "rows 0 100 40"
sleep 1
wc -l <region.log >rows-between
tell "rows 0 479 1"
sleep 1
screenshot rows
close_viewer
exec 9>&-
wait "$owner" || fail "the owner: $(tail -n 1 owner.log)"
