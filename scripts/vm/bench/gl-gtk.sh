#!/bin/sh
# A benchmark: a Linux guest that draws into the dma-buf on screen 50 times a second, in QEMU's own window.
# limit: 300
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh
# shellcheck source=scripts/vm/bench/gl.sh
. /host/gl.sh

scanout
GDK_BACKEND=wayland blob_guest -display gtk,gl=on,full-screen=on,show-menubar=off
measure ""
