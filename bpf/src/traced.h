/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The rules for processes and connections. Both objects have this; user space makes them share the
 * map and gives both the same rules.
 */
#ifndef KYANOS_TRACED_H
#define KYANOS_TRACED_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

/* Bits of `rules`. */
enum rule {
	RULE_SET = 0x01, /* which of the two sets of entries in the tables applies */
	RULE_PROCESSES = 0x02, /* some process is left out: look into `traced_tgids` */
	RULE_STRANGERS = 0x04, /* a process without an entry there is traced */
	RULE_NAMES = 0x08, /* exec looks into `traced_names` */
	RULE_LOCAL_PORTS = 0x10,
	RULE_REMOTE_PORTS = 0x20,
	RULE_LOCAL_IPS = 0x40,
	RULE_REMOTE_IPS = 0x80,
	RULE_LOCAL_NEEDED = 0x100, /* an end without address and port is not wanted: local ... */
	RULE_REMOTE_NEEDED = 0x200, /* ... remote */
	RULE_CLIENTS = 0x400, /* only clients; an unknown side passes */
	RULE_SERVERS = 0x800,
	RULE_EITHER_PORT = 0x1000, /* a port of either end must be in the third table */
	RULE_SAMPLE = 0x70000, /* one connection in two to the power of this is traced */
};
#define RULE_SAMPLE_SHIFT 16

/*
 * Zero: everything but our own process is traced. User space fills the set that does not apply,
 * then writes this word: a program that reads the word once never sees half of a change.
 */
volatile __u32 rules;

/* The values in the tables. */
enum verdict {
	VERDICT_TRACED = 1,
	VERDICT_LEFT_OUT = 2,
};

/* Keys of `traced_tgids` in set 1; process ids end far below. */
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
