#!/bin/sh
# The window's size is passed to the guest as an EDID. Read back from the device, it is valid and prefers that size.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh
needs vfio

headless 1280x720
device mbochs medium
own --serve "$XDG_RUNTIME_DIR/device.sock" "$uuid" -
tell "mode 640x480"
open_viewer edid "vfio:unix=$XDG_RUNTIME_DIR/device.sock" --fullscreen
shown
sleep 2
tell "edid edid.bin"
edid-decode --check edid.bin >edid.txt || fail "the EDID is not valid: $(tail -n 3 edid.txt | tr '\n' ' ')"
close_viewer
exec 9>&-
wait "$owner" || fail "the owner: $(tail -n 1 owner.log)"
