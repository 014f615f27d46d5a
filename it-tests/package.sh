#!/usr/bin/env bash
# Installs the .deb that the build with -Pdist made, starts it as its systemd unit says (user and capabilities too),
# observes a request, scrapes it, and removes it again. All of that on a copy of this machine's root that forgets what is
# written to it (an overlay in a mount namespace), so that nothing is installed here.
# Exit code 77: not possible here; the last line says why.
set -u
cd "$(dirname -- "$(readlink -f -- "$0")")/.."

skip() {
	echo "skipped: $*"
	exit 77
}

fail() {
	echo "package: $*" >&2
	exit 1
}

if [ "${1:-}" != inside ]; then
	[ "$(id -u)" = 0 ] || skip "not root"
	grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null || skip "this kernel has no overlay file system"
	for program in dpkg-deb tar unshare setpriv curl python3; do
		command -v "$program" >/dev/null || skip "$program is missing"
	done
	deb=$(echo cli/target/kyanos_amd64.deb)
	[ "$(dpkg --print-architecture)" = amd64 ] || skip "the package is built for amd64"
	[ -f "$deb" ] || fail "$deb: not built (expected: by ./mvnw -Pdist -pl cli -am package)"
	archive=$(echo cli/target/kyanos-*-linux.tar.gz)
	[ -f "$archive" ] || fail "$archive: not built (expected: by the same command)"
	exec unshare -m -- bash "$0" inside "$(readlink -f "$deb")" "$(readlink -f "$archive")"
fi

deb=$2
archive=$3
scratch=$(mktemp -d)
mount --make-rprivate / && mount -t tmpfs tmpfs "$scratch" && mkdir "$scratch"/{upper,work,root} &&
	mount -t overlay overlay -o "lowerdir=/,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/root" ||
	skip "an overlay over / cannot be mounted"
root=$scratch/root
for folder in proc sys dev; do mount --rbind "/$folder" "$root/$folder"; done
cp "$deb" "$root/tmp/kyanos.deb"
inside() { chroot "$root" "$@"; }

# --- documents
# Every relative link of the pages below a folder leads to a file below it.
check_links() { # folder
	python3 - "$1" <<'END' || fail "links of the documents lead nowhere"
import pathlib, re, sys

root = pathlib.Path(sys.argv[1]).resolve()
checked, broken = 0, []
for page in sorted(root.rglob("*.md")):
    text = page.read_text()
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target or target.startswith("#"):
            continue
        checked += 1
        file = (page.parent / target.split("#")[0]).resolve()
        if not file.is_file() or root not in file.parents:
            broken.append(f"{page.relative_to(root)}: {target}")
print(f"package: {checked} links of {len(list(root.rglob('*.md')))} pages lead to files beside them")
if broken or checked < 20:
    sys.exit("\n".join(broken) or "too few links to be true")
END
}
# What a reader looks for is there; a folder of documents.
check_documents() { # folder
	local file
	for file in README.md losses.md metrics.md adr/0016-replay-in-steps.md LICENSE copyright examples/shop.kyanos \
		examples/application.conf examples/prometheus.yml examples/prometheus-alerts.yml examples/grafana/kyanos.json; do
		[ -f "$1/$file" ] || fail "$file is missing among the documents"
	done
}
# The recorded shop, filtered, loses nothing; arguments: the command, the recording.
check_recording() {
	"$1" watch --input "$2" --side server --where 'status = 503' >"$scratch/shop.out" 2>"$scratch/shop.err" ||
		{ cat "$scratch/shop.err" >&2; fail "$1 watch --input $2: exit $?"; }
	grep -q 'GET /busy' "$scratch/shop.out" || fail "$1 watch --input $2: no record of the shop"
	! grep -q dropped "$scratch/shop.err" || { cat "$scratch/shop.err" >&2; fail "what a filter leaves out is told as dropped"; }
}
mkdir "$scratch/deb" "$scratch/archive"
dpkg-deb -x "$deb" "$scratch/deb" && tar -xzf "$archive" -C "$scratch/archive" --strip-components 1 || fail "the packages cannot be unpacked"
foreign=$(dpkg-deb -c "$deb" | awk '$2 != "root/root" { print $2, $6 }')
[ -z "$foreign" ] || fail "files that are not root's: $foreign"
for documents in "$scratch/deb/usr/share/doc/kyanos" "$scratch/archive/docs"; do check_documents "$documents"; done
check_links "$scratch/deb/usr/share/doc/kyanos"
check_links "$scratch/archive"
check_recording "$scratch/archive/bin/kyanos" "$scratch/archive/docs/examples/shop.kyanos"
check_recording "$scratch/deb/usr/bin/kyanos" "$scratch/deb/usr/share/doc/kyanos/examples/shop.kyanos"
grep -q '/usr/share/doc/kyanos' "$scratch/deb/usr/share/man/man1/kyanos.1" || fail "the manual page does not say where the pages are"

# --- install
before=$(inside sh -c 'find /usr /lib /etc -xdev -newer /tmp/kyanos.deb 2>/dev/null | sort')
inside dpkg -i /tmp/kyanos.deb >"$scratch/dpkg.log" 2>&1 || { cat "$scratch/dpkg.log"; skip "what the package depends on is not installed here"; }
inside getent passwd kyanos >/dev/null || fail "no user kyanos after the installation"
installed=$(inside dpkg -L kyanos)
inside kyanos version || fail "kyanos version: exit $?"
told=$(inside dpkg -s kyanos; inside kyanos version)
! grep -E 'localhost|\.invalid|example\.|\[\[|\$\{|unknown' <<<"$told" || fail "what the package tells of itself is made up"
[ -f "$root/usr/share/man/man1/kyanos.1" ] || fail "no manual page"

# --- start as the unit says
unit=$root/lib/systemd/system/kyanos.service
of() { sed -n "s/^$1=//p" "$unit"; }
capabilities=
for capability in $(of AmbientCapabilities); do
	name=${capability#CAP_}
	capabilities+=,+${name,,}
done
[ "$(of AmbientCapabilities)" = "$(of CapabilityBoundingSet)" ] || fail "the unit's ambient and bounding capabilities differ"
needed=$(of AmbientCapabilities)
port=${KYANOS_IT_PORTS:-22900}
port=${port%%-*}
start=$(of ExecStart)
log=$scratch/exporter.log
: >"$log"
# shellcheck disable=SC2086 # the unit's command line is divided by blanks
chroot "$root" setpriv --reuid "$(of User)" --regid "$(of Group)" --clear-groups --no-new-privs "--inh-caps=-all$capabilities" \
	"--ambient-caps=-all$capabilities" "--bounding-set=-all$capabilities" $start --listen "127.0.0.1:$port" >"$log" 2>&1 &
exporter=$!
web=
trap 'kill "$exporter" $web 2>/dev/null' EXIT
for ((i = 0; ; i++)); do
	grep -q 'metrics at' "$log" && break
	kill -0 "$exporter" 2>/dev/null && [ "$i" -lt 600 ] || { cat "$log" >&2; fail "the exporter has not started"; }
	sleep 0.1
done
# --- observe and scrape
python3 -m http.server --bind 127.0.0.1 --directory "$scratch/work" "$((port + 1))" >/dev/null 2>&1 &
web=$!
for ((i = 0; i < 600; i++)); do
	curl -s -o /dev/null "http://127.0.0.1:$((port + 1))/api/items" || true
	scrape=$(curl -s "http://127.0.0.1:$port/metrics") || scrape=
	seen=$(grep -c '^kyanos_requests_total{protocol="http",side="client",process="curl".*operation="GET /api' <<<"$scrape")
	[ "$seen" = 0 ] || break
	sleep 0.1
done
[ "$seen" != 0 ] || { cat "$log" >&2; fail "no request was counted"; }
grep -m 2 '^kyanos_requests_total{.*curl' <<<"$scrape"
if grep -qa btf_trace_sock_send_length /sys/kernel/btf/vmlinux && grep -q ' cgroup2 ' /proc/self/mounts; then
	for step in socket_send tcp4_accept udp6_senders; do
		grep -q "^kyanos_hook_attached{.*step=\"$step\".* 1" <<<"$scrape" || { cat "$log" >&2; fail "the unit's capabilities do not suffice for $step"; }
	done
fi
kill -TERM "$exporter"
wait "$exporter"
code=$?
[ "$code" = 0 ] || { cat "$log" >&2; fail "the exporter ended with exit code $code (expected: 0)"; }

# --- remove
inside dpkg -P kyanos >"$scratch/dpkg.log" 2>&1 || { cat "$scratch/dpkg.log" >&2; fail "dpkg -P: exit $?"; }
while read -r file; do
	case $file in */kyanos*) [ ! -e "$root$file" ] || fail "$file is left after the removal" ;; esac
done <<<"$installed"
! inside getent passwd kyanos >/dev/null || fail "the user kyanos is left after the removal"
[ "$before" = "$(inside sh -c 'find /usr /lib /etc -xdev -newer /tmp/kyanos.deb -path "*kyanos*" 2>/dev/null | sort')" ] || fail "files are left"
echo "package: installed, started with $needed, scraped, removed"
