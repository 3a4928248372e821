#!/bin/sh
# The first process of the virtual machine: brings it up, runs every scenario, and switches it off.
# /host is shared with the host: the viewer, the scenarios and this file come from there, and the results go there.
set -u
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root XDG_RUNTIME_DIR=/run/user

mount -t proc proc /proc 2>/dev/null
mount -t sysfs sysfs /sys 2>/dev/null
mount -t devtmpfs devtmpfs /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm
for place in /run /tmp /dev/shm /var/log /root; do mount -t tmpfs tmpfs "$place"; done
mkdir -m 0700 /run/user
ip link set lo up 2>/dev/null
/lib/systemd/systemd-udevd --daemon >/dev/null 2>&1
udevadm trigger --action=add >/dev/null 2>&1
udevadm settle --timeout=20

# One after another: each in a folder of its own under results, where it leaves what it measured.
# A scenario says why it fails in the file 'reason' and ends with a status above 0; 77 is one that can't be run here yet.
for scenario in /host/scenarios/*.sh; do
    name=$(basename "$scenario" .sh)
    started=$(cut -d ' ' -f 1 /proc/uptime)
    mkdir -p "/host/results/$name"
    (cd "/host/results/$name" && exec timeout --kill-after=5 90 sh -u "$scenario" >log.txt 2>&1)
    status=$?
    reason=$(cat "/host/results/$name/reason" 2>/dev/null || echo "ended with status $status")
    case $status in
    0) verdict=passed reason="" ;;
    77) verdict=skipped ;;
    124 | 137) verdict=failed reason="not done after 90 seconds" ;;
    *) verdict=failed ;;
    esac
    seconds=$(echo "$started $(cut -d ' ' -f 1 /proc/uptime)" | awk '{ printf "%.0f", $2 - $1 }')
    echo "$verdict|$name|$seconds|$reason" >>/host/results/verdicts
done
dmesg >/host/results/dmesg.txt
touch /host/results/finished
sync
echo o >/proc/sysrq-trigger
sleep 60
