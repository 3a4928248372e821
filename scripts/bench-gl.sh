#!/bin/sh
# Measures a QEMU guest that keeps its picture in a dma-buf (gl=on, virtio-gpu with blob), in full screen on a display that reads buffers as
# hardware does: with QEMU's own GTK window, and with Oriel. It runs in the virtual machine of 'make test-vm', which is emulated: only
# the ratios mean something.
# usage: scripts/bench-gl.sh [--rounds N] [--write]
# Prints a table of medians; --write puts it into docs/performance.md.
set -eu
cd "$(dirname "$0")/.."
. scripts/bench-page.sh

rounds=3 write=""
while [ $# -gt 0 ]; do
    case $1 in
    --rounds) rounds=${2:-} && shift ;;
    --write) write=1 ;;
    *) echo "bench-gl.sh: unknown argument '$1'; usage: scripts/bench-gl.sh [--rounds N] [--write]" >&2; exit 64 ;;
    esac
    shift
done
case $rounds in
*[!0-9]* | "" | 0) echo "bench-gl.sh: --rounds needs a number from 1" >&2; exit 64 ;;
esac

out=.build/bench/gl
rm -rf $out
mkdir -p $out
round=0
while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    echo "bench: QEMU's GL window and Oriel, round $round of $rounds" >&2
    VM_PACKAGES=qemu-system-gui scripts/vm.sh gl-gtk gl-oriel >$out/vm.log 2>&1 || { cat $out/vm.log >&2; exit 70; }
    for name in gtk oriel; do echo "$name $(cat .build/vm/results/gl-$name/figures)" >>$out/figures.txt; done
done

# median NAME COLUMN
median() {
    awk -v name="$1" -v c="$2" '$1 == name { print $c }' $out/figures.txt | sort -n |
        awk '{ v[NR] = $1 } END { printf "%.0f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
{
    echo "$(machine), rounds of 15 s: $rounds, in a virtual machine without KVM (Debian 13, QEMU 10.0, Weston 14 on vkms):"
    echo
    echo "| a second | QEMU | viewer | compositor | all | pictures on the display | read from the client's buffer |"
    echo "|---|---|---|---|---|---|---|"
    for name in gtk oriel; do
        [ $name = gtk ] && title="QEMU's GTK window" || title="Oriel"
        q=$(median $name 2) v=$(median $name 3) w=$(median $name 4)
        share=$(awk -v all="$(median $name 5)" -v read="$(median $name 6)" 'BEGIN { printf "%.0f %%", all ? read * 100 / all : 0 }')
        echo "| $title | $q ms | $v ms | $w ms | $((q + v + w)) ms | $(median $name 5) | $share |"
    done
} | tee $out/table.md
[ -z "$write" ] || write_section gl $out/table.md
