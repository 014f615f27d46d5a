#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# load-objects.sh OBJECT-DIR [KERNEL]: boots Debian's own kernel under qemu, loads and attaches every
# *.bpf.o of the folder there, lets two programs talk over the guest's loopback, and looks whether events came; once with
# ring buffers, once with perf buffers; where the kernel tells what sockets move, both once more at the sockets.
#
#   KERNEL        a kernel image package, a meta package that depends on one (linux-image-cloud-amd64), or a file /.../vmlinuz
#   KYANOS_CACHE  where packages are kept (~/.cache/kyanos)
#   TIMEOUT       seconds for the whole guest (600)
#
# Exit status: 0 all loaded and events came; 1 not so; 77 cannot be tried here, with the reason.
set -eu

[ $# -ge 1 ] || { echo "usage: load-objects.sh OBJECT-DIR [KERNEL]" >&2; exit 2; }
objects=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
bpf=$here/../../bpf
cache=${KYANOS_CACHE:-$HOME/.cache/kyanos}
timeout=${TIMEOUT:-600}

# shellcheck source=kernel.sh
. "$here/kernel.sh"

require_emulator
[ -n "$(ls "$objects"/*.bpf.o 2>/dev/null)" ] || { echo "$objects: no *.bpf.o in it" >&2; exit 2; }

make_work
find_kernel "${2:-linux-image-cloud-amd64}"
root=$work/root
mkdir -p "$root/bin" "$root/proc" "$root/sys" "$root/dev" "$root/objects"
make -s -C "$bpf" TOOLS="$work/tools" STATIC=1 "$work/tools/bpfload" ||
	skip "a static bpfload cannot be built. Hint: apt-get install libbpf-dev libelf-dev zlib1g-dev"
cp "$busybox" "$root/bin/busybox"
cp "$work/tools/bpfload" "$root/bin/"
cp "$objects"/*.bpf.o "$root/objects/"

cat >"$root/exchange" <<'GUEST'
#!/bin/busybox sh
# a listener, a client that speaks first, an answer; over IPv4 and IPv6
for address in 127.0.0.1 ::1; do
	(echo "HTTP/1.1 204 No Content"; echo) | nc -l -p 8080 >/tmp/request &
	for try in 1 2 3 4 5 6 7 8 9 10; do
		printf 'GET / HTTP/1.1\r\n\r\n' | nc "$address" 8080 >/tmp/answer 2>/dev/null && break
		sleep 0.2
	done
	grep -q 204 /tmp/answer || exit 1
	wait
done
GUEST
cat >"$root/init" <<'GUEST'
#!/bin/busybox sh
/bin/busybox mkdir -p /tmp /sbin
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tracefs trace /sys/kernel/tracing
mount -t cgroup2 cgroup /sys/fs/cgroup
ifconfig lo 127.0.0.1 up
sleep 1
# the firmware leaves the cursor in the middle of a line
echo
echo "@@ kernel $(uname -r)"
status=0
bpfload -r /exchange /objects/*.bpf.o || status=1
echo "@@ perf buffers"
bpfload -p -r /exchange /objects/*.bpf.o || status=1
if [ -d /sys/kernel/tracing/events/sock/sock_send_length ]; then
	echo "@@ at the sockets"
	bpfload -s -r /exchange /objects/*.bpf.o || status=1
	echo "@@ at the sockets, perf buffers"
	bpfload -ps -r /exchange /objects/*.bpf.o || status=1
fi
echo "@@ status $status"
poweroff -f
GUEST
chmod +x "$root/init" "$root/exchange"
(cd "$root" && find . | cpio -o -H newc --quiet) | gzip -1 >"$work/initramfs"

status=0
boot 1024 >"$work/console" || status=$?
tr -d '\r' <"$work/console" | sed -n '/^@@ kernel/,/^@@ status/p'
if [ "$status" = 124 ]; then
	tail -5 "$work/console" >&2
	echo "the guest did not end within $timeout s" >&2
	exit 1
fi
result=$(tr -d '\r' <"$work/console" | sed -n 's/^@@ status //p')
if [ -z "$result" ]; then
	tail -20 "$work/console" >&2
	echo "the guest ended without a result" >&2
	exit 1
fi
exit "$result"
