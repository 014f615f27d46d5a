#!/bin/bash
# Makes the captures of this folder anew: a request and its answer over TCP and a question and its answer over UDP, in two
# network namespaces, over several kinds of links. Needs root, iproute2, tcpdump, python3, and mergecap of Wireshark; leaves
# nothing behind. Those here are of Linux 6.18, tcpdump 4.99.3, libpcap 1.10.3, Wireshark 4.0.17.
set -eu
cd "${1:-$(dirname "$0")}"
a=kyanos-packets-a b=kyanos-packets-b

cleanup() {
	ip netns del $a 2>/dev/null || true
	ip netns del $b 2>/dev/null || true
}
trap cleanup EXIT
cleanup
ip netns add $a
ip netns add $b
in_a() { ip netns exec $a "$@"; }
in_b() { ip netns exec $b "$@"; }
both() {
	in_a "$@"
	in_b "$@"
}

both sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0
both ip link set lo up
ip link add va netns $a type veth peer name vb netns $b
in_a ip addr add 10.9.0.1/24 dev va
in_b ip addr add 10.9.0.2/24 dev vb
in_a ip addr add fd09::1/64 dev va nodad
in_b ip addr add fd09::2/64 dev vb nodad
in_a ip link set va up
in_b ip link set vb up

# talk ADDRESS [BYTES]: the traffic, between the namespaces, at ports 7001 (TCP) and 7002 (UDP) of b
talk() {
	in_b python3 - "$1" >/dev/null <<'PY' &
import socket, sys
family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
tcp = socket.socket(family, socket.SOCK_STREAM)
tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
tcp.bind((sys.argv[1], 7001)); tcp.listen()
udp = socket.socket(family, socket.SOCK_DGRAM)
udp.bind((sys.argv[1], 7002))
connection, _ = tcp.accept()
request = connection.recv(100)
connection.sendall(b'answer:' + request)
question, peer = udp.recvfrom(65536)
udp.sendto(b'reply:' + question, peer)
connection.recv(1)
PY
	server=$!
	until in_b ss -Hltun | grep -q :7002; do sleep 0.1; done
	in_a python3 - "$1" "${2:-8}" <<'PY'
import socket, sys
family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
tcp = socket.socket(family, socket.SOCK_STREAM)
tcp.connect((sys.argv[1], 7001))
tcp.sendall(b'request')
assert tcp.recv(100) == b'answer:request'
udp = socket.socket(family, socket.SOCK_DGRAM)
question = (b'question' * (int(sys.argv[2]) // 8))
udp.sendto(question, (sys.argv[1], 7002))
assert udp.recv(65536) == b'reply:' + question
tcp.close()
PY
	wait $server
}

# capture FILE INTERFACE ADDRESS [BYTES [tcpdump's arguments]]
capture() {
	local file=$1 on=$2 address=$3 bytes=${4:-8}
	shift $(($# > 4 ? 4 : $#))
	ip netns exec $a tcpdump -i "$on" -B 4096 -U --immediate-mode -w "$file" "$@" 2>tcpdump.log &
	local dump=$!
	until grep -q listening tcpdump.log; do sleep 0.1; done
	talk "$address" "$bytes"
	sleep 0.5
	kill $dump
	wait $dump || true
	rm tcpdump.log
}

not='not (icmp6 or ip6 proto 0 or igmp or arp or (udp and port 5353))'
capture ethernet.pcap va 10.9.0.2 8 "$not"
capture ethernet-nanos.pcap va fd09::2 8 --time-stamp-precision nano "$not"
capture cut.pcap va 10.9.0.2 64 -s 60 "$not"
capture any-cooked2.pcap any 10.9.0.2 8 "$not"
capture any-cooked1.pcap any 10.9.0.2 8 -y LINUX_SLL "$not"
both ip link set lo mtu 1500
capture fragments.pcap va 10.9.0.2 4000 "$not"
capture fragments6.pcap va fd09::2 4000 'not icmp6'

# A bridge over the link, whose packets are seen at both.
in_a ip link add br0 type bridge
in_a ip link set va master br0
in_a ip addr del 10.9.0.1/24 dev va
in_a ip addr add 10.9.0.1/24 dev br0
in_a ip link set br0 up
capture bridge-cooked2.pcap any 10.9.0.2 8 "$not"
in_a ip link set va nomaster
in_a ip addr del 10.9.0.1/24 dev br0
in_a ip addr add 10.9.0.1/24 dev va

in_a ip link add t-vxlan type vxlan id 42 dstport 4789 local 10.9.0.1 remote 10.9.0.2
in_b ip link add t-vxlan type vxlan id 42 dstport 4789 local 10.9.0.2 remote 10.9.0.1
in_a ip addr add 10.9.22.1/24 dev t-vxlan
in_b ip addr add 10.9.22.2/24 dev t-vxlan
both ip link set t-vxlan up
capture vxlan.pcap va 10.9.22.2 8 'udp port 4789'

# Wireshark's writer of the new format: two interfaces, of two link types and resolutions.
mergecap -F pcapng -w merged.pcapng ethernet-nanos.pcap any-cooked1.pcap
gzip -9nkf merged.pcapng
