# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# What the scripts of this folder share; sourced.

skip() {
	echo "skipped: $*" >&2
	exit 77
}

# Skips where this machine has no emulator, no static busybox, or is of another type.
require_emulator() {
	[ "$(uname -m)" = x86_64 ] || skip "machine type $(uname -m) (expected: x86_64)"
	for tool in qemu-system-x86_64:qemu-system-x86 cpio:cpio gzip:gzip make:make gcc:gcc; do
		command -v "${tool%%:*}" >/dev/null || skip "${tool%%:*}: not found. Hint: apt-get install ${tool#*:}"
	done
	busybox=$(command -v busybox || true)
	[ -n "$busybox" ] || skip "busybox: not found. Hint: apt-get install busybox-static"
	if command -v ldd >/dev/null && ldd "$busybox" >/dev/null 2>&1; then
		skip "$busybox is linked dynamically. Hint: apt-get install busybox-static"
	fi
}

# Sets `kernel` to an image: the file that is named, or that of the package that is.
find_kernel() {
	case $1 in
	/*) kernel=$1 ;;
	*) package=$1 && fetch_kernel ;;
	esac
	[ -s "$kernel" ] || skip "kernel $kernel: no such file"
}

# Sets `kernel`: the image of `package`, a file in `cache`, fetched once per version.
fetch_kernel() {
	for tool in apt-get apt-cache dpkg-deb; do
		command -v $tool >/dev/null || skip "$tool: not found. Hint: name a file /.../vmlinuz"
	done
	image=$(apt-cache depends "$package" 2>/dev/null | awk '/Depends: linux-image-[0-9]/ { print $2; exit }')
	[ -n "$image" ] || image=$package
	version=$(apt-cache policy "$image" 2>/dev/null | awk '/Candidate:/ { print $2 }')
	# the last one fetched will do where the package lists are empty or the network is away
	if [ -z "$version" ] || [ "$version" = "(none)" ]; then
		kernel=$(ls -t "$cache/kernels/$package"-*.vmlinuz 2>/dev/null | head -1)
		[ -n "$kernel" ] || skip "package $package: not known to apt here. Hint: apt-get update"
		return
	fi
	kernel=$cache/kernels/$package-$version.vmlinuz
	[ ! -s "$kernel" ] || return 0
	mkdir -p "$cache/kernels"
	download=$(mktemp -d "$cache/kernels/download.XXXXXX")
	chmod 755 "$download"
	if ! (cd "$download" && apt-get -q -o APT::Sandbox::User=root download "$image=$version" >log 2>&1); then
		tail -3 "$download/log" >&2
		rm -rf "$download"
		skip "package $image $version cannot be downloaded"
	fi
	dpkg-deb --fsys-tarfile "$download"/*.deb | tar -x -C "$download" --wildcards './boot/vmlinuz-*'
	mv "$download"/boot/vmlinuz-* "$kernel"
	rm -rf "$download"
}
