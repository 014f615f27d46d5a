#!/usr/bin/env bash
# What arm64 gets, as far as an emulated processor can show: the library is compiled for it, a JVM of arm64 loads it, and its
# system calls arrive. The emulator has no bpf(2), so capture itself ends there with the system's word for that.
# Exit code 77: not possible here; the last line says why.
set -u
cd "$(dirname -- "$(readlink -f -- "$0")")/.."

skip() {
	echo "skipped: $*"
	exit 77
}

fail() {
	echo "arm64: $*" >&2
	exit 1
}

[ "$(uname -m)" != aarch64 ] || skip "this is an arm64 machine: the other tests run on it"
command -v qemu-aarch64-static >/dev/null || skip "qemu-aarch64-static is missing (Debian: qemu-user-static)"
native-bridge/cross-arm64.sh openjdk-17-jre-headless libbpf1
code=$?
[ "$code" != 77 ] || skip "what compiling for arm64 needs cannot be had"
[ "$code" = 0 ] || fail "cross-arm64.sh: exit $code"
library=native-bridge/target/classes/META-INF/native/linux-aarch64/libkyanos.so
[ "$(od -An -j18 -N2 -tu2 "$library" | tr -d ' ')" = 183 ] || fail "$library: not of arm64"
[ -s bpf/target/classes/META-INF/bpf/arm64/socket.bpf.o ] || fail "no BPF object for arm64"

sysroot=$PWD/native-bridge/target/sysroot-arm64
main=$(find cli/target -maxdepth 1 -name 'kyanos-cli-*.jar' ! -name '*-tests.jar' ! -name '*-sources.jar' ! -name '*-javadoc.jar')
jars=native-bridge/target/classes:$main:cli/target/lib/*
kyanos() {
	timeout 300 qemu-aarch64-static -L "$sysroot" -E "LD_LIBRARY_PATH=$sysroot/usr/lib/aarch64-linux-gnu:$sysroot/lib/aarch64-linux-gnu" \
		"$sysroot"/usr/lib/jvm/java-17-openjdk-arm64/bin/java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$jars" io.kyanos.cli.Main "$@" 2>&1
}
said=$(kyanos version) || fail "version: $said"
echo "$said"
[[ $said == *aarch64* ]] || fail "not run by an arm64 JVM"
said=$(kyanos exporter --listen 127.0.0.1:0) && fail "the emulator has no bpf(2), and yet: $said"
echo "$said"
[[ $said == *ENOSYS* ]] || fail "expected ENOSYS of bpf(2), through the library"
echo "arm64: the library is loaded by an arm64 JVM, its system calls arrive"
