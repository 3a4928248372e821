#!/bin/sh
# Measures the cost of a forwarded frame in the viewer, against a plain C client that makes the same requests.
# usage: scripts/bench.sh [--quick] [--frames N] [--write] [VIEWER]      (VIEWER: .build/release/oriel)
# Prints a table and writes the figures to .build/bench/results.json; --write also puts the table into docs/performance.md. It judges
# nothing: the exit status is 0 if the measurement succeeded.
set -eu
cd "$(dirname "$0")/.."
. scripts/weston.sh
. scripts/bench-page.sh

viewer=.build/release/oriel
frames=240
starts=21
write=""
while [ $# -gt 0 ]; do
    case $1 in
    --quick) frames=90 starts=11 ;;
    --frames) frames=${2:-} && shift ;;
    --write) write=1 ;;
    -*) echo "bench.sh: unknown option '$1'; usage: scripts/bench.sh [--quick] [--frames N] [--write] [VIEWER]" >&2; exit 64 ;;
    *) viewer=$1 ;;
    esac
    shift
done
case $frames in
'' | *[!0-9]*) echo "bench.sh: --frames needs a number" >&2; exit 64 ;;
esac
[ "$frames" -ge 30 ] || { echo "bench.sh: at least 30 frames are needed" >&2; exit 64; }
few=$((frames / 2)) # work done once, in the first seconds, is in both runs and cancels out

size=1280x720
# A software compositor on a busy machine can't keep up with 60 pictures a second, and valgrind slows the program fiftyfold. The
# guest is slow enough that each picture becomes one frame; otherwise the figures would include the wake-ups of superseded
# pictures.
rate=30
slow_rate=20 # for runs under valgrind
small=144x128 # the guest's pictures are negligible in the resident memory at this size

out=$PWD/.build/bench
source=Tests/Support/BenchmarkClient
mkdir -p "$out/protocol"
rm -f "$out"/callgrind.* "$out"/*.txt "$out/results.json"

# --- processes are ended on every way out ---
running=""
ends_with 'stop_process "$running"; stop_weston'

fail() { # CODE LINE
    echo "bench.sh: $2" >&2
    exit "$1"
}
say() { echo "bench: $*" >&2; }

# --- the C side ---
for tool in gcc valgrind strace weston wayland-scanner pkg-config; do
    command -v "$tool" >/dev/null 2>&1 || fail 69 "$tool is missing: run 'scripts/install.sh bench'"
done
protocols=$(pkg-config --variable=pkgdatadir wayland-protocols)
for protocol in linux-dmabuf:linux-dmabuf-v1 presentation-time:presentation-time viewporter:viewporter xdg-shell:xdg-shell; do
    xml=$protocols/stable/${protocol%%:*}/${protocol#*:}.xml
    generated=$out/protocol/${protocol#*:}
    [ -f "$xml" ] || fail 69 "$xml is missing: run 'scripts/install.sh build'"
    wayland-scanner client-header "$xml" "$generated.h"
    wayland-scanner private-code "$xml" "$generated.c"
done
flags="-std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra"
# shellcheck disable=SC2046,SC2086 # lists of words
gcc $flags -I "$out/protocol" -o "$out/client" $source/client.c "$out"/protocol/*.c -pthread -lm $(pkg-config --cflags --libs wayland-client)
# shellcheck disable=SC2086
gcc $flags -o "$out/measure" $source/measure.c
# shellcheck disable=SC2086
gcc $flags -shared -fPIC -o "$out/malloc-count.so" $source/malloc-count.c
# shellcheck disable=SC2046,SC2086
gcc $flags -shared -fPIC -o "$out/first-commit.so" $source/first-commit.c $(pkg-config --cflags wayland-client)

# --- the programs: «bare» is the minimum for any client, «client» does the same as the viewer, «oriel» is the viewer ---
programs="bare client"
if [ -x "$viewer" ]; then
    programs="bare client oriel"
    strip -o "$out/oriel" "$viewer" # valgrind 3.19 can't read Swift's debug information
else
    say "there is no $viewer: the C client is measured alone ('make release' builds the viewer)"
fi

# program NAME FRAMES RATE SIZE [WRAPPER…]: runs the program to its end. Fails on any error, since a figure from a broken run is
# worse than none.
program() {
    name=$1 count=$2 hertz=$3 pixels=$4
    shift 4
    case $name in
    bare) set -- "$@" "$out/client" --frames "$count" --rate "$hertz" --size "$pixels" --no-cursor --no-feedback ;;
    client) set -- "$@" "$out/client" --frames "$count" --rate "$hertz" --size "$pixels" --stats "$out/stats-$name.txt" ;;
    oriel)
        set -- "$@" "$out/oriel" view "demo:?size=$pixels&rate=$hertz&cursor=moving&memory=memfd" \
            --frames "$count" --stats "$out/stats-$name.txt"
        ;;
    esac
    timeout --kill-after=5 300 "$@" >"$out/log-$name.txt" 2>&1 &
    running=$!
    status=0
    wait "$running" || status=$?
    running=""
    [ "$status" -eq 0 ] || fail 70 "$name ended with status $status, its output is in .build/bench/log-$name.txt: $(tail -n 1 "$out/log-$name.txt")"
}

# figure KEY PROGRAM VALUE: adds a line to the list from which the report is made
figure() { echo "$*" >>"$out/figures.txt"; }
per_frame() { # VALUE-AT-FEW VALUE-AT-FRAMES
    awk -v a="$1" -v b="$2" -v n="$((frames - few))" 'BEGIN { printf "%.3f\n", (b - a) / n }'
}

start_weston "$out/weston.log" || fail 74 "weston did not start: see .build/bench/weston.log"

say "checking that everything runs"
for name in $programs; do
    program "$name" 10 $rate $size
done

say "instructions of the main thread, $few and $frames frames under callgrind"
instructions() { # PROGRAM FRAMES
    program "$1" "$2" $slow_rate $size valgrind --tool=callgrind --separate-threads=yes --fair-sched=try \
        --callgrind-out-file="$out/callgrind.$1.$2"
    awk '$1 == "totals:" { print $2 }' "$out/callgrind.$1.$2-01"
}
for name in $programs; do
    at_few=$(instructions "$name" $few)
    at_frames=$(instructions "$name" "$frames")
    figure instructions "$name" "$(per_frame "$at_few" "$at_frames")"
done

say "system calls of the main thread"
many=$((frames * 2)) # one wake-up is five calls, which is little over this many frames
for name in $programs; do
    for count in $few $many; do # without -f, strace sees the first thread only
        program "$name" "$count" $rate $size strace -c -U calls,name -o "$out/calls.$name.$count.txt"
    done
    awk -v n="$((many - few))" '
        $1 !~ /^[0-9]+$/ || $2 == "total" { next }
        FILENAME == ARGV[1] { few[$2] = $1; next }
        $1 != few[$2] { printf "%s %.3f\n", $2, ($1 - few[$2]) / n }
    ' "$out/calls.$name.$few.txt" "$out/calls.$name.$many.txt" >"$out/calls.txt"
    while read -r call value; do figure "calls.$call" "$name" "$value"; done <"$out/calls.txt"
done

say "heap allocations of the main thread"
for name in $programs; do
    for count in $few $frames; do
        program "$name" "$count" $rate $size env LD_PRELOAD="$out/malloc-count.so" \
            ORIEL_BENCH_ALLOCATIONS="$out/allocations.$name.$count.txt"
    done
    figure allocations "$name" "$(per_frame "$(cat "$out/allocations.$name.$few.txt")" "$(cat "$out/allocations.$name.$frames.txt")")"
done

say "messages, which show whether both programs do the same"
for name in $programs; do
    for count in $few $frames; do
        program "$name" "$count" $rate $size env WAYLAND_DEBUG=client
        awk '/^\[ *[0-9]+[.:]/ { if ($0 ~ /[]}]  *-> /) sent++; else received++ } END { print sent + 0, received + 0 }' \
            "$out/log-$name.txt" >"$out/messages.$name.$count.txt"
    done
    for column in 1 2; do
        at_few=$(cut -d' ' -f$column "$out/messages.$name.$few.txt")
        at_frames=$(cut -d' ' -f$column "$out/messages.$name.$frames.txt")
        figure "messages.$column" "$name" "$(per_frame "$at_few" "$at_frames")"
    done
done

say "start, $starts times each, in alternating order"
reversed() { echo "$1" | awk '{ for (i = NF; i > 0; i--) printf "%s ", $i }'; }
turn=0
while [ $turn -lt "$starts" ]; do
    turn=$((turn + 1))
    # The compositor is still cleaning up after the previous client. Without a pause, the second of a pair would seem slower.
    if [ $((turn % 2)) -eq 0 ]; then order=$programs; else order=$(reversed "$programs"); fi
    for name in $order; do
        [ "$name" != bare ] || continue
        ORIEL_BENCH_PRELOAD=$out/first-commit.so ORIEL_BENCH_FIRST_COMMIT=$out/first-commit.txt
        export ORIEL_BENCH_PRELOAD ORIEL_BENCH_FIRST_COMMIT
        sleep 0.3
        program "$name" 1 $rate $size "$out/measure" "$out/whole.txt"
        unset ORIEL_BENCH_PRELOAD ORIEL_BENCH_FIRST_COMMIT
        cat "$out/first-commit.txt" >>"$out/first-commits.$name.txt"
        awk '{ print $1 }' "$out/whole.txt" >>"$out/wholes.$name.txt"
    done
done
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { printf "%.0f\n", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
for name in $programs; do
    [ "$name" != bare ] || continue
    figure start "$name" "$(median "$out/first-commits.$name.txt")"
    figure whole "$name" "$(median "$out/wholes.$name.txt")"
done

say "resident memory"
for name in $programs; do
    [ "$name" != bare ] || continue
    for pixels in $size $small; do
        program "$name" 60 $rate "$pixels" "$out/measure" "$out/whole.txt"
        figure "resident.$pixels" "$name" "$(awk '{ printf "%.0f\n", $2 * 1024 }' "$out/whole.txt")"
    done
done

# What is done once a second is in both rates and cancels out.
recorded() { # COMMAND RATE [WRAPPER…]: shows or measures the guest for some seconds; prints how many frames it committed
    command=$1 hertz=$2
    shift 2
    case $command in measure) set -- "$@" "$out/oriel" measure --warmup 0 ;; view) set -- "$@" "$out/oriel" view ;; esac
    timeout --kill-after=5 300 "$@" "demo:?size=640x480&rate=$hertz&cursor=moving&memory=memfd" --duration 8 --stats "$out/stats-recorded.txt" \
        >"$out/log-recorded.txt" 2>&1 &
    running=$!
    status=0
    wait "$running" || status=$?
    running=""
    [ "$status" -eq 0 ] || fail 70 "oriel $command ended with status $status: $(tail -n 1 "$out/log-recorded.txt")"
    sed -n 's/.*"committed": *\([0-9]*\).*/\1/p' "$out/stats-recorded.txt" | head -n 1
}
slope() { awk '{ n[NR] = $1; v[NR] = $2 } END { printf "%.3f\n", (v[2] - v[1]) / (n[2] - n[1]) }'; }
if [ -x "$out/oriel" ]; then
    say "what the recorder of «oriel measure» adds"
    for command in view measure; do
        for hertz in 10 30; do
            count=$(recorded $command $hertz strace -c -U calls,name -o "$out/recorded.txt")
            echo "$count $(awk '$2 == "total" { print $1 }' "$out/recorded.txt")"
        done | slope | while read -r value; do figure recorded.calls $command "$value"; done
        for hertz in 10 30; do
            count=$(recorded $command $hertz env LD_PRELOAD="$out/malloc-count.so" ORIEL_BENCH_ALLOCATIONS="$out/recorded.txt")
            echo "$count $(cat "$out/recorded.txt")"
        done | slope | while read -r value; do figure recorded.allocations $command "$value"; done
    done
fi

awk -v programs="$programs" -v few="$few" -v frames="$frames" -v size="$size" -v small="$small" -v rate="$rate" \
    -v json="$out/results.json" -f scripts/bench-report.awk "$out/figures.txt" >"$out/table.txt"
cat "$out/table.txt"
if [ -n "$write" ]; then
    { echo "$(machine):"; echo; echo '```'; sed -e '/^Written to/d' -e 's/ *$//' "$out/table.txt"; echo '```'; } >"$out/table.md"
    write_section frame "$out/table.md"
fi
