#!/usr/bin/env bash
# Builds libkyanos.so for arm64 on another machine, alongside the one that the build has made: the next `package` includes both.
# Needs Debian or Ubuntu and gcc-aarch64-linux-gnu. libbpf for arm64 is unpacked into target/sysroot-arm64; nothing of it is
# installed, and apt's own lists stay as they are.
#   native-bridge/cross-arm64.sh [PACKAGE...]      further arm64 packages for the sysroot, with what they depend on
set -eu
cd "$(dirname -- "$(readlink -f -- "$0")")"
sysroot=$PWD/target/sysroot-arm64
apt=$PWD/target/apt-arm64

say() {
	printf 'cross-arm64: %s\n' "$*" >&2
}

command -v apt-get >/dev/null || { say "apt-get: not found (expected: Debian or Ubuntu)"; exit 77; }
compiler=aarch64-linux-gnu-gcc
command -v "$compiler" >/dev/null || { say "$compiler: not found. Hint: apt-get install gcc-aarch64-linux-gnu"; exit 77; }
java_home=${JAVA_HOME:-$(dirname -- "$(dirname -- "$(readlink -f -- "$(command -v javac)")")")}

options=(-o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o "Dir::State::status=$apt/status"
	-o APT::Architectures::=arm64 -o APT::Architecture=arm64 -o Debug::NoLocking=1 -o APT::Sandbox::User=root)
fetch() { # packages
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$sysroot"
	: >"$apt/status" # as if nothing were installed, so that all they depend on comes along
	[ -n "$(find "$apt/lists" -name '*_binary-arm64_Packages*' -print -quit)" ] ||
		apt-get -q "${options[@]}" update >"$apt/log" 2>&1 || { tail -n 3 "$apt/log" >&2; say "apt-get update for arm64: see $apt/log"; exit 77; }
	apt-get -q -y --no-install-recommends --download-only "${options[@]}" install "$@" >"$apt/log" 2>&1 ||
		{ tail -n 3 "$apt/log" >&2; say "apt-get install $*: see $apt/log"; exit 77; }
	for package in "$apt"/cache/archives/*.deb; do
		[ -e "$sysroot/.unpacked-${package##*/}" ] && continue
		dpkg-deb -x "$package" "$sysroot"
		touch "$sysroot/.unpacked-${package##*/}"
	done
}

if [ ! -e "$sysroot/usr/include/bpf/libbpf.h" ] || [ $# -gt 0 ]; then
	say "unpacking libbpf for arm64"
	fetch libbpf-dev "$@"
fi
make -C src/main/c JAVA_HOME="$java_home" OUT=../../../target/classes/META-INF/native ARCH=aarch64 CC="$compiler" \
	CFLAGS="-O2 -g --sysroot=$sysroot"
