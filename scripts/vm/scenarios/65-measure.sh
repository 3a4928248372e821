#!/bin/sh
# What 'oriel measure' says of frames that the display reads itself.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

# measure NAME SOURCE OPTION…: measures for a moment; the report is the folder NAME
measure() {
    name=$1
    shift
    timeout 120 /host/oriel measure "$@" --warmup 0.5 --duration 1.5 --report "$name" >"$name.log" 2>&1 ||
        fail "$name: $(tail -n 1 "$name.log")"
}

scanout
udmabuf="memory=udmabuf&cursor=none"
measure scanned-out "demo:?size=1024x768&$udmabuf" --fullscreen --assert 'zeroCopyShare >= 99%' --assert 'refreshRate > 59 Hz'
/host/oriel record "demo:?size=1024x768&$udmabuf" recording --duration 2 >record.log 2>&1 || fail "record: $(tail -n 1 record.log)"
measure replayed "replay:recording?loop" --fullscreen
measure half-rate "demo:?size=1024x768&$udmabuf&rate=30" --fullscreen
