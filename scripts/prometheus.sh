#!/bin/sh
# Unpacks Debian's Prometheus into .build/prometheus, for the tests of the kiosk's metrics. Its package isn't installed: that would start a
# server on this machine.
# usage: scripts/prometheus.sh
set -eu
cd "$(dirname "$0")/.."

folder=.build/prometheus
[ -x "$folder/usr/bin/promtool" ] && exit 0
rm -rf "$folder"
mkdir -p "$folder"
# Debian 12 and 13 call the tests' half of it by the same name.
(cd "$folder" && apt-get -qq -o APT::Sandbox::User=root download prometheus) || {
    echo "prometheus.sh: Debian's package can't be fetched: the tests of the kiosk's metrics are skipped" >&2
    exit 0
}
dpkg -x "$folder"/prometheus_*.deb "$folder"
rm "$folder"/prometheus_*.deb
