#!/bin/sh
# The output of 'list' and 'doctor' for real devices: free ones, and one that another process has open, as a VM does.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh
needs vfio

device mdpy vga
region=$uuid
device mbochs medium
printf '%s\n' "$uuid" "$region" >uuids
/host/oriel list >free-list.txt 2>free-list-problems.txt || fail "list: $(tail -n 1 free-list-problems.txt)"
/host/oriel doctor "vfio:$uuid" >free-doctor.txt 2>&1 || fail "doctor: $(tail -n 1 free-doctor.txt)"
/host/oriel doctor "vfio:$region" >region-doctor.txt 2>&1 || fail "doctor: $(tail -n 1 region-doctor.txt)"
own "$uuid" -
/host/oriel list >owned-list.txt 2>owned-list-problems.txt || fail "list: $(tail -n 1 owned-list-problems.txt)"
/host/oriel doctor "vfio:$uuid" >owned-doctor.txt 2>&1 || fail "doctor: $(tail -n 1 owned-doctor.txt)"
exec 9>&-
wait "$owner" || fail "the owner: $(tail -n 1 owner.log)"
