#!/bin/sh
# Shows the demonstration guest in your Wayland session. Without a session it runs on a headless Weston and leaves a screenshot
# and the statistics in .build/demo.
# usage: scripts/demo.sh      (ORIEL=FILE uses a viewer that is already built)
set -eu
cd "$(dirname "$0")/.."
. scripts/weston.sh

seconds=5
out=$PWD/.build/demo

said() { # the last line of the viewer's output, which explains an error
    if [ -s "$out/viewer.log" ]; then tail -n 1 "$out/viewer.log"; else echo "it printed nothing"; fi
}

viewer_pid=""
finish() {
    status=$?
    trap - EXIT INT TERM HUP
    stop_process "$viewer_pid"
    stop_weston
    rm -rf "$out/shot"
    exit $status
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

fail() { # CODE LINE, where CODE is an exit code of the viewer
    echo "demo.sh: $2" >&2
    exit "$1"
}

if [ -n "${ORIEL:-}" ]; then
    [ -x "$ORIEL" ] || fail 69 "there is no program at ORIEL=$ORIEL"
    viewer=$ORIEL
else
    scripts/install.sh demo || fail $? "the packages that the demonstration needs are not installed: see above"
    make -s release || fail 70 "the viewer did not build: see above"
    viewer=.build/release/oriel
fi

session=${WAYLAND_DISPLAY:-}
case $session in
'' | /*) ;;
*) session=${XDG_RUNTIME_DIR:-}/$session ;;
esac
if [ -n "$session" ] && [ -S "$session" ]; then
    echo "Showing the demonstration guest in your session; close its window to end."
    trap - EXIT INT TERM HUP
    exec "$viewer" view demo:
fi

mkdir -p "$out"
rm -rf "$out/shot" "$out/screenshot.png" "$out/stats.json" "$out/viewer.log" "$out/weston.log"
mkdir "$out/shot" # the screenshooter writes to its working directory, under a name that it chooses
for tool in weston weston-screenshooter; do
    command -v "$tool" >/dev/null 2>&1 || fail 69 "$tool is missing: run 'scripts/install.sh demo'"
done
echo "No Wayland session here: showing the demonstration guest on a headless Weston for $seconds seconds."
# Weston permits its screenshooter only with --debug
start_weston "$out/weston.log" --debug || fail 74 "weston did not start: see .build/demo/weston.log"

"$viewer" view "demo:?size=1280x720" --fullscreen --duration "$seconds" --stats "$out/stats.json" >"$out/viewer.log" 2>&1 &
viewer_pid=$!
sleep 3
shot=0
if kill -0 "$viewer_pid" 2>/dev/null; then
    (cd "$out/shot" && timeout 10 weston-screenshooter) >>"$out/viewer.log" 2>&1 || shot=$?
fi
status=0
wait "$viewer_pid" || status=$?
viewer_pid=""
[ "$status" -eq 0 ] || fail "$status" "the viewer ended with status $status: $(said)"

for picture in "$out"/shot/*.png; do
    [ -s "$picture" ] && mv "$picture" "$out/screenshot.png"
done
if [ "$shot" -ne 0 ] || [ ! -s "$out/screenshot.png" ]; then
    fail 70 "weston-screenshooter left no picture: see .build/demo/viewer.log and weston.log"
fi
[ -s "$out/stats.json" ] || fail 70 "the viewer left no statistics: see .build/demo/viewer.log"

word() { sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p" "$out/stats.json" | head -n 1; }
[ "$(word committed)" -gt 0 ] 2>/dev/null || fail 70 "no frame was committed: see .build/demo/viewer.log"
echo "path $(word path), memory $(word memory), $(word committed) frames committed, $(word presented) presented, $(word bytesCopied) bytes copied"
echo "Screenshot: .build/demo/screenshot.png    Statistics: .build/demo/stats.json"
