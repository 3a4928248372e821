#!/bin/sh
# A benchmark: the same Linux guest, which draws into the dma-buf on screen 50 times a second, with QEMU's own GTK window and with Oriel, both
# in full screen on the display. Each leaves a line in 'figures': its name, milliseconds of processor time a second of QEMU, of the viewer
# and of the compositor, commits a second, and how many of the display's refreshes had a new picture and read it from the client's
# buffer.
# limit: 330
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh
seconds=15

mkdir "$XDG_RUNTIME_DIR/guest"
cp /host/blob-guest "$XDG_RUNTIME_DIR/guest/init"
(cd "$XDG_RUNTIME_DIR/guest" && find . | cpio --quiet -o -H newc) >"$XDG_RUNTIME_DIR/guest.cpio" || fail "the guest could not be packed"
mkfifo "$XDG_RUNTIME_DIR/serial"

# guest NAME OPTION…: starts QEMU with a guest, which shows pictures
guest() {
    name=$1
    shift
    qemu-system-x86_64 -accel tcg -m 256 -nodefaults -no-user-config -machine pc,memory-backend=mem \
        -object memory-backend-memfd,id=mem,size=256M,share=on -device virtio-gpu-pci,blob=true,xres=1024,yres=768 "$@" \
        -kernel /guest-kernel -initrd "$XDG_RUNTIME_DIR/guest.cpio" -append "console=ttyS0 panic=-1" -chardev stdio,id=serial \
        -serial chardev:serial <"$XDG_RUNTIME_DIR/serial" >"$name-serial.log" 2>"$name-qemu.log" &
    qemu_pid=$!
    started $qemu_pid
    exec 8>"$XDG_RUNTIME_DIR/serial"
    await 100 grep -q '^ready' "$name-serial.log" || fail "the guest isn't ready: $(tail -n 1 "$name-qemu.log")"
}

# draws: has the guest draw without end
draws() {
    printf f >&8
    await 60 grep -q '^flipped' "$name-serial.log" || fail "the guest hasn't flipped"
    printf s >&8
    sleep 2
}

# used PID: prints the processor time of a process in milliseconds
used() { sed 's/.*) //' "/proc/$1/stat" | awk -v hertz="$(getconf CLK_TCK)" '{ printf "%d\n", ($12 + $13) * 1000 / hertz }'; }

# commits LOG: prints how many times the client has committed a surface, from its log of what it sends
commits() { grep -c 'wl_surface.*commit()' "$1"; }

# measure LOG PID: has the display watched for a while. PID is 0 where the viewer is QEMU itself.
measure() {
    weston-debug drm-backend >"$name-drm.log" 2>&1 &
    watch=$!
    sleep 1
    before="$(used "$qemu_pid") $([ "$2" -eq 0 ] && echo 0 || used "$2") $(used "$compositor_pid") $(commits "$1")"
    sleep $seconds
    after="$(used "$qemu_pid") $([ "$2" -eq 0 ] && echo 0 || used "$2") $(used "$compositor_pid") $(commits "$1")"
    stop $watch
    echo "$name $before $after $(grep -c 'plane-only state' "$name-drm.log") $(grep -c 'state composition' "$name-drm.log")" |
        awk -v s=$seconds '{ print $1, ($6 - $2) / s, ($7 - $3) / s, ($8 - $4) / s, ($9 - $5) / s, $10, $11 }' >>figures
}

scanout
bus
guest oriel -display dbus,gl=on,rendernode=/dev/dri/card0
echo "oriel|qemu:" >>runs
WAYLAND_DEBUG=client timeout 120 /host/oriel view qemu: --fullscreen --cursor hidden --stats oriel.json >oriel.log 2>&1 &
viewer_pid=$! viewer=oriel
started $viewer_pid
shown
draws
measure oriel.log "$(viewer_process)"
cat figures
close_viewer
end_all

scanout
WAYLAND_DEBUG=client GDK_BACKEND=wayland guest gtk -display gtk,gl=on,full-screen=on,show-menubar=off
draws
measure gtk-qemu.log 0
cat figures
