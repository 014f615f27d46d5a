/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What is asked of processes and connections. Both objects have this; user space lets them share
 * the map and gives both the same rules.
 */
#ifndef KYANOS_TRACED_H
#define KYANOS_TRACED_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

/* Bits of `rules`. */
enum rule {
	RULE_SET = 0x01, /* which of the two sets of entries in the tables of rules is true */
	RULE_PROCESSES = 0x02, /* some process is left out: `traced_tgids` is asked */
	RULE_STRANGERS = 0x04, /* a process without an entry there is traced */
	RULE_NAMES = 0x08, /* exec asks `traced_names` */
	RULE_LOCAL_PORTS = 0x10,
	RULE_REMOTE_PORTS = 0x20,
	RULE_LOCAL_IPS = 0x40,
	RULE_REMOTE_IPS = 0x80,
	RULE_LOCAL_NEEDED = 0x100, /* an end without address and port is not wanted: local ... */
	RULE_REMOTE_NEEDED = 0x200, /* ... remote */
	RULE_CLIENTS = 0x400, /* only clients; a connection whose side is unknown passes */
	RULE_SERVERS = 0x800,
	RULE_EITHER_PORT = 0x1000, /* some port of a connection must be of the third table */
};

/*
 * Zero: everything but our own process is traced. User space fills the set of entries that is not
 * true, then writes this word: no program ever sees half of a change, if it reads the word once.
 */
volatile __u32 rules;

/* What the tables of rules say. */
enum verdict {
	VERDICT_TRACED = 1,
	VERDICT_LEFT_OUT = 2,
};

/* Key of `traced_tgids` in set 1; the numbers of processes end far below. */
#define SECOND_SET 0x80000000

/* tgid, with the set -> enum verdict. Children inherit. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u8);
} traced_tgids SEC(".maps");

static __always_inline __u32 tgid_key(__u32 tgid, __u32 now)
{
	return now & RULE_SET ? tgid | SECOND_SET : tgid;
}

#endif
