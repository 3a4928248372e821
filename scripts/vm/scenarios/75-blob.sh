#!/bin/sh
# The recipe for every machine (docs/zero-copy.md): QEMU makes a dma-buf of the pages in which a Linux guest keeps its picture, without
# any GPU, and the display reads them. The guest shows pictures in several buffers in turn, then draws into the one on screen.
# limit: 300
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

scanout
bus
# Before the guest has set its mode, QEMU shows a placeholder that Weston can't draw on vkms. So the viewer comes later.
blob_guest -display dbus,gl=on,rendernode=/dev/dri/card0
open_viewer blob qemu: --fullscreen --cursor hidden
shown
printf f >&8
guest flipped 1 60
sleep 1
checksum flipped-checksum
# QEMU 9.2 and later lose most flips (docs/zero-copy.md). The guest repeats its last one until one has arrived: the display shows
# page 2, whose checksum the test computes, too.
times=1
while [ "$(cat flipped-checksum)" != 0xec2974d0 ] && [ "$times" -lt 60 ]; do
    times=$((times + 1))
    printf a >&8
    guest flipped "$times" 60
    sleep 0.5
    checksum flipped-checksum
done
echo "$times attempts until a flip to page 2 arrived" >>facts
printf d >&8
guest drawn 1 60
sleep 1
checksum drawn-checksum
close_viewer
