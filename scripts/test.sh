#!/bin/sh
# Runs the tests, in several processes beside each other: a test that waits for a compositor or a VM keeps one of the threads that
# Swift's tasks share, and a process has no more of them than there are processors.
# usage: scripts/test.sh [OPTION…]      (the options of 'swift build' with which the tests have been built)
set -eu
cd "$(dirname "$0")/.."
. scripts/weston.sh # stop_process

# The targets of each process but the last, which runs all others. Each takes about as long as the others.
groups='Desk|Recording Viewer GuestWindow|Measurement'
swift=${SWIFT:-swift}
# How many tests may wait at a time in each process. The variable is swift-testing's and still experimental in Swift 6.3; a release
# that doesn't know it ignores it.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4

pids=""
finish() {
    status=$?
    trap - EXIT INT TERM HUP
    for pid in $pids; do stop_process "$pid"; done
    exit $status
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# 'swift test' would lock the build, or fail where another one has locked its database.
tests=$("$swift" build --show-bin-path "$@")/orielPackageTests.xctest
[ -x "$tests" ] || { echo "test.sh: there is no $tests: run 'swift build --build-tests'" >&2; exit 69; }
start() { # OPTION…
    "$tests" --testing-library swift-testing "$@" </dev/null &
    pids="$pids $!"
}
began=$(date +%s)
rest=""
for group in $groups; do
    start --filter "^($group)Tests\\."
    rest="$rest${rest:+|}$group"
done
start --skip "^($rest)Tests\\."

status=0
for pid in $pids; do
    wait "$pid" || status=$?
    pids=${pids#" $pid"}
done
took="after $(($(date +%s) - began)) s"
if [ "$status" -eq 0 ]; then
    echo "test.sh: all processes passed $took"
else
    echo "test.sh: tests failed $took: the lines with ✘ say which" >&2
fi
exit "$status"
