#!/bin/sh
# The cursor as a separate surface, on a display with overlay planes. The cursor gets an overlay plane, and both planes are read
# from the guest's buffers. (Weston 14 puts only wl_shm cursors of at most 64x64 on the cursor plane. Without overlay planes it
# has to compose a cursor in a dma-buf, and Mesa, which can't draw foreign buffers on vkms, crashes it. Scenario 64 covers that
# with buffers made by vkms.)
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

scanout overlay
view moving "demo:?size=1024x768&memory=heap&cursor=moving" --fullscreen --frames 90
view still "demo:?size=1024x768&memory=udmabuf&cursor=still" --fullscreen --frames 90
