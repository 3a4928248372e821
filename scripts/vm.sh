#!/bin/sh
# Tests the viewer in a virtual machine with real dma-bufs, VFIO display devices, and a display controller that reads buffers as
# hardware does. Builds the machine's image once, boots it, and leaves the results in .build/vm/results.
# usage: scripts/vm.sh [SCENARIO…]      (names from scripts/vm/scenarios, all by default, or from scripts/vm/bench; ORIEL=FILE uses
# another viewer, VM_PACKAGES another image that has these Debian packages, too)
set -eu
cd "$(dirname "$0")/.."
. scripts/weston.sh # stop_process

limit=2100 # seconds for the whole run, however often the machine boots; alone on two cores it takes a quarter of that
most_boots=4
boot_limit=120 # seconds until its first process runs; on an idle host it takes 10
silence=340 # seconds without a verdict; a scenario may take 300
viewer=${ORIEL:-.build/release/oriel}
results=.build/vm/results

fail() { # CODE LINE
    echo "vm.sh: $2" >&2
    exit "$1"
}

share="" qemu_pid=""
finish() {
    status=$?
    trap - EXIT INT TERM HUP
    stop_process "$qemu_pid"
    [ -z "$share" ] || rm -rf "$share"
    exit $status
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

[ -x "$viewer" ] || fail 69 "there is no $viewer: run 'make release'"

# --- the image, which is built once for each state of its inputs ---
mkdir -p .build/vm
packages=${VM_PACKAGES:-} kind=${VM_PACKAGES:+bench-}image
image=.build/vm/$kind-$({ cat scripts/vm/image.sh; printf %s "$packages"; } | sha256sum | cut -c 1-16)
if [ ! -d "$image" ]; then
    echo "Building the virtual machine's image (a few minutes, once)"
    # shellcheck disable=SC2086 # a word for each package
    scripts/vm/image.sh "$image" $packages
    for old in ".build/vm/$kind"-*; do [ "$old" = "$image" ] || rm -rf "$old"; done
fi

# --- the folder that the machine shares with the host ---
share=$(mktemp -d "$PWD/.build/vm/share.XXXXXX")
mkdir "$share/results" "$share/scenarios"
cp scripts/vm/init.sh scripts/vm/lib.sh scripts/vm/bench/gl.sh "$share"
[ $# -gt 0 ] || set -- scripts/vm/scenarios/*.sh
for scenario in "$@"; do
    name=$(basename "$scenario" .sh)
    file=scripts/vm/scenarios/$name.sh
    [ -f "$file" ] || file=scripts/vm/bench/$name.sh
    cp "$file" "$share/scenarios" 2>/dev/null || fail 64 "there is no scenario '$name'"
done
strip -o "$share/oriel" "$viewer"
for program in blob-guest chord device-owner mouse plane-server; do
    # shellcheck disable=SC2046 # as many words as pkg-config says
    gcc -std=gnu11 -O2 -Wall -Wextra -Werror -static -pthread -I Sources/CPlaneProtocol/include $(pkg-config --cflags libdrm) \
        -o "$share/$program" "Tests/VM/$program.c"
done
# This program is linked dynamically, with the machine's libraries.
# shellcheck disable=SC2046
gcc -std=gnu11 -O2 -Wall -Wextra -Werror $(pkg-config --cflags libpipewire-0.3 libsystemd libpng | sed 's/-I/-isystem /g') \
    -o "$share/screen-cast" Tests/VM/screen-cast.c $(pkg-config --libs libpipewire-0.3 libsystemd libpng)

# --- the machine, emulated without KVM, which many build machines lack ---
boot() {
    echo "Booting the virtual machine"
    qemu-system-x86_64 -accel tcg,thread=multi -cpu max -m 3072 -smp 2 -nodefaults -no-user-config -display none -no-reboot \
        -kernel "$image/vmlinuz" -initrd "$image/initrd.img" -append "root=/dev/vda ro init=/start console=ttyS0 quiet panic=-1" \
        -drive "file=$image/root.ext4,format=raw,if=virtio,readonly=on" \
        -virtfs "local,path=$share,security_model=none,mount_tag=oriel" -serial "file:$share/console.log" >"$share/qemu.log" 2>&1 &
    qemu_pid=$!
}
told=0
tell() { # prints the scenarios that have ended since the last call
    [ -f "$share/results/verdicts" ] || return 0
    tail -n "+$((told + 1))" "$share/results/verdicts" >"$share/news"
    told=$((told + $(wc -l <"$share/news")))
    awk -F '|' '{ printf "  %-8s%-22s%3d s  %s\n", $1, $2, $3, $4 }' "$share/news"
}
# If the kernel doesn't boot, or hangs or crashes later, the machine is booted again and continues with the scenarios that have no
# verdict yet. (On a busy host it may lose a timer while it boots. After scenarios with mbochs its memory was once damaged, «Bad
# page state», and nothing continued.)
boots=0 seconds=0
while [ "$boots" -lt "$most_boots" ] && [ "$seconds" -lt "$limit" ] && [ ! -f "$share/results/finished" ]; do
    boots=$((boots + 1)) silent=0
    rm -f "$share/results/booted"
    boot
    while kill -0 "$qemu_pid" 2>/dev/null && [ "$seconds" -lt "$limit" ]; do
        sleep 1
        seconds=$((seconds + 1)) silent=$((silent + 1)) before=$told
        tell
        [ "$told" -eq "$before" ] || silent=0
        [ -f "$share/results/booted" ] && patience=$silence || patience=$boot_limit
        [ "$silent" -lt "$patience" ] || break
    done
    tell
    stop_process "$qemu_pid"
    cat "$share/console.log" >>"$share/consoles.log"
done
qemu_pid=""
rm -rf "$results"
cp "$share/consoles.log" "$share/qemu.log" "$share/results" 2>/dev/null || true
mv "$share/results" "$results"
if [ ! -f "$results/finished" ]; then
    tail -n 20 "$results/qemu.log" "$results/consoles.log" >&2
    fail 70 "the machine didn't finish in $boots boots and $seconds seconds: see its last output above"
fi

# --- one line for each run of the viewer ---
word() { sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p" "$statistics" | head -n 1; }
line() { printf '%-38s %-62s %-14s %-24s %8s %10s\n' "$@"; }
echo
line scenario/run source path "changed/com./pres./zero" imports bytesCopied
for runs in "$results"/*/runs; do
    [ -f "$runs" ] || continue
    folder=${runs%/runs}
    while IFS='|' read -r name source; do
        statistics=$folder/$name.json
        [ -s "$statistics" ] || continue
        line "${folder##*/}/$name" "$source" "$(word path)" "$(word changed)/$(word committed)/$(word presented)/$(word zeroCopy)" \
            "$(word imports)" "$(word bytesCopied)"
    done <"$runs"
done
echo
for facts in "$results"/*/facts; do
    [ ! -f "$facts" ] || sed "s|^|$(basename "${facts%/facts}"): |" "$facts"
done
! grep -q '^failed' "$results/verdicts" || fail 70 "scenarios failed: see above, and .build/vm/results"
