#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# calls.sh [KERNEL [TRANSPORT [CLASS...]]]: boots Debian's own kernel under qemu and runs classes of the integration tests
# there, those about calls and sockets unless told which. The build must have been made: it takes it-tests/target, a Java
# runtime made of this machine's JDK, and the files of this machine's packages. The guest is about 20 times slower than
# this machine, and so the tests wait longer; what they assert is the same.
#
#   KERNEL        a kernel image package, a meta package that depends on one (linux-image-cloud-amd64), or a file /.../vmlinuz
#   TRANSPORT     auto, ring or perf (auto)
#   CLASS         CallsIT, or CallsIT#everyCallIsSeenWithItsBytes
#   KYANOS_CACHE  where packages are kept (~/.cache/kyanos)
#   TIMEOUT       seconds for the whole guest (7200)
#   PATIENCE      how many times as long as elsewhere a test waits (10)
#
# The reports are left in it-tests/target/qemu-reports.
# Exit status: 0 some passed and none failed; 1 not so; 77 cannot be tried here, with the reason.
set -eu

name=${1:-linux-image-cloud-amd64}
transport=${2:-auto}
shift $(($# < 2 ? $# : 2))
[ $# != 0 ] || set -- CallsIT DatagramsIT UnixSocketsIT StreamsIT InheritanceIT
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${KYANOS_CACHE:-$HOME/.cache/kyanos}
timeout=${TIMEOUT:-7200}
# shellcheck source=kernel.sh
. "$here/kernel.sh"

require_emulator
command -v python3 >/dev/null || skip "python3: not found. Hint: apt-get install python3"
find_jdk
[ -s "$root/it-tests/target/classpath" ] && [ -d "$root/it-tests/target/test-classes" ] || {
	echo "$root/it-tests/target: not built" >&2
	exit 2
}
command -v dpkg-query >/dev/null || skip "dpkg-query: not found; the guest's programs are of this machine's packages"

make_work
find_kernel "$name"

guest=$work/root
mkdir -p "$guest/usr/bin" "$guest/usr/sbin" "$guest/usr/lib" "$guest/usr/lib64" "$guest/busybox" "$guest/proc" "$guest/sys" "$guest/dev" \
	"$guest/tmp" "$guest/root" "$guest/run" "$guest/var/log/nginx" "$guest/var/lib/nginx" "$guest/etc" "$guest/it/lib" "$guest/it/target"
for folder in bin sbin lib lib64; do
	ln -s "usr/$folder" "$guest/$folder"
done
# what the tests start, and what the Java runtime and our library are linked with
python3 "$here/packages.py" coreutils curl dash findutils gcc grep iproute2 libc6-dev libelf1 nginx procps python3 redis-server \
	redis-tools libc-bin sed util-linux zlib1g >"$work/files" 2>"$work/missing" || {
	[ $? != 77 ] || skip "packages are not installed. Hint: $(tail -1 "$work/missing")"
	cat "$work/missing" >&2
	exit 1
}
(cd / && sed -n "s,^/\\(.*/\\),\\1,p" "$work/files" | cpio -o -H newc --quiet) | (cd "$guest" && cpio -id --quiet)
make_runtime "$guest/java" java.se,jdk.httpserver,jdk.management,jdk.net,jdk.unsupported,jdk.crypto.ec,jdk.zipfs
cp "$busybox" "$guest/busybox/busybox"
cp -r "$root/it-tests/target/test-classes" "$guest/it/"
tr ':' '\0' <"$root/it-tests/target/classpath" | xargs -0 cp -t "$guest/it/lib"
echo 'root:x:0:0:root:/root:/bin/sh' >"$guest/etc/passwd"
echo 'root:x:0:' >"$guest/etc/group"
printf '127.0.0.1 localhost guest\n::1 localhost\n' >"$guest/etc/hosts"
echo 'hosts: files' >"$guest/etc/nsswitch.conf"
[ ! -s "$modules" ] || tar -x -C "$guest/tmp" -f "$modules"
mkdir "$guest/modules"
find "$guest/tmp" -name '*.xz' -exec "$busybox" unxz {} +
find "$guest/tmp" -name '*.ko' -exec mv {} "$guest/modules/" \;
rm -rf "$guest/tmp/lib"

for class; do
	case $class in
	*'#'*) echo "--select-method=io.kyanos.it.$class" ;;
	*) echo "--select-class=io.kyanos.it.$class" ;;
	esac
done >"$guest/it/selected"
options="-Dkyanos.it.patience=${PATIENCE:-10} -Dkyanos.it.archive=false"
[ "$transport" = auto ] || options="$options -Dkyanos.it.transport=$transport"
echo "$options" >"$guest/it/options"
cat >"$guest/init" <<'GUEST'
#!/busybox/busybox sh
export PATH=/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8
box=/busybox/busybox
$box mount -t proc proc /proc
$box mount -t sysfs sys /sys
$box mount -t devtmpfs dev /dev
$box ln -s /proc/self/fd /dev/fd
$box mount -t tmpfs tmp /tmp
$box mount -t cgroup2 cgroup /sys/fs/cgroup
$box hostname guest
ip link set lo up
for module in inet_diag tcp_diag unix_diag; do
	[ ! -e /modules/$module.ko ] || $box insmod /modules/$module.ko
done
cd /it
# the firmware leaves the cursor in the middle of a line
echo
echo "@@ kernel $(uname -r)"
/java/bin/java -Xmx1g -XX:TieredStopAtLevel=1 -XX:+UseSerialGC $(cat options) -cp "$(printf test-classes; printf :%s /it/lib/*.jar)" \
	org.junit.platform.console.ConsoleLauncher execute --disable-banner --disable-ansi-colors --details=testfeed \
	--fail-if-no-tests --reports-dir=/tmp/reports $(cat selected)
echo "@@ status $?"
cat /tmp/reports/TEST-junit-jupiter.xml >/dev/ttyS1
$box poweroff -f
GUEST
chmod +x "$guest/init"
(cd "$guest" && find . | cpio -o -H newc --quiet) >"$work/initramfs"

boot 4096 -serial mon:stdio -serial "file:$work/report" | tee "$work/console" | sed -n -u 's,\r$,,; /^@@ kernel/,/^@@ status/p'
result=$(tr -d '\r' <"$work/console" | sed -n 's/^@@ status //p')
if [ -z "$result" ]; then
	tail -20 "$work/console" >&2
	echo "the guest did not end in order within $timeout s" >&2
	exit 1
fi
release=$(tr -d '\r' <"$work/console" | sed -n 's/^@@ kernel //p')
for reports in "$root/it-tests/target/qemu-reports" "$work/summary/target/qemu-reports"; do
	mkdir -p "$reports"
	cp "$work/report" "$reports/TEST-$release-$transport.xml"
done
# of this guest alone; where every test was skipped, that is no success either
python3 "$root/.ci/summarize.py" /dev/null "$work/summary" || [ "$result" != 0 ] || result=1
exit "$result"
