# Starts and ends a headless Weston, for the scripts that source this file. It runs in a temporary runtime directory and is ended
# by its process id. It imports memfd-backed buffers through linux-dmabuf, so that everything works without a GPU.
# shellcheck shell=sh

weston_pid="" weston_runtime=""

# ends_with COMMAND: runs it on every way out of the script, whose exit status stays
ends_with() {
    # shellcheck disable=SC2064,SC2154 # the command is meant now, the status later
    trap "status=\$?; trap - EXIT INT TERM HUP; $1; exit \$status" EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

# start_weston LOG [OPTION…]: exports XDG_RUNTIME_DIR and WAYLAND_DISPLAY; returns 1, with nothing left running, if Weston didn't
# start
start_weston() {
    weston_log=$1
    shift
    weston_runtime=$(mktemp -d "${TMPDIR:-/tmp}/oriel.XXXXXX") || return 1
    chmod 0700 "$weston_runtime"
    export XDG_RUNTIME_DIR="$weston_runtime" WAYLAND_DISPLAY=oriel-0
    # Only the client is on the screen.
    printf '[shell]\npanel-position=none\nbackground-color=0xff000000\nlocking=false\nanimation=none\nstartup-animation=none\nclose-animation=none\nfocus-animation=none\n' >"$weston_runtime/weston.ini"
    weston --config="$weston_runtime/weston.ini" --backend=headless --renderer=gl --width=1280 --height=720 --idle-time=0 \
        --socket="$WAYLAND_DISPLAY" --log="$weston_log" "$@" >/dev/null 2>&1 &
    weston_pid=$!
    tries=100
    while [ ! -S "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY" ]; do
        tries=$((tries - 1))
        if [ "$tries" -eq 0 ] || ! kill -0 "$weston_pid" 2>/dev/null; then
            stop_weston
            return 1
        fi
        sleep 0.1
    done
}

stop_weston() {
    stop_process "$weston_pid"
    weston_pid=""
    [ -z "$weston_runtime" ] || rm -rf "$weston_runtime"
    weston_runtime=""
}

# stop_process PID: asks the process to end, and kills it after two seconds; does nothing for an empty PID
stop_process() {
    [ -n "$1" ] || return 0
    kill -TERM "$1" 2>/dev/null || true
    tries=20
    while kill -0 "$1" 2>/dev/null && [ "$tries" -gt 0 ]; do
        tries=$((tries - 1))
        sleep 0.1
    done
    [ "$tries" -gt 0 ] || kill -KILL "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}
