/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What the kernel side knows of a connection: the value of map `connections`,
 * whose key is the address of the struct sock. User space reads it when the
 * OPENED event was lost; only the kernel side writes it. Every entry is an open socket.
 */
#ifndef KYANOS_CONNECTION_H
#define KYANOS_CONNECTION_H

#include "events.h"

/* Bits of ky_connection.flags. */
enum ky_connection_flag {
	KY_CONNECTION_PENDING = 0x01, /* handshake in progress: no OPENED yet, no bases */
	KY_CONNECTION_EGRESS_ENDED = 0x02, /* TCP: egress_end is final */
	KY_CONNECTION_ENDED_HERE = 0x04, /* the first FIN or RST was this end's */
	KY_CONNECTION_ENDED_THERE = 0x08, /* ... was the peer's */
};

#define KY_NO_DIRECTION 0xff

struct ky_connection {
	__u64 generation;
	__u64 tgid_fd; /* of first use */
	__u64 opened_at;
	__u64 cgroup;
	__u64 ended_at; /* when it reached the state CLOSE; 0 before */
	__u64 position[2]; /* by enum ky_direction: one past the last byte seen */
	__u64 captured[2]; /* bytes sent to user space */
	__u64 egress_end; /* TCP; unix, seen at the socket: the address of the peer's socket */
	struct ky_address local;
	struct ky_address remote;
	__u32 base[2]; /* TCP: sequence numbers of position 0 */
	__u32 netns;
	__u32 tid; /* the thread that opened it */
	__u32 turn_captured; /* bytes sent to user space in this turn */
	__u8 origin; /* enum ky_origin */
	__u8 side; /* enum ky_side */
	__u8 transport; /* enum ky_transport */
	__u8 trace_state; /* UNSET, or OFF where a kernel filter excludes it */
	__u8 protocol; /* enum ky_protocol */
	__u8 last_direction; /* of the turn; KY_NO_DIRECTION before the first byte */
	__u8 reason; /* enum ky_close_reason so far */
	__u8 flags; /* enum ky_connection_flag */
	__u32 inode; /* not TCP: of the socket, which tells it from a later socket at this address
		      */
};

_Static_assert(sizeof(struct ky_connection) == 160, "ky_connection");

#endif
