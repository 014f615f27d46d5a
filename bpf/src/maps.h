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
#include "guess.h"

/* Possible CPUs: keeps the generations of different CPUs apart. */
const volatile __u32 cpu_lanes = 1;
/* Entries of map `trace_states`: a power of two. */
const volatile __u32 trace_state_slots = 65536;
/* Payload bytes of one call, at most PIECES * PAYLOAD_LIMIT. */
const volatile __u32 max_payload_bytes = 98304;
/* While the protocol is unknown: bytes per connection, both directions together, before HEADS. */
const volatile __u32 undecided_bytes = 65536;
/* Under HEADS: bytes per turn. */
const volatile __u32 head_bytes = 256;

/* Calls that move less are captured, whatever user space wants of them: asking costs more. */
const volatile __u32 pass_over_from = 2048;

/*
 * What user space spares to keep its budget, written while programs run: payload bytes of one call
 * at most, where that is less, and HEADS for all. 0: nothing is spared.
 */
volatile __u32 spared_call_bytes;
volatile __u32 spared_to_heads;

/* The kinds of sockets to trace. */
enum socket_kind {
	SOCKETS_TCP = 1,
	SOCKETS_UDP = 2,
	SOCKETS_UNIX = 4,
};
const volatile __u32 socket_kinds = SOCKETS_TCP | SOCKETS_UDP | SOCKETS_UNIX;

/*
 * Whether the bytes are seen at the sockets (moves.h), not at the borders of system calls. User
 * space attaches the programs that go with it.
 */
const volatile bool by_sockets = false;

/* By sockets: raised by user space before and after it ends connections that new rules do not want;
 * odd in between.
 */
volatile __u32 revision;

/*
 * By sockets: set once bytes have been read of a TCP socket that no call has told of. Where they
 * went into a pipe, tcp_rcv_space_adjust tells the next ones; user space attaches it.
 */
volatile __u32 splices_met;

/*
 * Entries of `connections` whose end no tracepoint reports. While there are any, user space runs
 * `sweep_connections` from time to time.
 */
volatile __u64 sweepable;

/*
 * While it is set, a call that returns without a recorded entry counts as one that began before the
 * capture; afterwards only in threads that `presume_calls` has marked.
 */
volatile __u32 presuming;

/* Keeps a data event below 32 KiB. A longer call is sent in pieces. */
#define PAYLOAD_LIMIT 32688
/* Per call, at most: enough for 1 MiB. */
#define PIECES 33
/* Of a call that is cut, the bytes of its end that are sent all the same. */
#define TAIL_BYTES 256
/* For the verifier, which does not relate an offset to the length after it. */
#define PAYLOAD_MASK 0x7fff

/* Where the bytes of the current call continue, when they lie in vectors. */
struct gathering {
	__u64 vector; /* its next segment */
	__u64 segments; /* left, with that one */
	__u64 within; /* bytes of it already passed */
	__u64 room; /* bytes that the call moved in this vector, not passed yet */
	__u64 header; /* of the next message */
	__u64 messages; /* left, with that one */
	__u64 compat;
};

/* What of the current call has not been sent yet. */
struct rest {
	__u64 address; /* of the next byte in a flat buffer; 0 where bytes are gathered */
	__u64 gap; /* bytes to pass over before the next piece, which the last one covers
		    */
	__u64 left; /* bytes that no piece covers */
	__u64 wanted; /* the first of those, to be captured */
	__u64 tail; /* and the last */
	__u64 captured; /* so far */
};

/* Not of enum ky_call: the thread may be in a call whose entry was not seen. */
#define CALL_PRESUMED 0xffff

/* A system call of a thread, from its entry to its exit. */
struct call {
	__u64 socket;
	__u64 entered_at;
	__u64 buffer; /* bytes, a vector, or one or more headers of messages, by kind */
	__u64 segments; /* of the vector; at the exit of sendmmsg and recvmmsg the messages moved */
	__u64 address; /* sendto and recvfrom: the caller's struct sockaddr, or 0 */
	__u32 fd;
	__u32 seq; /* sequence number of this direction at entry */
	__u32 flags; /* MSG_ */
	__u16 kind; /* enum ky_call; KY_CALL_NONE: no call in progress */
	__u8 direction;
	__u8 fresh; /* connect: the socket was not connecting before; unix, seen at the socket: its
		     * first call
		     */
	__u8 compat; /* a 32-bit program: its structures are 32-bit, too */
	__u8 transport; /* enum ky_transport */
	__u8 presumed; /* the entry was not seen: `seq` is that of the exit */
	__u8 overlapped; /* other calls have moved bytes of this direction at the same time */
	__u32 length; /* seen at the socket: bytes moved */
	__u64 unseen; /* unix, seen at the socket: bytes before these that no call has told */
};

struct scratch {
	struct gathering gathering;
	struct rest rest;
	struct call call; /* whose bytes they are, where it is not an entry of `calls` */
	struct ky_address sender; /* of the datagram received; its family is 0 if not known */
	struct guess inferred; /* from the call that `data` is of */
	struct ky_data data;
	/* twice the mask: any masked offset plus any masked length is inside */
	__u8 bytes[2 * (PAYLOAD_MASK + 1)];
};

/* struct sock address -> connection */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct ky_connection);
} connections SEC(".maps");

/*
 * Close events for which `conn_events` had no room, in order. Their entries in `connections` cannot
 * wait for the reader: the kernel reuses a freed socket's address at once. User space takes them
 * once it sees that events were lost.
 */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 32768);
	__type(value, struct ky_closed);
} lost_closes SEC(".maps");

/* pid_tgid -> the call in progress; one entry per thread, kept until the thread ends */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, __u64);
	__type(value, struct call);
} calls SEC(".maps");

/*
 * One element per possible CPU. Not PERCPU_ARRAY: its elements end at 32 KiB.
 * Used only by the system call programs, which are never preempted.
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

/* Written by user space only: (generation << 2) | enum ky_trace_state, at generation & (slots -
 * 1). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, __u64);
} trace_states SEC(".maps");

/* A power of two, far more than connections that move large bodies at the same time. */
#define PASS_OVER_SLOTS 16384
#define PASS_OVER_BITS 44
#define PASS_OVER_MASK ((1ULL << PASS_OVER_BITS) - 1)

/* Each word is written and read whole: its generation's next 20 bits, then a position. */
struct pass_over {
	__u64 until[2]; /* by enum ky_direction */
};

/*
 * Up to which position user space wants no bytes of a stream, written by it only, at generation &
 * (PASS_OVER_SLOTS - 1). Late is harmless, and so is a slot that another connection has taken: more
 * is captured.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, PASS_OVER_SLOTS);
	__type(key, __u32);
	__type(value, struct pass_over);
} pass_overs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1024 * 1024);
} conn_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024 * 1024);
} syscall_events SEC(".maps");

#endif
