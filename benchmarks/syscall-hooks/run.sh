#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh [ROUNDS]: what each form of attachment costs, round by round (forms alternate, so that noise
# of the machine meets all alike), then the medians. Needs root, clang, libbpf-dev, redis.
# Columns, all in CPU nanoseconds, so that other load of the machine disturbs little: per getppid, per write
# to a file, per loopback write or read of 64 bytes; then of redis-server, per GET of redis-benchmark.
set -eu

# tracepoints are named in tracefs: where nobody mounted it, mount it for ourselves alone
if [ ! -d /sys/kernel/tracing/events ] && [ ! -d /sys/kernel/debug/tracing/events ]; then
	exec unshare -m sh -c 'mount -t tracefs tracefs /sys/kernel/tracing && exec "$0" "$@"' "$0" "$@"
fi

rounds=${1:-5}
port=${PORT:-21010}
here=$(cd "$(dirname "$0")" && pwd)
bpf=$here/../../bpf
work=$(mktemp -d)
server=
dump=
finish() {
	[ -z "$dump" ] || kill -INT "$dump" 2>/dev/null || true
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	wait
	rm -rf "$work"
}
trap finish EXIT

make -s -C "$bpf" OUT="$work/objects" all test-tools TOOLS="$work" >/dev/null
clang -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -I"$bpf/include" -I"$bpf/src" \
	-c "$here/per-syscall.bpf.c" -o "$work/per-syscall.bpf.o"
cc -O2 -Wall -Wextra -Werror "$here/syscalls.c" -o "$work/syscalls"
redis-server --port "$port" --bind 127.0.0.1 --save '' >/dev/null &
server=$!
until redis-cli -p "$port" ping >/dev/null 2>&1; do sleep 0.1; done

server_cpu() {
	redis-cli -p "$port" info cpu | tr -d '\r' | awk -F: '/^used_cpu_(sys|user):/ { sum += $2 } END { print sum }'
}

measure() { # FORM [OBJECT [dump option]...]
	form=$1
	if [ $# -gt 1 ]; then
		object=$2
		shift 2
		# or the line of the last one would be found
		rm -f "$work/dump"
		"$work/bpfdump" -q "$@" "$object" "$work/objects/x86/process.bpf.o" >"$work/dump" &
		dump=$!
		until grep -qs ready "$work/dump"; do sleep 0.05; done
	fi
	loop=$("$work/syscalls" "${COUNT:-2000000}")
	before=$(server_cpu)
	redis-benchmark -p "$port" -n 100000 -c 50 -t get -q >/dev/null
	gets=$(server_cpu | awk -v before="$before" '{ printf "%.0f", ($1 - before) * 1e9 / 100000 }')
	echo "$form $loop $gets" | tee -a "$work/results"
	if [ -n "$dump" ]; then
		kill -INT "$dump"
		wait "$dump"
		dump=
	fi
}

uname -r
nproc
for round in $(seq "$rounds"); do
	measure none
	measure pair "$work/objects/x86/socket.bpf.o"
	measure per-syscall "$work/per-syscall.bpf.o"
	measure sockets "$work/objects/x86/socket.bpf.o" -S
	# a process filter that matches nothing: every call is untraced
	measure pair-filtered "$work/objects/x86/socket.bpf.o" -t 4194304
	measure per-syscall-filtered "$work/per-syscall.bpf.o" -t 4194304
	measure sockets-filtered "$work/objects/x86/socket.bpf.o" -S -t 4194304
done

echo "medians of $rounds rounds:"
for form in none pair per-syscall sockets pair-filtered per-syscall-filtered sockets-filtered; do
	line=$form
	for column in 2 3 4 5; do
		line="$line $(awk -v form="$form" -v column="$column" '$1 == form { print $column }' "$work/results" |
			sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')"
	done
	echo "$line"
done
