#!/bin/sh
# Installs the Debian packages that building, testing and the demonstration need; asks for root only if something is missing.
# usage: scripts/install.sh [build|demo|test|bench|vm|long]   (each includes the ones before it; vm and long include build, long test)
set -eu
. "$(dirname "$0")/mirror.sh"

level=${1:-build}
# The first ones are Swift's own needs: git fetches the dependencies, g++ brings the linker, the C library's and the C++ library's
# files, and FoundationXML, which the scanner reads protocols with, links libxml2.
build="git ca-certificates g++ libxml2-dev pkg-config libwayland-dev libdrm-dev libsystemd-dev libpng-dev zlib1g-dev libxkbcommon-dev libjansson-dev libtomlplusplus-dev wayland-protocols"
demo="weston libgl1-mesa-dri libegl-mesa0 libegl1 libgles2"
test="qemu-system-x86 qemu-system-modules-opengl seabios dbus procps edid-decode sway cage xwayland grim wl-clipboard busybox-static cpio kmod xz-utils libc6-dev chromium"
bench="gcc libc6-dev valgrind strace virt-viewer qemu-system-gui qemu-system-modules-spice"
long="mmdebstrap uidmap debian-archive-keyring stress-ng"
vm="gcc libc6-dev mmdebstrap uidmap debian-archive-keyring e2fsprogs kmod qemu-system-x86 seabios libpipewire-0.3-dev"

# What is taken from bookworm-backports on Debian 12: the compositor and renderer that accept a memfd as a dma-buf,
# the protocols that the manifest names, the QEMU that shares its surfaces, and the headers of the libraries they bring along.
backported="libwayland-dev libdrm-dev weston libgl1-mesa-dri libegl-mesa0 wayland-protocols qemu-system-x86 qemu-system-modules-opengl
    qemu-system-gui qemu-system-modules-spice libpipewire-0.3-dev"

case $level in
build) wanted="$build" ;;
demo) wanted="$build $demo" ;;
test) wanted="$build $demo $test" ;;
bench) wanted="$build $demo $test $bench" ;;
vm) wanted="$build $vm" ;;
long) wanted="$build $demo $test $long" ;;
*) echo "install.sh: unknown level '$level': use build, demo, test, bench, vm or long" >&2; exit 64 ;;
esac

oldest() { # the lowest version that serves, or nothing
    case $1 in
    weston) echo 14 ;;
    libgl1-mesa-dri | libegl-mesa0) echo 24 ;;
    wayland-protocols) echo 1.41 ;;
    qemu-system-x86 | qemu-system-modules-opengl | qemu-system-gui | qemu-system-modules-spice) echo 1:10 ;;
    esac
}

missing=""
for package in $wanted; do
    version=$(dpkg-query -W -f '${db:Status-Abbrev}${Version}' "$package" 2>/dev/null || true)
    case $version in
    ii*)
        version=${version#ii }
        need=$(oldest "$package")
        [ -n "$need" ] && dpkg --compare-versions "$version" lt "$need" && missing="$missing $package"
        ;;
    *) missing="$missing $package" ;;
    esac
done
# The tests boot Debian's own kernel as a guest; any installed one will do.
case $level in
test | bench | long) ls /boot/vmlinuz-* >/dev/null 2>&1 || missing="$missing linux-image-amd64" ;;
esac
[ -z "$missing" ] && exit 0

echo "Installing:$missing"
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        echo "install.sh: these packages are missing and there is no sudo: run 'apt-get install$missing' as root" >&2
        exit 77
    }
    exec sudo -- "$0" "$level"
fi
command -v apt-get >/dev/null 2>&1 || {
    echo "install.sh: this is not Debian: install by hand:$missing" >&2
    exit 69
}

. /etc/os-release
backports=""
if [ "${VERSION_CODENAME:-}" = bookworm ]; then
    backports="bookworm-backports"
    if ! grep -rqs "bookworm-backports" /etc/apt/sources.list /etc/apt/sources.list.d; then
        # The suite comes from where this machine already takes Debian.
        mirror=$(debian_mirror)
        [ -n "$mirror" ] || { echo "install.sh: no Debian source found under /etc/apt: add bookworm-backports by hand" >&2; exit 69; }
        printf 'Types: deb\nURIs: %s\nSuites: bookworm-backports\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
            "$mirror" >/etc/apt/sources.list.d/oriel-backports.sources
    fi
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
plain="" pinned=""
for package in $missing; do
    case " $(echo $backported) " in
    *" $package "*) [ -n "$backports" ] && pinned="$pinned $package/$backports" || plain="$plain $package" ;;
    *) plain="$plain $package" ;;
    esac
done
# shellcheck disable=SC2086 # both are lists of words
apt-get install -y -qq --no-install-recommends ${backports:+-t $backports} $pinned
# shellcheck disable=SC2086
[ -z "$plain" ] || apt-get install -y -qq --no-install-recommends $plain
