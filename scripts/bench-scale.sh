#!/bin/sh
# Measures whether the cost of a forwarded frame grows with the picture's size, the number of windows and the guest's rate.
# usage: scripts/bench-scale.sh [--write] [VIEWER]      (VIEWER: .build/release/oriel)
# Prints a table of instructions and system calls of the main thread per commit, from a longer and a shorter run each, so that the work
# done once cancels out. --write puts it into docs/performance.md. It judges nothing.
set -eu
cd "$(dirname "$0")/.."
. scripts/weston.sh
. scripts/bench-page.sh

viewer=.build/release/oriel
write=""
while [ $# -gt 0 ]; do
    case $1 in
    --write) write=1 ;;
    -*) echo "bench-scale.sh: unknown option '$1'; usage: scripts/bench-scale.sh [--write] [VIEWER]" >&2; exit 64 ;;
    *) viewer=$1 ;;
    esac
    shift
done

out=$PWD/.build/bench/scale
rm -rf "$out"
mkdir -p "$out"

running=""
ends_with 'stop_process "$running"; stop_weston'
fail() { # CODE LINE
    echo "bench-scale.sh: $2" >&2
    exit "$1"
}

[ -x "$viewer" ] || fail 69 "there is no $viewer: run 'make release'"
for tool in valgrind strace weston; do
    command -v "$tool" >/dev/null 2>&1 || fail 69 "$tool is missing: run 'scripts/install.sh bench'"
done
strip -o "$out/oriel" "$viewer" # valgrind 3.19 can't read Swift's debug information
start_weston "$out/weston.log" || fail 74 "weston did not start: see .build/bench/scale/weston.log"

# commits SECONDS SOURCE WRAPPER…: shows the guest for a time; prints how many commits there were, of pictures and of cursors alone
commits() {
    seconds=$1 source=$2
    shift 2
    timeout --kill-after=5 300 "$@" "$out/oriel" view "$source" $windows --duration "$seconds" --stats "$out/stats.json" \
        >"$out/log.txt" 2>&1 &
    running=$!
    status=0
    wait "$running" || status=$?
    running=""
    [ "$status" -eq 0 ] || fail 70 "the viewer ended with status $status: $(tail -n 1 "$out/log.txt")"
    grep -oE '"(committed|cursorMoves)": *[0-9]+' "$out/stats.json" | awk -F : '{ sum += $2 } END { print sum }'
}

# slope: prints by how much the second column grows with each of the first, from two lines
slope() { awk '{ n[NR] = $1; v[NR] = $2 } END { printf "%.2f\n", (v[2] - v[1]) / (n[2] - n[1]) }'; }

# Runs under valgrind are longer: the viewer is fifty times slower then.
instructions() { # SOURCE
    for seconds in 6 16; do
        count=$(commits $seconds "$1" valgrind --tool=callgrind --separate-threads=yes --fair-sched=try \
            --callgrind-out-file="$out/callgrind")
        echo "$count $(awk '$1 == "totals:" { print $2 }' "$out/callgrind-01")"
    done | slope
}
calls() { # SOURCE
    for seconds in 3 9; do
        count=$(commits $seconds "$1" strace -c -U calls,name -o "$out/calls.txt")
        echo "$count $(awk '$2 == "total" { print $1 }' "$out/calls.txt")"
    done | slope
}

# row GROUP TITLE SOURCE: measures a guest. The group's first row is what its others are compared with.
row() {
    echo "bench: $2" >&2
    windows=""
    case $3 in *consoles=*) windows=--all-consoles ;; esac
    instructions=$(instructions "$3")
    calls=$(calls "$3")
    echo "$1 $instructions $calls $2" >>"$out/figures.txt"
}

memory="memory=memfd&rate"
row size "640×480" "demo:?size=640x480&$memory=10"
row size "1920×1080" "demo:?size=1920x1080&$memory=10"
row size "3840×2160" "demo:?size=3840x2160&$memory=10"
row size "7680×4320" "demo:?size=7680x4320&$memory=10"
row windows "1 window" "demo:?size=320x240&$memory=5"
row windows "4 windows" "demo:?size=320x240&$memory=5&consoles=4"
row windows "16 windows" "demo:?size=320x240&$memory=5&consoles=16"
row rate "60 pictures a second" "demo:?size=320x240&cursor=none&$memory=60"
row rate "240 pictures a second" "demo:?size=320x240&cursor=none&$memory=240"
row rate "1000 pictures a second" "demo:?size=320x240&cursor=none&$memory=1000"
row cursor "the cursor alone, 60 moves a second" "demo:?size=320x240&cursor=only&$memory=60"
row cursor "the cursor alone, 1000 moves a second" "demo:?size=320x240&cursor=only&$memory=1000"

{
    echo "$(machine):"
    echo
    echo "| main thread, for each commit | instructions | ratio | system calls |"
    echo "|---|---|---|---|"
    awk '{
        group = $1; instructions = $2; calls = $3
        $1 = $2 = $3 = ""
        sub(/^ */, "")
        if (group != last) first = instructions
        last = group
        printf "| %s | %d | %.2f | %.1f |\n", $0, instructions, instructions / first, calls
    }' "$out/figures.txt"
} | tee "$out/table.md"
[ -z "$write" ] || write_section scale "$out/table.md"
