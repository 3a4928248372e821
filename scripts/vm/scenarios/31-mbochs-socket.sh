#!/bin/sh
# A VFIO device handed over on a socket, as a VMM does it, and then unplugged while the viewer has it open. The kernel releases a
# device only when its last descriptor is closed, so the viewer continues until it is ended, and only then is the device gone.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh
needs vfio

headless 640x480
device mbochs small
own --serve "$XDG_RUNTIME_DIR/device.sock" "$uuid" -
tell "mode 640x480"
open_viewer socket "vfio:unix=$XDG_RUNTIME_DIR/device.sock" --fullscreen
shown
tell "flip 20 10" "show 1"
sleep 1
screenshot page1
sh -c "echo 1 >/sys/bus/mdev/devices/$uuid/remove" 9>&- & # doesn't inherit the owner's command pipe
started $!
sleep 1
close_viewer
exec 9>&-
wait "$owner" || fail "the owner: $(tail -n 1 owner.log)"
await 15 test ! -e "/sys/bus/mdev/devices/$uuid" || fail "the device is held after the viewer's end"
