#!/bin/sh
# A VFIO device whose descriptor the viewer inherits. Pages are flipped, and the display is turned off and on again.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh
needs vfio

headless 1024x768
device mbochs medium
own "$uuid" - -- sh -c "exec timeout 120 /host/oriel view vfio:fd=@ --fullscreen --stats inherited.json >inherited.log 2>&1"
viewer=inherited # used by the function 'shown'
echo "inherited|vfio:fd=N mbochs" >>runs
tell "mode 1024x768" spawn
shown
screenshot page0
tell "paint 1" "paint 2" "flip 60 10" "show 2"
sleep 1
screenshot page2
tell off
sleep 1.5
screenshot off
tell on
sleep 1
screenshot on
tell quit
exec 9>&-
wait "$owner" || fail "the viewer or the owner: $(tail -n 1 owner.log), $(tail -n 1 inherited.log)"
