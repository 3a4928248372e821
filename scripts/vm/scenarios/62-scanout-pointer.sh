#!/bin/sh
# The cursor as the host pointer's image: one visible surface is left, which is read from the guest's buffer.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

scanout overlay seat
view pointer "demo:?size=1024x768&memory=heap&cursor=moving" --fullscreen --frames 90 --cursor pointer
if grep -q "no wl_seat" pointer.log; then fail "Weston took no mouse: there was no pointer to try"; fi
