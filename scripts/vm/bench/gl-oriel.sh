#!/bin/sh
# A benchmark: a Linux guest that draws into the dma-buf on screen 50 times a second, in Oriel's window.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh
# shellcheck source=scripts/vm/bench/gl.sh
. /host/gl.sh

scanout
bus
blob_guest -display dbus,gl=on,rendernode=/dev/dri/card0
open_viewer oriel qemu: --fullscreen --cursor hidden
shown
measure "$(viewer_process)"
close_viewer
