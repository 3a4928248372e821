#!/bin/sh
# Measures what a QEMU guest's display costs with each viewer: processor time of QEMU, of the viewer and of a headless Weston.
# usage: scripts/bench-peers.sh [--rounds N] [--seconds N] [--write] [VIEWER]      (VIEWER: .build/release/oriel)
# There are two guests, the same with each viewer: a Linux text console that prints 50 lines a second, and a square that moves over a
# picture 30 times a second. The viewers take turns, in the opposite order each second round. Prints a table of medians for each guest,
# with the lowest and the highest; --write puts them into docs/performance.md.
set -eu
cd "$(dirname "$0")/.."
. scripts/weston.sh
. scripts/bench-page.sh

viewer=.build/release/oriel
rounds=3 seconds=10 write=""
while [ $# -gt 0 ]; do
    case $1 in
    --rounds) rounds=${2:-} && shift ;;
    --seconds) seconds=${2:-} && shift ;;
    --write) write=1 ;;
    -*) echo "bench-peers.sh: unknown option '$1'; usage: scripts/bench-peers.sh [--rounds N] [--seconds N] [--write] [VIEWER]" >&2; exit 64 ;;
    *) viewer=$1 ;;
    esac
    shift
done
case $rounds$seconds in
*[!0-9]* | "") echo "bench-peers.sh: --rounds and --seconds need numbers" >&2; exit 64 ;;
esac

out=$PWD/.build/bench/peers
rm -rf "$out"
mkdir -p "$out/root"

qemu_pid="" viewer_pid=""
end() {
    stop_process "$viewer_pid"
    stop_process "$qemu_pid"
    viewer_pid="" qemu_pid=""
    stop_weston
}
ends_with end
fail() { # CODE LINE
    echo "bench-peers.sh: $2" >&2
    exit "$1"
}

[ -x "$viewer" ] || fail 69 "there is no $viewer: run 'make release'"
for tool in qemu-system-x86_64 remote-viewer weston busybox cpio; do
    command -v "$tool" >/dev/null 2>&1 || fail 69 "$tool is missing: run 'scripts/install.sh bench'"
done
kernel=$(for file in /boot/vmlinuz-*; do echo "$file"; done | sort | tail -n 1)
[ -r "$kernel" ] || fail 69 "there is no kernel under /boot: run 'scripts/install.sh bench'"

# --- the guest ---
mkdir "$out/root/bin"
cp "$(command -v busybox)" "$out/root/bin/busybox"
gcc -std=gnu11 -O2 -Wall -Wextra -Werror -static -o "$out/root/bin/square" Tests/Support/BenchmarkGuest/square.c
cat >"$out/root/init" <<'INSIDE'
#!/bin/busybox sh
/bin/busybox mkdir -p /proc /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
echo begins >/dev/ttyS0
# Where the kernel has a framebuffer, the guest draws into it.
[ ! -c /dev/fb0 ] || exec /bin/square
exec >/dev/tty1 2>&1
line=0
while true; do
    line=$((line + 1))
    echo "$line: a text console that prints fifty lines a second, each of about eighty characters"
    /bin/busybox usleep 20000
done
INSIDE
chmod 0755 "$out/root/init"
(cd "$out/root" && find . | cpio --quiet -o -H newc -R 0:0) >"$out/guest.cpio"

# qemu OPTION…: starts the guest and waits until it prints
qemu() {
    rm -f "$out/serial.log"
    # With a VBE mode of 800x600 and 32 bits the kernel has a framebuffer. It fits on the screen: nobody scales it.
    mode="" && [ "$guest" = text ] || mode="vga=0x343"
    qemu-system-x86_64 -accel tcg -m 192 -nodefaults -no-user-config -kernel "$kernel" -initrd "$out/guest.cpio" \
        -append "quiet panic=-1 $mode" -serial "file:$out/serial.log" "$@" >"$out/qemu.log" 2>&1 &
    qemu_pid=$!
    tries=1200
    until grep -qs begins "$out/serial.log"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] && kill -0 "$qemu_pid" 2>/dev/null || fail 70 "the guest didn't begin: $(tail -n 1 "$out/qemu.log")"
        sleep 0.1
    done
}

# show VIEWER: starts the guest, and the viewer where that is a process of its own
show() {
    start_weston "$out/weston.log" || fail 74 "weston did not start: see .build/bench/peers/weston.log"
    case $1 in
    none) qemu -vga std -display none ;;
    gtk) GDK_BACKEND=wayland qemu -vga std -display gtk ;;
    spice)
        qemu -vga qxl -spice "unix=on,addr=$XDG_RUNTIME_DIR/spice,disable-ticketing=on"
        GDK_BACKEND=wayland remote-viewer "spice+unix://$XDG_RUNTIME_DIR/spice" >"$out/viewer.log" 2>&1 &
        viewer_pid=$!
        ;;
    oriel)
        qemu -vga std -display dbus,p2p=yes -qmp "unix:$XDG_RUNTIME_DIR/qmp,server=on,wait=off"
        "$viewer" view "qemu:qmp=$XDG_RUNTIME_DIR/qmp" >"$out/viewer.log" 2>&1 &
        viewer_pid=$!
        ;;
    esac
    sleep 4
    [ -z "$viewer_pid" ] || kill -0 "$viewer_pid" 2>/dev/null || fail 70 "the viewer ($1) has ended: $(tail -n 1 "$out/viewer.log")"
}

# used PID: prints the processor time of a process in milliseconds; 0 for none
used() {
    [ -n "$1" ] || { echo 0; return; }
    sed 's/.*) //' "/proc/$1/stat" | awk -v hertz="$(getconf CLK_TCK)" '{ printf "%d\n", ($12 + $13) * 1000 / hertz }'
}
all_used() { echo "$(used "$qemu_pid") $(used "$viewer_pid") $(used "$weston_pid")"; }

measure() {
    show "$1"
    before=$(all_used)
    sleep "$seconds"
    echo "$guest-$1 $before $(all_used)" | awk -v s="$seconds" '{
        q = ($5 - $2) / s; v = ($6 - $3) / s; w = ($7 - $4) / s; print $1, q, v, w, q + v + w
    }' >>"$out/figures.txt"
    end
}

round=0
while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    echo "bench: viewers of QEMU, round $round of $rounds" >&2
    if [ $((round % 2)) -eq 1 ]; then order="none gtk spice oriel"; else order="oriel spice gtk none"; fi
    for guest in text square; do
        for name in $order; do measure "$name"; done
    done
done

# table GUEST TITLE: prints the guest's figures
table() {
    echo
    echo "| $2: milliseconds of processor time a second | QEMU | viewer | compositor | all | lowest to highest |"
    echo "|---|---|---|---|---|---|"
    for name in none gtk spice oriel; do
        case $name in
        none) title="no display" ;;
        gtk) title="QEMU's GTK window" ;;
        spice) title="remote-viewer over SPICE" ;;
        oriel) title="Oriel" ;;
        esac
        for column in 2 3 4 5; do
            awk -v name="$1-$name" -v c=$column '$1 == name { print $c }' "$out/figures.txt" | sort -n |
                awk '{ v[NR] = $1 } END { printf "%.0f %.0f %.0f\n", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2, v[1], v[NR] }'
        done | awk -v title="$title" '{ m[NR] = $1; low = $2; high = $3 }
            END { printf "| %s | %s | %s | %s | %s | %s to %s |\n", title, m[1], m[2], m[3], m[4], low, high }'
    done
}
{
    echo "$(machine), QEMU $(qemu-system-x86_64 --version | sed -n 's/.*version \([0-9.]*\).*/\1/p'), $rounds rounds of $seconds s:"
    table text "a text console, 50 lines a second"
    table square "a moving square, 30 pictures a second"
} | tee "$out/table.md"
[ -z "$write" ] || write_section peers "$out/table.md"
