/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The wire contract between the kernel side and everything else.
 *
 * Little endian, fixed-width types, explicit padding, sizes asserted. Values of
 * enums are never reused. layout/events.layout is the golden text of this file,
 * made from the compiled object's own type information.
 */
#ifndef KYANOS_EVENTS_H
#define KYANOS_EVENTS_H

#define KY_WIRE_VERSION 3

enum ky_kind {
	KY_KIND_OPENED = 1, /* channel conn: struct ky_opened, then names */
	KY_KIND_INFERRED = 2, /* channel conn: struct ky_inferred */
	KY_KIND_CLOSED = 3, /* channel conn: struct ky_closed */
	KY_KIND_DATA = 4, /* channel syscall: struct ky_data, then bytes; one per datagram, one or
			     more per other call */
	KY_KIND_RUNNING = 16, /* process iterator: struct ky_process */
	KY_KIND_EXEC = 17, /* channel process: struct ky_process */
	KY_KIND_FORK = 18, /* channel process: struct ky_process */
	KY_KIND_EXIT = 19, /* channel process: struct ky_process */
};

enum ky_direction {
	KY_EGRESS = 0,
	KY_INGRESS = 1,
};

enum ky_side {
	KY_SIDE_UNKNOWN = 0,
	KY_SIDE_CLIENT = 1,
	KY_SIDE_SERVER = 2,
};

enum ky_origin {
	KY_ORIGIN_CONNECT = 1,
	KY_ORIGIN_ACCEPT = 2,
	/* open before the capture, inherited unseen, or UDP: known only by its use */
	KY_ORIGIN_FIRST_USE = 3,
	KY_ORIGIN_PAIR = 4, /* one end of a socketpair */
};

enum ky_transport {
	KY_TRANSPORT_UNIX = 1,
	KY_TRANSPORT_TCP = 6,
	KY_TRANSPORT_UDP = 17,
};

enum ky_close_reason {
	KY_CLOSE_NORMAL = 0,
	KY_CLOSE_RESET = 1,
	KY_CLOSE_TIMEOUT = 2,
	KY_CLOSE_REPLACED = 3, /* the socket was connected anew */
	KY_CLOSE_FILTERED = 4, /* it goes on, but new filters do not want it */
	/* user space makes it, of packets: how the connection ended is not among them */
	KY_CLOSE_UNSEEN = 5,
};

/* Whose FIN or RST was the first, as this socket saw it. */
enum ky_end {
	KY_END_UNKNOWN = 0,
	KY_END_LOCAL = 1,
	KY_END_PEER = 2,
};

enum ky_protocol {
	KY_PROTOCOL_UNSET = 0,
	KY_PROTOCOL_UNKNOWN = 1,
	KY_PROTOCOL_HTTP = 2,
	KY_PROTOCOL_HTTP2 = 3,
	KY_PROTOCOL_MYSQL = 4,
	KY_PROTOCOL_CQL = 5,
	KY_PROTOCOL_PGSQL = 6,
	KY_PROTOCOL_DNS = 7,
	KY_PROTOCOL_REDIS = 8,
	KY_PROTOCOL_NATS = 9,
	KY_PROTOCOL_MONGODB = 10,
	KY_PROTOCOL_KAFKA = 11,
	KY_PROTOCOL_MUX = 12,
	KY_PROTOCOL_AMQP = 13,
	KY_PROTOCOL_ROCKETMQ = 14,
};

enum ky_message {
	KY_MESSAGE_UNKNOWN = 0,
	KY_MESSAGE_REQUEST = 1,
	KY_MESSAGE_RESPONSE = 2,
};

enum ky_trace_state {
	KY_TRACE_UNSET = 0, /* user space has not decided: the kernel's own rule */
	KY_TRACE_FULL = 1,
	KY_TRACE_HEADS = 2, /* only the first bytes of each turn */
	KY_TRACE_OFF = 3,
};

enum ky_call {
	KY_CALL_NONE = 0,
	KY_CALL_ACCEPT = 1,
	KY_CALL_CONNECT = 2,
	KY_CALL_CLOSE = 3,
	KY_CALL_WRITE = 4,
	KY_CALL_READ = 5,
	KY_CALL_SENDTO = 8,
	KY_CALL_RECVFROM = 9,
	KY_CALL_SENDMSG = 10,
	KY_CALL_RECVMSG = 11,
	KY_CALL_SENDMMSG = 12,
	KY_CALL_RECVMMSG = 13,
	KY_CALL_WRITEV = 14,
	KY_CALL_READV = 15,
	KY_CALL_SENDFILE = 16,
	KY_CALL_ACCEPT4 = 21,
	KY_CALL_SPLICE = 22,
};

/* Bits of ky_event.flags. */
enum ky_flag {
	KY_FLAG_PEER =
		0x0001, /* the datagram's peer, a struct ky_address, comes before the bytes */
	KY_FLAG_CONCURRENT =
		0x0002, /* other calls moved bytes in the same direction at the same time: position
			   and length cover all of them, no bytes follow */
	KY_FLAG_UNREADABLE = 0x0004, /* part of the caller's memory could not be read */
	KY_FLAG_CONTINUED =
		0x0008, /* another piece of the same call, with the times of the first */
	KY_FLAG_PASSED_OVER =
		0x0010, /* user space has told that it wants none of these bytes: none follow */
	KY_FLAG_BETWEEN = 0x0020, /* user space makes it, of packets: the connection is seen between
				     its ends, and what is called local here may be either */
};

/* The head of every event. */
struct ky_event {
	__u64 emitted_at; /* monotonic ns, read just before the event enters its buffer */
	__u64 generation; /* names the connection for the whole capture; 0 where there is none */
	__u64 socket; /* its struct sock, while it lives */
	__u64 tgid_fd; /* (tgid << 32) | fd of the caller */
	__u8 kind; /* enum ky_kind */
	__u8 direction; /* enum ky_direction */
	__u16 flags; /* enum ky_flag */
	__u32 tid; /* the calling thread; in iterator events the reader's own tgid */
};

struct ky_address {
	__u8 ip[16]; /* network order; IPv4 as ::ffff:a.b.c.d */
	__u16 port; /* host order */
	__u8 family; /* 4, 6, or 1 for unix */
	__u8 name_length; /* unix: length of the name after the event; 0: none */
	__u32 pad1;
};

/*
 * For a unix socket the names of both ends follow, the local one first. A name that begins with a
 * zero byte is abstract.
 */
struct ky_opened {
	struct ky_event event;
	__u64 opened_at; /* connect: entry; accept: exit; first use: entry of that call */
	__u64 cgroup;
	struct ky_address local;
	struct ky_address remote;
	__u32 egress_base; /* TCP sequence numbers of position 0 */
	__u32 ingress_base;
	__u32 netns; /* inode number */
	__u8 origin; /* enum ky_origin */
	__u8 side; /* enum ky_side */
	__u8 transport; /* enum ky_transport */
	__u8 trace_state; /* enum ky_trace_state; never OFF: connections that a filter excludes are
			   * not reported
			   */
};

/* Longest name of a unix socket: sun_path. */
#define KY_NAME 108

struct ky_inferred {
	struct ky_event event;
	__u8 protocol; /* enum ky_protocol */
	__u8 message; /* enum ky_message: what the bytes in this direction are */
	__u16 pad0;
	__u32 pad1;
};

struct ky_closed {
	struct ky_event event;
	__u64 closed_at;
	__u64 egress_end; /* final stream positions, FIN not counted */
	__u64 ingress_end;
	__u32 reason; /* enum ky_close_reason */
	__u32 first_end; /* enum ky_end */
};

struct ky_data {
	struct ky_event event;
	__u64 entered_at; /* the call, monotonic ns */
	__u64 exited_at;
	/* of the first byte; 0 is the first byte after opening. TCP's own count; for other sockets
	 * the bytes seen so far */
	__u64 position;
	/* bytes of the call that this piece covers: the pieces of a call add up to what it moved;
	 * may be 0 for a datagram */
	__u32 length;
	__u32 captured; /* bytes that follow: the first of these */
	__u16 call; /* enum ky_call */
	__u16 data_offset; /* of the captured bytes, from the event's first byte */
	__u8 protocol; /* enum ky_protocol: the kernel's guess so far */
	__u8 trace_state; /* enum ky_trace_state under which it was captured */
	__u16 pad0;
};

#define KY_PROCESS_NAME 64
#define KY_COMM 16

struct ky_process {
	struct ky_event event; /* tgid_fd = tgid << 32 */
	__u64 started_at;
	__u64 cgroup;
	__u32 tgid;
	__u32 parent_tgid;
	__u32 pid_namespace; /* inode number */
	__u32 tgid_in_namespace;
	__u32 mount_namespace;
	__u32 netns;
	char name[KY_PROCESS_NAME]; /* file name of the executable, NUL-terminated */
	char comm[KY_COMM];
	char started_as[KY_PROCESS_NAME]; /* last component of the path given to exec; empty:
					     unknown */
};

/* Indexes of the per-CPU array `counters`: what the kernel side sent and lost. */
enum ky_counter {
	KY_COUNTER_LOST_CONN = 0,
	KY_COUNTER_LOST_SYSCALL = 1,
	KY_COUNTER_LOST_PROCESS = 2,
	KY_COUNTER_LOST_SYSCALL_BYTES = 3,
	KY_COUNTER_CONNECTIONS_FULL = 4,
	KY_COUNTER_CALLS_FULL = 5,
	KY_COUNTER_SENT_CONN = 6,
	KY_COUNTER_SENT_SYSCALL = 7,
	KY_COUNTER_SENT_PROCESS = 8,
	KY_COUNTER_TRACED_FULL = 9,
	KY_COUNTER_ENDS_FULL =
		14, /* close events that neither the channel nor map lost_closes had room for */
	KY_COUNTER_NOTES_FULL = 15, /* sockets for whose notes the kernel had no memory */
	KY_COUNTER_SAMPLED_OUT = 16, /* connections that the budget's sampling has left out */
	KY_COUNTER_PASSED_OVER = 20, /* bytes not captured as user space wants none of them */
	KY_COUNTER_MAX = 24,
};

_Static_assert(sizeof(struct ky_event) == 40, "ky_event");
_Static_assert(sizeof(struct ky_address) == 24, "ky_address");
_Static_assert(sizeof(struct ky_opened) == 120, "ky_opened");
_Static_assert(sizeof(struct ky_inferred) == 48, "ky_inferred");
_Static_assert(sizeof(struct ky_closed) == 72, "ky_closed");
_Static_assert(sizeof(struct ky_data) == 80, "ky_data");
_Static_assert(sizeof(struct ky_process) == 224, "ky_process");

#endif
