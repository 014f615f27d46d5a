/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Whom we watch: processes at the entry of a call, connections when they are opened. */
#ifndef KYANOS_FILTER_H
#define KYANOS_FILTER_H

#include "traced.h"
#include "connection.h"

/* Our own process, never traced. In the numbers of the first pid namespace. */
const volatile __u32 own_tgid = 0;
const volatile bool filter_by_local_port = false;
const volatile bool filter_by_remote_port = false;
const volatile bool filter_by_remote_ip = false;
/* Only this side (enum ky_side); UNKNOWN: both. A connection whose side is unknown passes. */
const volatile __u8 side_filter = KY_SIDE_UNKNOWN;

struct ip_prefix {
	__u32 length; /* bits of ip that count */
	__u8 ip[16]; /* as in struct ky_address */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u16);
	__type(value, __u8);
} local_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u16);
	__type(value, __u8);
} remote_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, struct ip_prefix);
	__type(value, __u8);
} remote_ips SEC(".maps");

static __always_inline bool is_traced_process(__u32 tgid)
{
	if (tgid == own_tgid)
		return false;
	return !filter_by_process || bpf_map_lookup_elem(&traced_tgids, &tgid);
}

static __always_inline bool is_traced_connection(const struct ky_connection *connection)
{
	struct ip_prefix remote = { .length = 128 };
	__u16 port;

	if (side_filter != KY_SIDE_UNKNOWN && connection->side != KY_SIDE_UNKNOWN &&
	    connection->side != side_filter)
		return false;
	if (filter_by_local_port) {
		port = connection->local.port;
		if (!bpf_map_lookup_elem(&local_ports, &port))
			return false;
	}
	if (filter_by_remote_port) {
		port = connection->remote.port;
		if (!bpf_map_lookup_elem(&remote_ports, &port))
			return false;
	}
	if (filter_by_remote_ip) {
		__builtin_memcpy(remote.ip, connection->remote.ip, sizeof(remote.ip));
		if (!bpf_map_lookup_elem(&remote_ips, &remote))
			return false;
	}
	return true;
}

#endif
