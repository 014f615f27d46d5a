# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# What the scripts of this folder share; sourced.

skip() {
	echo "skipped: $*" >&2
	exit 77
}

# Makes the folder `work`, which goes when the script ends, by a signal, too: on those, sh passes over what is trapped on EXIT.
make_work() {
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

# boot MEGABYTES [OPTION...]: runs `kernel` with the file system `$work/initramfs` for at most `timeout` seconds; its console is
# the output. It stays in our process group, so that what ends the group ends the guest.
boot() {
	megabytes=$1
	shift
	timeout --foreground "$timeout" qemu-system-x86_64 -M q35 -accel tcg,thread=multi -cpu max -smp 2 -m "$megabytes" \
		-kernel "$kernel" -initrd "$work/initramfs" -append "console=ttyS0 quiet panic=-1 mitigations=off" \
		-nographic "$@" -no-reboot -nic none </dev/null 2>&1
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

# Sets `java_home`: a JDK that makes runtimes.
find_jdk() {
	java_home=${JAVA_HOME:-$(readlink -f "$(command -v javac || true)" | sed 's,/bin/javac$,,')}
	[ -x "$java_home/bin/jlink" ] && [ -d "$java_home/jmods" ] || skip "jlink: not found. Hint: apt-get install openjdk-17-jdk-headless"
}

# Makes a Java runtime in a folder, of the modules named.
make_runtime() {
	"$java_home/bin/jlink" --output "$1" --strip-debug --no-header-files --no-man-pages --generate-cds-archive --add-modules "$2" ||
		skip "jlink makes no runtime here"
}

# Sets `kernel` to an image: the file that is named, or that of the package that is; and `modules` to a tar of what that
# kernel loads for ss, which may be missing.
find_kernel() {
	case $1 in
	/*) kernel=$1 && pack_modules ;;
	*) package=$1 && fetch_kernel ;;
	esac
	[ -s "$kernel" ] || skip "kernel $kernel: no such file"
}

# Those of a kernel of this machine.
pack_modules() {
	modules=
	folder=/lib/modules/${kernel##*/vmlinuz-}
	[ -d "$folder" ] || return 0
	modules=$work/modules.tar
	(cd / && find ".$folder" -name 'inet_diag.ko*' -o -name 'tcp_diag.ko*' -o -name 'unix_diag.ko*') | tar -c -C / -f "$modules" -T -
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
		modules=${kernel%.vmlinuz}.modules.tar
		return
	fi
	kernel=$cache/kernels/$package-$version.vmlinuz
	modules=$cache/kernels/$package-$version.modules.tar
	[ ! -s "$kernel" ] || [ ! -s "$modules" ] || return 0
	mkdir -p "$cache/kernels"
	download=$(mktemp -d "$cache/kernels/download.XXXXXX")
	chmod 755 "$download"
	if ! (cd "$download" && apt-get -q -o APT::Sandbox::User=root download "$image=$version" >log 2>&1); then
		tail -3 "$download/log" >&2
		rm -rf "$download"
		# without its modules it still boots
		[ ! -s "$kernel" ] || return 0
		skip "package $image $version cannot be downloaded"
	fi
	dpkg-deb --fsys-tarfile "$download"/*.deb | tar -x -C "$download" --wildcards './boot/vmlinuz-*' './lib/modules/*_diag.ko*'
	(cd "$download" && find ./lib -type f) | tar -c -C "$download" -f "$download/modules" -T -
	mv "$download/modules" "$modules"
	mv "$download"/boot/vmlinuz-* "$kernel"
	rm -rf "$download"
}
