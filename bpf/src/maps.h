/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Knobs and maps of the family `socket`. User space sets the knobs and the
 * sizes of maps before load; what is written here are the defaults.
 */
#ifndef KYANOS_MAPS_H
#define KYANOS_MAPS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "connection.h"

/* Possible CPUs of the machine: generations of different CPUs must not meet. */
const volatile __u32 cpu_lanes = 1;
/* Entries of map `trace_states`: a power of two. */
const volatile __u32 trace_state_slots = 65536;
/* Payload bytes of one event; no more than PAYLOAD_LIMIT. */
const volatile __u32 max_payload_bytes = 32688;
/* While no protocol is known: bytes per connection and direction before HEADS. */
const volatile __u32 undecided_bytes = 4096;
/* Under HEADS: bytes of each turn. */
const volatile __u32 head_bytes = 256;

/* Makes an event of data at most 32 KiB. */
#define PAYLOAD_LIMIT 32688
/* Masks for the verifier, which does not relate an offset to the length behind it. */
#define PAYLOAD_MASK 0x7fff

struct scratch {
	struct ky_data data;
	/* twice the mask: any masked offset plus any masked length is inside */
	__u8 bytes[2 * (PAYLOAD_MASK + 1)];
};

/* A system call of a thread, from its entry to its exit. */
struct call {
	__u64 socket;
	__u64 entered_at;
	__u64 buffer; /* bytes, a vector, or one or more headers of messages, by kind */
	__u64 segments; /* of the vector; at exit of the calls of many messages: those moved */
	__u32 fd;
	__u32 seq; /* of the moved direction, at entry */
	__u32 flags; /* MSG_ */
	__u16 kind; /* enum ky_call; KY_CALL_NONE: no call under way */
	__u8 direction;
	__u8 fresh; /* connect: the socket was not connecting before */
	__u8 compat; /* of a 32-bit program: so is what its arguments point to */
};

/* struct sock address -> connection */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct ky_connection);
} connections SEC(".maps");

/*
 * The ends of connections for which there was no room in `conn_events`, in order. Their entries in
 * `connections` cannot wait for the reader: the kernel gives a freed socket's address to the next
 * one at once. User space takes them once it sees that something was lost.
 */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 32768);
	__type(value, struct ky_closed);
} untold_ends SEC(".maps");

/* pid_tgid -> the call under way; one entry per thread, kept until the thread ends */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, __u64);
	__type(value, struct call);
} calls SEC(".maps");

/*
 * One element per possible CPU. Not PERCPU_ARRAY: its elements end at 32 KiB.
 * Only the system call programs use it, and those are never preempted.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} generations SEC(".maps");

/* Written by user space alone: (generation << 2) | enum ky_trace_state, at generation & (slots -
 * 1). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, __u64);
} trace_states SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1024 * 1024);
} conn_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024 * 1024);
} syscall_events SEC(".maps");

#endif
