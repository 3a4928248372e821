#!/bin/sh
# The first process of the virtual machine. It sets the machine up, runs every scenario, and powers it off.
# /host is shared with the host. It holds the viewer, the scenarios and this file, and receives the results.
set -u
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root XDG_RUNTIME_DIR=/run/user

mount -t proc proc /proc 2>/dev/null
mount -t sysfs sysfs /sys 2>/dev/null
mount -t debugfs debugfs /sys/kernel/debug
for place in /run /tmp /dev/shm /var/log /root; do
    mkdir -p "$place"
    mount -t tmpfs tmpfs "$place"
done
mkdir -m 0700 "$XDG_RUNTIME_DIR"
touch /host/results/booted
/lib/systemd/systemd-udevd --daemon >/dev/null 2>&1

# The scenarios run one after another, each in its own folder under results, where it leaves its measurements. A failing scenario
# writes its reason to the file 'reason'. Exit status 77 means that the viewer doesn't support it yet. Its time is 240 seconds, or those
# that its line '# limit: SECONDS' says.
for scenario in /host/scenarios/*.sh; do
    name=$(basename "$scenario" .sh)
    # This scenario finished before the machine was booted again.
    ! grep -q "|$name|" /host/results/verdicts 2>/dev/null || continue
    rm -rf "/host/results/$name"
    begin=$(cut -d ' ' -f 1 /proc/uptime)
    mkdir -p "/host/results/$name"
    cd "/host/results/$name" || exit
    status=0
    limit=$(sed -n 's/^# limit: //p' "$scenario")
    timeout --kill-after=5 "${limit:=240}" sh -u "$scenario" >log.txt 2>&1 || status=$?
    case $status in
    0) verdict=passed reason="" ;;
    77) verdict=skipped reason=$(cat reason) ;;
    124 | 137) verdict=failed reason="not finished after $limit seconds" ;;
    *) verdict=failed reason=$(cat reason 2>/dev/null || tail -n 1 log.txt) ;;
    esac
    dmesg --read-clear >"/host/results/$name/dmesg.txt"
    echo "$begin $(cut -d ' ' -f 1 /proc/uptime)" |
        awk -v line="$verdict|$name|%.0f|$reason\n" '{ printf line, $2 - $1 }' >>/host/results/verdicts
done
touch /host/results/finished
sync
echo o >/proc/sysrq-trigger
sleep 60
