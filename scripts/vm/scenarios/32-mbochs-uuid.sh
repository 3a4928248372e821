#!/bin/sh
# A VFIO device named by its UUID and opened by the viewer itself. It changes its mode, and its pages are on the screen. Then it
# is removed: the viewer ends and says why, and the removal, which waited for that, completes.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh
needs vfio

headless 640x480
device mbochs small
open_viewer uuid "vfio:$uuid" --fullscreen
await 30 has_device || fail "the viewer (uuid) opened no device: $(tail -n 1 uuid.log)"
own --from "$(viewer_process)" "$uuid" -
tell "mode 320x240"
shown
tell "mode 640x480" "paint 1" "show 1"
sleep 1
screenshot page1
exec 9>&-
wait "$owner" || fail "the owner: $(tail -n 1 owner.log)"

sh -c "echo 1 >/sys/bus/mdev/devices/$uuid/remove" &
started $!
viewer_ends 69
await 15 test ! -e "/sys/bus/mdev/devices/$uuid" || fail "the device is held after the viewer's end"
