#!/bin/sh
# Renews scripts/link-order.txt: the functions that a viewer runs from its start to its thirtieth frame, for the linker to put side by
# side. Scattered over the whole program they took two megabytes more of memory. It may be out of date: a name that isn't there any more
# means nothing, and a function that isn't named is put elsewhere.
# usage: scripts/link-order.sh [VIEWER]      (VIEWER: .build/release/oriel)
set -eu
cd "$(dirname "$0")/.."
. scripts/weston.sh

viewer=${1:-.build/release/oriel}
[ -x "$viewer" ] || { echo "link-order.sh: there is no $viewer: run 'make release'" >&2; exit 69; }
for tool in valgrind weston nm strip; do
    command -v "$tool" >/dev/null 2>&1 || { echo "link-order.sh: $tool is missing: run 'scripts/install.sh bench'" >&2; exit 69; }
done
out=$(mktemp -d "${TMPDIR:-/tmp}/oriel-order.XXXXXX")
ends_with 'stop_weston; rm -rf "$out"'

strip --strip-debug -o "$out/oriel" "$viewer" # valgrind 3.19 can't read Swift's debug information
start_weston "$out/weston.log" || { echo "link-order.sh: weston did not start" >&2; exit 74; }
valgrind --quiet --tool=callgrind --demangle=no --compress-strings=no --callgrind-out-file="$out/calls" \
    "$out/oriel" view "demo:?memory=memfd&rate=30" --frames 30 2>"$out/log" ||
    { echo "link-order.sh: the viewer failed: $(tail -n 1 "$out/log")" >&2; exit 70; }
nm "$out/oriel" | awk '$2 ~ /^[TtWw]$/ { print $3 }' >"$out/names"
sed -n "s/^fn=//p" "$out/calls" | sed "s/'[0-9]*$//" |
    awk -v names="$out/names" 'BEGIN { while ((getline name < names) > 0) known[name] = 1 } $0 in known && !seen[$0]++' \
        >scripts/link-order.txt
echo "$(wc -l <scripts/link-order.txt) functions"
