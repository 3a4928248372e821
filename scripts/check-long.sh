#!/bin/sh
# What takes too long to run with every change:
#   sanitized  the tests under AddressSanitizer, built beside the others in .build/sanitized
#   roots      'make demo' in clean roots of Debian 12 and 13 (scripts/clean-root.sh)
#   busy       'make test' three times while stress-ng keeps all processors busy
# usage: scripts/check-long.sh [--short] [sanitized|roots|busy]…
# All three without a name. --short is for every submission: the suites without a compositor or a VM, and roots that build no
# more than the scanner; 'busy' then runs the tests once.
set -eu
cd "$(dirname "$0")/.."
. scripts/weston.sh # stop_process

short=""
if [ "${1:-}" = --short ]; then
    short=--short
    shift
fi
[ $# -gt 0 ] || set -- sanitized roots busy
for part; do
    case $part in
    sanitized | roots | busy) ;;
    *) echo "check-long.sh: unknown part '$part': use sanitized, roots or busy" >&2; exit 64 ;;
    esac
done
swift=${SWIFT:-swift}

stress_pid=""
finish() {
    status=$?
    trap - EXIT INT TERM HUP
    stop_process "$stress_pid"
    exit $status
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

sanitized() {
    set -- --scratch-path .build/sanitized --sanitize address
    "$swift" build --build-tests "$@"
    # What Swift's runtime keeps for good isn't lost.
    export ASAN_OPTIONS=detect_leaks=0
    if [ -n "$short" ]; then
        "$swift" test --skip-build "$@" --skip '(Desk|Machine|Viewer|Command)Tests\.|Weston|Sway|Real|chromium'
    else
        scripts/test.sh "$@"
    fi
}

roots() { scripts/clean-root.sh $short; }

busy() {
    rounds=3
    [ -z "$short" ] || rounds=1
    # Nobody's patience ends while something is compiled.
    "$swift" build --build-tests -Xswiftc -warnings-as-errors
    stress-ng --quiet --cpu 4 &
    stress_pid=$!
    round=0
    while [ "$round" -lt "$rounds" ]; do
        round=$((round + 1)) began=$(date +%s)
        make test
        echo "check-long.sh: 'make test' on a busy machine, $round of $rounds: good after $(($(date +%s) - began)) s"
    done
    stop_process "$stress_pid"
    stress_pid=""
}

for part; do
    start=$(date +%s)
    "$part"
    echo "check-long.sh: $part took $(($(date +%s) - start)) s"
done
