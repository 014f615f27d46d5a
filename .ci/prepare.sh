# shellcheck shell=bash
# What kyanos and verify share: finding a JDK and the packages that are missing, and installing them.
# Sourced; sets java_home. The caller sets me (its name in messages) and state (a folder that it may write to).
# Everything is said on stderr.

: "${me:=prepare}" "${state:?}"

say() {
	printf '%s: %s\n' "$me" "$*" >&2
}

# shellcheck source=../cli/src/dist/java.sh
. "${BASH_SOURCE[0]%/*}/../cli/src/dist/java.sh"

distribution() {
	# shellcheck source=/dev/null
	(. /etc/os-release 2>/dev/null && printf '%s %s\n' "${ID:-}" "${ID_LIKE:-}")
}

have() {
	command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || [ -x "/sbin/$1" ]
}

jdk_package() {
	# shellcheck source=/dev/null
	(. /etc/os-release 2>/dev/null && [ "${ID:-}" = debian ] && [ "${VERSION_ID:-0}" -ge 13 ] &&
		echo openjdk-21-jdk-headless) || echo openjdk-17-jdk-headless
}

# Prints the Debian packages that building needs and that are missing.
missing_for_build() {
	find_java jdk 2>/dev/null || jdk_package
	have mvn || [ -n "${MVNW_REPOURL:-}" ] || compgen -G "$state/apache-maven-*/bin/mvn" >/dev/null || echo maven
	have clang || echo clang
	have llvm-strip || echo llvm
	have make || echo make
	have gcc || echo gcc
	[ -r /usr/include/stdio.h ] || echo libc6-dev
	[ -r /usr/include/linux/bpf.h ] || echo linux-libc-dev
	[ -r /usr/include/bpf/libbpf.h ] || echo libbpf-dev
	[ -r /usr/include/libelf.h ] || echo libelf-dev
	[ -r /usr/include/zlib.h ] || echo zlib1g-dev
	if ! have bpftool; then
		case $(distribution) in
		ubuntu*) echo linux-tools-generic ;;
		*) echo bpftool ;;
		esac
	fi
}

# The same for the tests.
missing_for_tests() {
	local pair
	for pair in redis-server:redis-server redis-benchmark:redis-tools memcached:memcached \
		beanstalkd:beanstalkd nginx:nginx haproxy:haproxy node:nodejs wrk:wrk prometheus:prometheus \
		promtool:prometheus curl:curl qemu-system-x86_64:qemu-system-x86 cpio:cpio ip:iproute2 \
		capsh:libcap2-bin setpriv:util-linux ab:apache2-utils nc:netcat-openbsd python3:python3 dnsmasq:dnsmasq-base unbound:unbound dig:bind9-dnsutils tcpdump:tcpdump \
		nats-server:nats-server nghttpd:nghttp2-server nghttpx:nghttp2-proxy h2load:nghttp2-client \
		clang-format:clang-format zsh:zsh psql:postgresql-client pgbouncer:pgbouncer runuser:util-linux mariadbd:mariadb-server mariadb:mariadb-client aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu qemu-aarch64-static:qemu-user-static; do
		have "${pair%%:*}" || echo "${pair#*:}"
	done
	compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || echo postgresql
	[ -r /usr/include/liburing.h ] || echo liburing-dev
	python3 -c 'import ensurepip' 2>/dev/null || echo python3-venv
	# an initramfs brings a busybox of its own, which is linked dynamically
	{ have busybox && ! ldd "$(command -v busybox)" >/dev/null 2>&1; } || echo busybox-static
}

# Installs the packages given, or says the one command that does and returns 1.
install_packages() {
	local install=(apt-get install -y --no-install-recommends "$@") policy=/usr/sbin/policy-rc.d made_policy='' failed=0
	case $(distribution) in
	*debian* | *ubuntu*) ;;
	*)
		say "missing, by the names of Debian's packages: $*"
		say "this is neither Debian nor Ubuntu: install them by your own means"
		return 1
		;;
	esac
	if [ "${KYANOS_NO_INSTALL:-0}" = 1 ]; then
		say "missing: $*"
		say "type: sudo sh -c 'apt-get update && ${install[*]}'"
		return 1
	fi
	if [ "$(id -u)" != 0 ]; then
		say "missing: $* (not root: cannot install)"
		say "type: sudo sh -c 'apt-get update && ${install[*]}'"
		return 1
	fi
	say "missing: $*; installing (KYANOS_NO_INSTALL=1 forbids it)"
	# servers that come along must not be started; what runs already is left alone
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
		made_policy=1
	fi
	{
		export DEBIAN_FRONTEND=noninteractive
		apt-get -o DPkg::Lock::Timeout=300 update &&
			apt-get -o DPkg::Lock::Timeout=300 "${install[@]:1}"
	} >"$state/install.log" 2>&1 </dev/null || failed=1
	[ -z "$made_policy" ] || rm -f "$policy"
	if [ "$failed" = 1 ]; then
		tail -n 5 "$state/install.log" >&2
		say "apt-get: see $state/install.log"
		return 1
	fi
}

# Makes sure of the packages that the functions named in the arguments print.
prepare() {
	local need packages=()
	mapfile -t packages < <(for need; do "$need"; done | sort -u)
	[ "${#packages[@]}" = 0 ] || install_packages "${packages[@]}" || return 1
	if ! find_java jdk; then
		say "no JDK >= $jdk_floor with bin/javac and include/jni.h: set JAVA_HOME to one"
		return 1
	fi
	mapfile -t packages < <(for need; do "$need"; done | sort -u)
	if [ "${#packages[@]}" != 0 ]; then
		say "installed, yet missing: ${packages[*]}"
		return 1
	fi
}
