#!/bin/sh
# Builds Oriel and runs 'make demo' in clean roots of Debian, to prove that scripts/install.sh names every package that is needed.
# A root holds a minimal Debian, git and make; this machine's Swift toolchain and copies of the package's dependencies come into it.
# usage: scripts/clean-root.sh [--short] [bookworm|trixie]…      (both without a name; --short builds no more than the scanner)
set -eu
cd "$(dirname "$0")/.."
. scripts/mirror.sh

short=""
if [ "${1:-}" = --short ]; then
    short=yes
    shift
fi
[ $# -gt 0 ] || set -- bookworm trixie

fail() { # CODE LINE
    echo "clean-root.sh: $2" >&2
    exit "$1"
}

for suite; do
    case $suite in
    bookworm | trixie) ;;
    *) fail 64 "unknown release '$suite': use bookworm or trixie" ;;
    esac
done
command -v mmdebstrap >/dev/null 2>&1 || fail 69 "mmdebstrap is missing: run 'scripts/install.sh long'"
swift=${SWIFT:-swift}
# The toolchain's resources are in usr/lib/swift of its folder, wherever the command itself is linked from.
toolchain=$("$swift" -print-target-info | sed -n 's|.*"runtimeResourcePath" *: *"\(.*\)/usr/lib/swift".*|\1|p')
[ -n "$toolchain" ] && [ -d "$toolchain/usr" ] ||
    fail 69 "the Swift toolchain has no folder of its own that a root could borrow: install it from swift.org's archive"
mirror=$(debian_mirror)
[ -n "$mirror" ] || fail 69 "no Debian source found under /etc/apt"
# What the toolchain's own programs load. Its compiler, its headers and what it links are the build's affair: install.sh names them.
runtime() { # SUITE
    case $1 in
    bookworm) echo "libcurl4,libxml2,libsqlite3-0,libncurses6,libstdc++6" ;;
    *) echo "libcurl4t64,libxml2,libsqlite3-0,libncurses6,libstdc++6" ;;
    esac
}

# Mounts and processes of a root end with their namespaces, however this script ends. Without root, its user becomes root in them.
as=""
[ "$(id -u)" -eq 0 ] || as="--map-auto --map-root-user"

"$swift" package resolve >/dev/null 2>&1 || fail 69 "the package's dependencies are not there: see above"
folder=$(mktemp -d "$PWD/.build/clean-root.XXXXXX")
finish() {
    status=$?
    trap - EXIT INT TERM HUP
    # shellcheck disable=SC2086 # words; what belongs to the root's users can be removed by its root alone
    unshare $as rm -rf --one-file-system "$folder"
    exit $status
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# inside ROOT COMMAND: runs a shell command in the root, in the folder that has Oriel
cat >"$folder/inside.sh" <<'INSIDE'
set -eu
root=$1 toolchain=$2 command=$3
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
# /dev/shm comes with it: without that, compositors have no keymaps.
mount --rbind /dev "$root/dev"
mkdir -p "$root$toolchain"
mount --bind "$toolchain" "$root$toolchain"
exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH="$toolchain/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} sh -c "cd /oriel && $command"
INSIDE
inside() {
    # shellcheck disable=SC2086 # words
    unshare $as --mount --pid --fork --kill-child sh "$folder/inside.sh" "$1" "$toolchain" "$2"
}

for suite; do
    start=$(date +%s)
    root=$folder/$suite
    echo "Making a clean root of Debian's $suite"
    mmdebstrap --quiet --variant=minbase --include="git,make,ca-certificates,$(runtime "$suite")" --aptopt='Acquire::Languages "none"' \
        --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        "$suite" "$root" "$mirror" >"$folder/$suite.log" 2>&1 ||
        fail 69 "Debian's $suite could not be put together from $mirror: $(tail -n 1 "$folder/$suite.log")"
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    # The tree as it is here, and the dependencies as they were fetched here.
    mkdir -p "$root/oriel/.build"
    git ls-files -z --cached --others --exclude-standard | tar -c --null --ignore-failed-read -T - | tar -x -C "$root/oriel"
    cp -a .build/repositories .build/checkouts .build/workspace-state.json "$root/oriel/.build"
    if [ -n "$short" ]; then
        # The scanner links FoundationXML, and the levels' packages are only looked for.
        inside "$root" 'scripts/install.sh build && swift build --product WaylandScanner'
    else
        inside "$root" 'make demo'
        cp "$root/oriel/.build/demo/screenshot.png" ".build/clean-root-$suite.png"
    fi
    echo "clean-root.sh: $suite: good after $(($(date +%s) - start)) s"
    # shellcheck disable=SC2086 # words
    unshare $as rm -rf --one-file-system "$root"
done
