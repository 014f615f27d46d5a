#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# doctor.sh [KERNEL [TRANSPORT]]: boots Debian's own kernel under qemu and compares what `kyanos doctor` says there with what then
# happens: what bpfload, which shares no code with it, can load and attach, and whether `kyanos exporter` starts and
# which hooks it has taken; once as root of the machine, once without the kernel's type information. The build must have
# been made: it takes cli/target and a Java runtime made of this machine's JDK.
#
#   KERNEL        a kernel image package, a meta package that depends on one (linux-image-cloud-amd64), or a file /.../vmlinuz
#   TRANSPORT     auto, ring or perf (auto)
#   KYANOS_CACHE  where packages are kept (~/.cache/kyanos)
#   TIMEOUT       seconds for the whole guest (1800)
#
# Exit status: 0 all as doctor said; 1 not so; 77 cannot be tried here, with the reason.
set -eu

transport=${2:-auto}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${KYANOS_CACHE:-$HOME/.cache/kyanos}
timeout=${TIMEOUT:-1800}
# shellcheck source=kernel.sh
. "$here/kernel.sh"

require_emulator
command -v python3 >/dev/null || skip "python3: not found. Hint: apt-get install python3"
find_jdk
jar=$(ls "$root"/cli/target/kyanos-cli-*.jar 2>/dev/null | grep -v -e '-tests.jar' -e '-sources.jar' -e '-javadoc.jar' | head -1)
[ -n "$jar" ] && [ -d "$root/cli/target/lib" ] || {
	echo "$root/cli/target: not built" >&2
	exit 2
}

make_work
find_kernel "${1:-linux-image-cloud-amd64}"
guest=$work/root
mkdir -p "$guest/bin" "$guest/proc" "$guest/sys" "$guest/dev" "$guest/tmp" "$guest/objects" "$guest/kyanos"
make -s -C "$root/bpf" TOOLS="$work/tools" STATIC=1 "$work/tools/bpfload" ||
	skip "a static bpfload cannot be built. Hint: apt-get install libbpf-dev libelf-dev zlib1g-dev"
cp "$busybox" "$guest/bin/busybox"
cp "$work/tools/bpfload" "$guest/bin/"
cp "$root"/bpf/target/classes/META-INF/bpf/x86/*.bpf.o "$guest/objects/"
cp "$jar" "$root"/cli/target/lib/*.jar "$guest/kyanos/"
make_runtime "$guest/java" java.base,java.logging,java.management,java.naming,java.sql,java.xml,jdk.httpserver,jdk.management,jdk.unsupported,jdk.crypto.ec
# what the runtime and our library are linked with, at the places where the linker looks
mkdir -p "$work/library"
(cd "$work/library" && "$java_home/bin/jar" xf "$(ls "$root"/cli/target/lib/kyanos-native-bridge-*.jar | head -1)" META-INF/native)
find "$guest/java" "$work/library" -name '*.so' -exec ldd {} + | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\/.*ld-linux/ { print $1 }' |
	sort -u | while read -r file; do
	case $file in "$guest"/*) continue ;; esac
	mkdir -p "$guest$(dirname "$file")"
	cp -L "$file" "$guest$file"
done

echo "$transport" >"$guest/transport"
cat >"$guest/init" <<'GUEST'
#!/bin/busybox sh
/bin/busybox mkdir -p /tmp /sbin
/bin/busybox --install -s /bin
export PATH=/bin HOME=/tmp
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t cgroup2 cgroup /sys/fs/cgroup
ifconfig lo 127.0.0.1 up
sleep 1
# a line of words, not a function: the process that is started must be the one that is ended
kyanos="/java/bin/java -Xshare:auto -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx256m -cp /kyanos/* io.kyanos.cli.Main"
by="--set kyanos.capture.transport=$(cat /transport)"
# starts an exporter and waits until it is healthy or ends; nobody splices here, and what waits for that by default is a hook, too
exporter() {
	$kyanos exporter $by --set kyanos.capture.tcp-splice=always --listen 127.0.0.1:9410 2>/tmp/error &
	started=$!
	for try in $(seq 300); do
		if wget -q -O /tmp/health http://127.0.0.1:9410/healthz 2>/dev/null; then
			wget -q -O - http://127.0.0.1:9410/metrics | grep kyanos_hook_attached
			echo "exporter: healthy"
			kill $started
			wait $started
			return
		fi
		kill -0 $started 2>/dev/null || break
		sleep 1
	done
	wait $started
	echo "exporter: ended with $?"
	cat /tmp/error
}
# the firmware leaves the cursor in the middle of a line
echo
echo "@@ kernel $(uname -r)"
bpfload -s /objects/*.bpf.o
# the class path has a star that is the runtime's to read
set -f
echo "@@ doctor"
$kyanos doctor $by --json --pid 1
echo "@@ exit $?"
exporter
umount /sys/fs/cgroup
umount /sys
echo "@@ doctor-without-types"
$kyanos doctor $by --json
echo "@@ exit-without-types $?"
exporter
echo "@@ end"
poweroff -f
GUEST
chmod +x "$guest/init"
(cd "$guest" && find . | cpio -o -H newc --quiet) | gzip -1 >"$work/initramfs"

status=0
boot 2048 >"$work/console" || status=$?
tr -d '\r' <"$work/console" | sed -n '/^@@ kernel/,$p' >"$work/said"
[ -z "${KEEP:-}" ] || cp "$work/said" "$KEEP"
if [ "$status" = 124 ] || ! grep -q '^@@ end' "$work/said"; then
	tail -20 "$work/console" >&2
	echo "the guest did not end in order within $timeout s" >&2
	exit 1
fi
python3 "$here/compare-doctor.py" "$work/said" "$transport"
