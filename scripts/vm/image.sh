#!/bin/sh
# Builds the virtual machine that 'make test-vm' boots: a Debian 13 root file system with its kernel and initrd. The image is
# named after the hash of this file, so anything that it depends on must be in here.
# usage: scripts/vm/image.sh FOLDER [PACKAGE…]      (FOLDER must not exist; it appears once everything in it is complete. Further
# packages are for benchmarks.)
set -eu
folder=$1
shift
cd "$(dirname "$0")/../.."
. scripts/mirror.sh

suite=trixie
packages="linux-image-amd64 kmod udev weston seatd libgl1-mesa-dri libegl1 libgles2 wayland-utils edid-decode
    libwayland-client0 libsystemd0 libdrm2 libpng16-16t64 libxkbcommon0 libjansson4
    qemu-system-x86 qemu-system-modules-opengl dbus-daemon systemd mutter cage pipewire $*"

fail() { # CODE LINE
    echo "image.sh: $2" >&2
    exit "$1"
}

mirror=$(debian_mirror)
[ -n "$mirror" ] || fail 69 "no Debian source found under /etc/apt"

parts=$(mktemp -d "${TMPDIR:-/tmp}/oriel-image.XXXXXX")
modules_pid=""
finish() {
    status=$?
    trap - EXIT INT TERM HUP
    if [ -n "$modules_pid" ]; then
        kill "$modules_pid" 2>/dev/null || true
        wait "$modules_pid" 2>/dev/null || true
    fi
    rm -rf "$parts" "$folder.part"
    exit $status
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# bootstrap TARGET OPTION…: builds a minimal Debian without documentation. It doesn't wait for the disk, since nothing of it has
# to survive a crash.
bootstrap() {
    target=$1
    shift
    mmdebstrap --quiet --variant=minbase --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' "$@" "$suite" "$target" "$mirror"
}

# --- kernel modules that Debian doesn't build, and a kernel for a guest inside the machine, made in a separate Debian that is then
# deleted ---
# mbochs and mdpy are VFIO devices with a display (dma-buf and region type); vkms is a display controller without hardware.
# Software renderers map their imports for writing too, so mbochs must export with O_RDWR. Its buffers must also live as long as
# they are in use. In the original driver a second export releases pages twice, and the kernel then finds them in a bad state in
# whichever process gets them; a buffer that outlives its device takes a lock in freed memory.
# Debian's own kernel would take minutes to boot in an emulated machine inside the emulated machine. One with nothing but a screen and
# a serial port takes seconds.
cat >"$parts/modules.sh" <<'INSIDE'
set -eu
mkdir -p /build
cd /build
apt-get download -q=2 linux-source-6.12
mkdir kernel
# Most drivers' sources aren't built; only their Kconfig files are needed.
dpkg-deb --fsys-tarfile linux-source-6.12_*.deb | tar -xO ./usr/src/linux-source-6.12.tar.xz |
    tar -xJ --strip-components=1 -C kernel --exclude='*/selftests/*' --exclude='*/sound/*.[ch]' \
        --exclude='*/drivers/net/*.[ch]' --exclude='*/drivers/media/*.[ch]' --exclude='*/drivers/gpu/drm/amd/*.[ch]' \
        --exclude='*/drivers/gpu/drm/nouveau/*.[ch]' --exclude='*/drivers/infiniband/*.[ch]'
mkdir -p drivers/gpu/drm
cp -R kernel/drivers/gpu/drm/vkms drivers/gpu/drm/
cp kernel/samples/vfio-mdev/mbochs.c kernel/samples/vfio-mdev/mdpy.c kernel/samples/vfio-mdev/mdpy-defs.h .
sed -i 's/^\(.*\)buf = dma_buf_export(&exp_info);$/\1exp_info.flags = O_RDWR;\n&/' mbochs.c
sed -i 's/^\tdmabuf->buf = buf;$/&\n\tget_device(\&mdev_state->vdev.device);/' mbochs.c
sed -i '/^static void mbochs_release_dmabuf/,/^}/ {
    s/^\tfor (pg = 0; .*)$/&\n\t\tif (dmabuf->unlinked)/
    s/^\tmutex_unlock(.*$/&\n\tput_device(\&mdev_state->vdev.device);/
}' mbochs.c
grep -q 'exp_info.flags = O_RDWR;' mbochs.c
[ "$(grep -c '[gp][eu]t_device(&mdev_state->vdev.device);' mbochs.c)" -eq 2 ]
[ "$(grep -c 'if (dmabuf->unlinked)' mbochs.c)" -eq 2 ]
sed -i 's/obj-$(CONFIG_DRM_VKMS)/obj-m/' drivers/gpu/drm/vkms/Makefile
echo 'obj-m := mbochs.o mdpy.o drivers/gpu/drm/vkms/' >Kbuild
make -s -j2 -C /lib/modules/*/build M=/build modules
mkdir done
for module in mbochs.ko mdpy.ko drivers/gpu/drm/vkms/vkms.ko; do
    strip --strip-debug -o "done/${module##*/}" "$module"
done

cd kernel
make -s tinyconfig
for option in 64BIT PCI PCI_MSI TTY SERIAL_8250 SERIAL_8250_CONSOLE PRINTK BLK_DEV_INITRD BINFMT_ELF DEVTMPFS SHMEM VIRTIO_MENU \
    VIRTIO_PCI DRM DRM_VIRTIO_GPU FUTEX; do
    scripts/config --enable $option
done
# The kernel's own console would set a mode before the guest's program does.
scripts/config --disable DRM_FBDEV_EMULATION
make -s olddefconfig
grep -q '^CONFIG_DRM_VIRTIO_GPU=y' .config
make -s -j"$(nproc)" bzImage
cp arch/x86/boot/bzImage ../done/guest-kernel
INSIDE
bootstrap /dev/null --format=null --include=linux-headers-amd64,make,xz-utils,gcc,bc,bison,flex,libelf-dev,libc6-dev --skip=cleanup \
    --customize-hook="copy-in '$parts/modules.sh' /" --customize-hook='chroot "$1" sh /modules.sh' \
    --customize-hook="sync-out /build/done '$parts'" >"$parts/modules.log" 2>&1 &
modules_pid=$!

# --- the machine's root: no compilers, and an initrd with only the disk's drivers, which boots in seconds without KVM ---
bootstrap "$parts/root.tar" --include="$(echo $packages | tr ' ' ',')" \
    --setup-hook='mkdir -p "$1/etc/initramfs-tools/conf.d"' \
    --setup-hook='echo MODULES=list >"$1/etc/initramfs-tools/conf.d/oriel"' \
    --setup-hook='printf "%s\n" virtio_pci virtio_blk ext4 >"$1/etc/initramfs-tools/modules"' \
    >"$parts/root.log" 2>&1 || fail 69 "Debian's $suite could not be put together from $mirror: $(tail -n 1 "$parts/root.log")"
status=0
wait "$modules_pid" || status=$?
modules_pid=""
[ "$status" -eq 0 ] || fail 69 "the kernel modules were not built: $(tail -n 1 "$parts/modules.log")"

# --- everything together, as one file ---
cat >"$parts/pack.sh" <<'INSIDE'
set -eu
cd "$1"
mkdir root
tar -x -f root.tar -C root
version=$(ls root/lib/modules)
mkdir -p "root/lib/modules/$version/updates" root/host
cp mbochs.ko mdpy.ko vkms.ko "root/lib/modules/$version/updates/"
depmod -b root "$version"
cp guest-kernel root/
cat >root/start <<'START'
#!/bin/sh
# Everything else is on the folder shared by the host.
modprobe -a 9pnet_virtio 9p
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 oriel /host
exec sh /host/init.sh
START
chmod 0755 root/start
cp -L root/vmlinuz vmlinuz
cp -L root/initrd.img initrd.img
mke2fs -q -t ext4 -O ^has_journal -m 0 -d root root.ext4 "$(($(du -sm root | cut -f 1) * 5 / 4 + 64))m"
chmod -R a+rX root.ext4 vmlinuz initrd.img
rm -rf root
INSIDE
# File owners are preserved if this runs as root, or as root of its own user namespace.
if [ "$(id -u)" -eq 0 ]; then
    sh "$parts/pack.sh" "$parts"
else
    unshare --map-auto --map-root-user sh "$parts/pack.sh" "$parts"
fi
mkdir -p "$folder.part"
mv "$parts/root.ext4" "$parts/vmlinuz" "$parts/initrd.img" "$folder.part/"
mv "$folder.part" "$folder"
