# Functions of the benchmark of viewers on a display that reads buffers as hardware does.
# shellcheck shell=sh disable=SC2154 # lib.sh sets the processes' ids
seconds=15

# used PID: prints the processor time of a process in milliseconds; 0 for none
used() {
    [ -n "$1" ] || { echo 0; return; }
    sed 's/.*) //' "/proc/$1/stat" | awk -v hertz="$(getconf CLK_TCK)" '{ printf "%d\n", ($12 + $13) * 1000 / hertz }'
}
all_used() { echo "$(used "$qemu_pid") $(used "$1") $(used "$compositor_pid")"; }

# measure VIEWER_PID: has the guest draw, and leaves in 'figures': milliseconds of processor time a second of QEMU, the viewer and the
# compositor; how many pictures the display got in the same time, and how many of them it read from the client's buffer. No process
# id means that QEMU is the viewer.
measure() {
    # The picture that it draws into comes on screen.
    printf a >&8
    guest flipped 1 60
    printf s >&8
    sleep 2
    before=$(all_used "$1")
    sleep $seconds
    after=$(all_used "$1")
    # The compositor tells of each picture how it was put together. Telling costs it time.
    weston-debug drm-backend >drm.log 2>&1 &
    watch=$!
    sleep $seconds
    stop $watch
    echo "$before $after $(grep -c 'state composition' drm.log) $(grep -c 'plane-only state composition' drm.log)" |
        awk -v s=$seconds '{ print ($4 - $1) / s, ($5 - $2) / s, ($6 - $3) / s, $7 / s, $8 / s }' >figures
    cat figures
}
