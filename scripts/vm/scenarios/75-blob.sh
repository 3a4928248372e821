#!/bin/sh
# The recipe for every machine (docs/zero-copy.md): QEMU makes a dma-buf of the pages in which a Linux guest keeps its picture, without
# any GPU, and the display reads them. The guest shows pictures in several buffers in turn, then draws into the one on screen.
# limit: 300
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

# The guest's only program as an initrd, and a kernel with nothing but a screen and a serial port.
mkdir "$XDG_RUNTIME_DIR/guest"
cp /host/blob-guest "$XDG_RUNTIME_DIR/guest/init"
(cd "$XDG_RUNTIME_DIR/guest" && find . | cpio --quiet -o -H newc) >"$XDG_RUNTIME_DIR/guest.cpio" || fail "the guest could not be packed"

scanout
bus
mkfifo "$XDG_RUNTIME_DIR/serial"
qemu-system-x86_64 -accel tcg -m 256 -nodefaults -no-user-config -machine pc,memory-backend=mem \
    -object memory-backend-memfd,id=mem,size=256M,share=on -device virtio-gpu-pci,blob=true,xres=1024,yres=768 \
    -display dbus,gl=on,rendernode=/dev/dri/card0 -kernel /guest-kernel -initrd "$XDG_RUNTIME_DIR/guest.cpio" \
    -append "console=ttyS0 panic=-1" -chardev stdio,id=serial -serial chardev:serial \
    <"$XDG_RUNTIME_DIR/serial" >serial.log 2>qemu.log &
started $!
exec 8>"$XDG_RUNTIME_DIR/serial"

# guest LINE TIMES SECONDS: waits until the guest has said this so many times
guest() { await "$3" said "$1" "$2" || fail "the guest isn't $1: $(tail -n 1 serial.log) $(tail -n 1 qemu.log)"; }
said() { [ "$(grep -c "^$1" serial.log)" -ge "$2" ]; }

# Before the guest has set its mode, QEMU shows a placeholder that Weston can't draw on vkms. So the viewer comes later.
guest ready 1 100
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
