#!/bin/sh
# A real QEMU that draws with GL. Its screen arrives as dma-bufs, from QEMU's placeholder to the firmware's text, and the guest
# waits until each is taken. QEMU's own screen dumps show the expected picture, and its trace shows when it sends each update.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

# QEMU needs a display driver for its GL. The driver is loaded after the compositor has started; otherwise the compositor would
# use it too, and couldn't draw QEMU's buffers, which are llvmpipe's own memory (udmabuf).
headless 1024x768
display_driver
bus
mkfifo "$XDG_RUNTIME_DIR/monitor"
# With -S the guest doesn't run until the monitor receives 'cont'.
qemu-system-x86_64 -S -accel tcg -m 64 -nodefaults -no-user-config -device virtio-vga-gl \
    -display dbus,gl=on,rendernode=/dev/dri/card0 -monitor stdio -msg timestamp=on -trace dbus_update_gl -trace dbus_scanout_texture \
    -D trace.log -chardev file,id=firmware,path=firmware.log -device isa-debugcon,iobase=0x402,chardev=firmware \
    <"$XDG_RUNTIME_DIR/monitor" >monitor.log 2>qemu.log &
started $!
exec 8>"$XDG_RUNTIME_DIR/monitor"

# dump NAME: saves the guest's screen from QEMU as NAME-guest.png, and the compositor's screen as NAME-screen.png
dump() {
    sleep 1
    echo "screendump $1-guest.png -f png" >&8
    screenshot "$1-screen"
}

# updates FILE SECONDS: records QEMU's updates during this time
updates() {
    from=$(wc -l <trace.log)
    sleep "$2"
    tail -n "+$((from + 1))" trace.log | grep dbus_update_gl >"$1"
}

# pace FILE: prints the mean time between updates in milliseconds. The first interval is left out, as it began before the change.
pace() { sed 's/.*@\([0-9.]*\):.*/\1/' "$1" | awk 'NR == 2 { first = $1 } { last = $1 } END { printf "%d", (last - first) / (NR - 2) * 1000 }'; }

open_viewer gl qemu: --fullscreen --scale native --wait
shown
dump placeholder
echo cont >&8
await 60 grep -q 'No bootable device' firmware.log || fail "the firmware didn't finish: $(tail -n 1 firmware.log)"
sleep 1
echo stop >&8
dump text

# The firmware's cursor blinks, so that there is always something new.
echo cont >&8
sleep 1
updates flowing 2
kill -STOP "$compositor_pid"
updates held 5
kill -CONT "$compositor_pid"
sleep 1
updates resumed 1
echo "UpdateDMABUF every $(pace flowing) ms; while the compositor takes nothing every $(pace held) ms; then every $(pace resumed) ms" >facts
close_viewer
