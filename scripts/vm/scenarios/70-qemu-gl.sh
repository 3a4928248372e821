#!/bin/sh
# A real QEMU that draws with GL: its screen comes as dma-bufs, from QEMU's placeholder to the firmware's text, and the guest waits
# until each is taken. QEMU's own screen dumps say what is to be seen, and its trace when it sends each update.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

# QEMU needs a display's driver for its GL. It is loaded after the compositor has begun: that would take it too, and can't draw QEMU's
# buffers with it, which are memory of llvmpipe's own (udmabuf).
headless 1024x768
display_driver
bus
mkfifo "$XDG_RUNTIME_DIR/monitor"
# -S: the guest doesn't run until the monitor says 'cont'.
qemu-system-x86_64 -S -accel tcg -m 64 -nodefaults -no-user-config -device virtio-vga-gl \
    -display dbus,gl=on,rendernode=/dev/dri/card0 -monitor stdio -msg timestamp=on -trace dbus_update_gl -trace dbus_scanout_texture \
    -D trace.log -chardev file,id=firmware,path=firmware.log -device isa-debugcon,iobase=0x402,chardev=firmware \
    <"$XDG_RUNTIME_DIR/monitor" >monitor.log 2>qemu.log &
started $!
exec 8>"$XDG_RUNTIME_DIR/monitor"

# dump NAME: the guest's screen by QEMU, as NAME-guest.png, and what the compositor shows, as NAME-screen.png
dump() {
    sleep 1
    echo "screendump $1-guest.png -f png" >&8
    screenshot "$1-screen"
}

# updates FILE SECONDS: QEMU's updates within the time
updates() {
    from=$(wc -l <trace.log)
    sleep "$2"
    tail -n "+$((from + 1))" trace.log | grep dbus_update_gl >"$1"
}

# pace FILE: the mean time between two updates, in milliseconds. The first still is of what was before.
pace() { sed 's/.*@\([0-9.]*\):.*/\1/' "$1" | awk 'NR == 2 { first = $1 } { last = $1 } END { printf "%d", (last - first) / (NR - 2) * 1000 }'; }

open_viewer gl qemu: --fullscreen --scale native --wait
shown
dump placeholder
echo cont >&8
await 60 grep -q 'No bootable device' firmware.log || fail "the firmware did not come to its end: $(tail -n 1 firmware.log)"
sleep 1
echo stop >&8
dump text

# The firmware's cursor blinks: there is always something new.
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
