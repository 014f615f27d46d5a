/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What is traced: processes at the entry of a call, connections when they open. */
#ifndef KYANOS_FILTER_H
#define KYANOS_FILTER_H

#include "traced.h"
#include "connection.h"

/* Our own process, never traced; as the initial pid namespace numbers it. */
const volatile __u32 own_tgid = 0;

/* Bit p: port p is wanted. */
struct port_rules {
	__u64 wanted[1024];
};

/* Index: 3 * set, and what the ports are of */
enum port_table {
	PORTS_LOCAL,
	PORTS_REMOTE,
	PORTS_EITHER,
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 6);
	__type(key, __u32);
	__type(value, struct port_rules);
} port_rules SEC(".maps");

struct ip_prefix {
	__u32 length; /* significant bits of what follows */
	__u8 table; /* 2 * set, and 1 more for remote addresses */
	__u8 ip[16]; /* as in struct ky_address */
	__u8 pad[3];
};

/* -> enum verdict; the longest prefix decides. Each table in use has one of length 0. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, struct ip_prefix);
	__type(value, __u8);
} ip_rules SEC(".maps");

static __always_inline bool is_traced_process(__u32 tgid)
{
	__u32 now = rules;
	__u8 *verdict;
	__u32 key;

	if (tgid == own_tgid)
		return false;
	if (!(now & RULE_PROCESSES))
		return true;
	key = tgid_key(tgid, now);
	verdict = bpf_map_lookup_elem(&traced_tgids, &key);
	return verdict ? *verdict == VERDICT_TRACED : now & RULE_STRANGERS;
}

static __always_inline bool is_wanted_port(__u32 now, __u32 table, __u16 port)
{
	__u32 index = 3 * (now & RULE_SET) + table;
	struct port_rules *ports = bpf_map_lookup_elem(&port_rules, &index);

	return ports && ports->wanted[port >> 6] >> (port & 63) & 1;
}

/* Not inline: some callers have no stack left for the key. */
static __noinline int is_wanted_ip(__u32 now, __u32 remote, const struct ky_address *address)
{
	struct ip_prefix key = { .length = 8 + 128 };
	__u8 *verdict;

	key.table = 2 * (now & RULE_SET) + remote;
	__builtin_memcpy(key.ip, address->ip, sizeof(key.ip));
	verdict = bpf_map_lookup_elem(&ip_rules, &key);
	return verdict && *verdict == VERDICT_TRACED;
}

/* Unix sockets have neither addresses nor ports; UDP without a peer has no remote ones. */
static __always_inline bool is_wanted_end(__u32 now, __u32 remote, const struct ky_address *address)
{
	bool exists = address->family != 1 && (!remote || address->port);

	if (!exists)
		return !(now & (RULE_LOCAL_NEEDED << remote));
	if (now & (RULE_LOCAL_PORTS << remote) && !is_wanted_port(now, remote, address->port))
		return false;
	return !(now & (RULE_LOCAL_IPS << remote)) || is_wanted_ip(now, remote, address);
}

/* Port 0 is in no table, so a missing end never matches. */
static __always_inline bool has_wanted_port(__u32 now, const struct ky_connection *connection)
{
	if (!(now & RULE_EITHER_PORT))
		return true;
	return connection->local.family != 1 &&
	       (is_wanted_port(now, PORTS_EITHER, connection->local.port) ||
		is_wanted_port(now, PORTS_EITHER, connection->remote.port));
}

static __always_inline bool is_wanted_side(__u32 now, __u8 side)
{
	if (now & RULE_CLIENTS)
		return side != KY_SIDE_SERVER;
	return !(now & RULE_SERVERS) || side != KY_SIDE_CLIENT;
}

static __always_inline __u32 last_word(const struct ky_address *address)
{
	__u32 word;

	__builtin_memcpy(&word, address->ip + sizeof(address->ip) - sizeof(word), sizeof(word));
	return word;
}

/*
 * Whether sampling leaves a connection out. It decides the same for both ends of a connection, and
 * always the same, as a request that is seen on one side only says half. Not inline: some callers
 * have no stack left (6.1).
 */
static __noinline int is_sampled_out(const struct ky_connection *connection)
{
	__u32 bits = (rules & RULE_SAMPLE) >> RULE_SAMPLE_SHIFT;
	__u32 mixed;

	if (!bits)
		return false;
	mixed = connection->local.port ^ connection->remote.port ^ last_word(&connection->local) ^
		last_word(&connection->remote);
	if (connection->local.family == 1)
		mixed = connection->tgid_fd ^ connection->tgid_fd >> 32;
	/* Knuth's multiplicative hash: its high bits depend on all of the word */
	return mixed * 2654435769U >> (32 - bits) != 0;
}

static __always_inline bool is_wanted_connection(const struct ky_connection *connection)
{
	__u32 now = rules;

	return is_wanted_side(now, connection->side) && has_wanted_port(now, connection) &&
	       is_wanted_end(now, 0, &connection->local) &&
	       is_wanted_end(now, 1, &connection->remote);
}

static __always_inline bool is_traced_connection(const struct ky_connection *connection)
{
	return is_wanted_connection(connection) && !is_sampled_out(connection);
}

#endif
