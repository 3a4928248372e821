#!/bin/sh
# The cursor as a surface of its own, where the display has overlay planes: it gets one, and both are read from the guest's buffers.
# (Weston 14 puts only wl_shm cursors of at most 64x64 on the cursor plane. Without overlay planes it must compose a cursor in a
# dma-buf, and Mesa, which can't draw foreign buffers on vkms, crashes it: 64 does that, with buffers of vkms's own.)
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

scanout overlay
view moving "demo:?size=1024x768&memory=heap&cursor=moving" --fullscreen --frames 90
view still "demo:?size=1024x768&memory=udmabuf&cursor=still" --fullscreen --frames 90
