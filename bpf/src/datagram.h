/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Sockets without sequence numbers: how much they move, and for UDP an event per datagram, with its
 * own peer.
 */
#ifndef KYANOS_DATAGRAM_H
#define KYANOS_DATAGRAM_H

#include "lifetime.h"
#include "payload.h"

/* Messages of one call that get an event each. */
#define DATAGRAMS_OF_A_CALL 64
/* Bytes captured per datagram. */
#define DATAGRAM_LIMIT (PAYLOAD_LIMIT - sizeof(struct ky_address))

static __always_inline __u8 trace_state_of(const struct ky_connection *connection)
{
	__u64 generation = connection->generation;
	__u32 slot = generation & (trace_state_slots - 1);
	__u8 told = KY_TRACE_UNSET;
	__u64 *state;

	if (connection->trace_state == KY_TRACE_OFF)
		return KY_TRACE_OFF;
	state = bpf_map_lookup_elem(&trace_states, &slot);
	if (state && *state >> 2 == generation)
		told = *state & 3;
	return spared_to_heads && told != KY_TRACE_OFF ? KY_TRACE_HEADS : told;
}

/* Payload bytes of one call at most. */
static __always_inline __u32 call_limit(void)
{
	__u32 spared = spared_call_bytes;

	return spared && spared < max_payload_bytes ? spared : max_payload_bytes;
}

/* The low half of the bytes that a socket without sequence numbers was seen to move. */
static __always_inline __u32 bytes_moved(const struct sock *sock, __u8 direction)
{
	__u64 key = (__u64)sock;
	struct ky_connection *connection = bpf_map_lookup_elem(&connections, &key);

	return connection ? connection->position[direction & 1] : 0;
}

/*
 * Adds to the bytes moved; returns where those of this call begin. The sum is always right; bytes
 * of other calls at the same time may come before these or after. (An atomic add that returns the
 * sum would tell, but Linux 5.10 has none.)
 */
static __always_inline __u64 advance(struct ky_connection *connection, const struct call *call,
				     __u32 length, __u16 *flags)
{
	volatile __u64 *position = &connection->position[call->direction & 1];
	__u64 start = *position;
	__u64 end;

	__sync_fetch_and_add(position, length);
	end = *position;
	if ((__u32)start != call->seq || end - start != length || call->overlapped)
		*flags |= KY_FLAG_CONCURRENT;
	return end - length;
}

static __always_inline bool is_connected_datagram(const struct sock *sock)
{
	return BPF_CORE_READ(sock, __sk_common.skc_dport) != 0;
}

/*
 * How much to capture of a datagram. Each is a message of its own, so what a socket speaks shows in
 * any of them, and one that is cut is lost for good: the first ones are captured whole.
 */
static __always_inline __u64 datagram_limit(const struct ky_connection *connection, __u8 state)
{
	__u64 captured = connection->captured[KY_EGRESS] + connection->captured[KY_INGRESS];

	if (state == KY_TRACE_FULL)
		return call_limit();
	if (state == KY_TRACE_UNSET && captured < undecided_bytes)
		return undecided_bytes;
	return head_bytes;
}

/* Reads the caller's struct sockaddr, if it has an address. `peer` must be zero before. */
static __always_inline void take_peer(struct ky_address *peer, __u64 name)
{
	struct user_sockaddr_in6 wide;
	struct user_sockaddr_in narrow;

	if (!name || bpf_probe_read_user(&narrow, sizeof(narrow), (void *)name))
		return;
	if (narrow.family == AF_INET) {
		fill_ipv4(peer, narrow.ip);
	} else if (narrow.family == AF_INET6) {
		if (bpf_probe_read_user(&wide, sizeof(wide), (void *)name))
			return;
		__builtin_memcpy(peer->ip, wide.ip, sizeof(peer->ip));
		peer->family = is_mapped_ipv4(peer) ? 4 : 6;
	} else {
		return;
	}
	peer->port = bpf_ntohs(narrow.port);
}

/* Puts up to `wanted` bytes after the peer's address; returns where they end, or UNREADABLE. */
static __always_inline __u64 take_datagram(struct scratch *scratch, __u16 kind, __u64 where,
					   __u64 segments, __u64 wanted, __u32 compat)
{
	const __u64 begin = sizeof(struct ky_address);

	switch (kind) {
	case KY_CALL_READ:
	case KY_CALL_WRITE:
	case KY_CALL_SENDTO:
	case KY_CALL_RECVFROM:
		/* a longer datagram is cut off, though the call may return its whole length
		 * (MSG_TRUNC) */
		if (wanted > segments)
			wanted = segments;
		/* keeps clang from folding the mask away, the verifier wants to see it */
		asm volatile("%0 &= 0x7fff" : "+r"(wanted));
		if (bpf_probe_read_user(scratch->bytes + begin, wanted, (void *)where))
			return begin | UNREADABLE;
		return begin + wanted;
	case KY_CALL_NONE:
	case KY_CALL_SENDFILE:
	case KY_CALL_SPLICE:
		/* the bytes were never in the caller's memory */
		return begin;
	default:
		begin_vector(scratch, where, segments, compat);
		return begin + gather(begin, wanted);
	}
}

/*
 * Writes the event of one datagram of the scratch's call into the scratch; returns its size, 0 if
 * there is nothing to send. By kind `where` points to a buffer of `segments` bytes, or to a vector
 * of so many segments.
 *
 * Global, so that the verifier walks it once, not for each message of a call.
 */
__noinline int make_datagram(__u64 name, __u64 where, __u64 segments, __u32 length, __u32 kind)
{
	__u64 tgid_tid = bpf_get_current_pid_tgid();
	struct scratch *scratch = this_scratch();
	struct ky_connection *connection;
	__u64 position, limit, taken;
	struct call *call;
	struct ky_address *peer;
	__u16 flags = 0;
	__u8 state;
	__u64 key;

	if (!scratch)
		return 0;
	call = &scratch->call;
	key = call->socket;
	connection = bpf_map_lookup_elem(&connections, &key);
	if (!connection)
		return 0;
	position = advance(connection, call, length, &flags);
	/* datagrams have no order */
	flags = 0;
	state = trace_state_of(connection);
	if (state == KY_TRACE_OFF)
		return 0;
	limit = datagram_limit(connection, state);
	if (limit > length)
		limit = length;
	if (limit > DATAGRAM_LIMIT)
		limit = DATAGRAM_LIMIT;
	peer = (struct ky_address *)scratch->bytes;
	__builtin_memset(peer, 0, sizeof(*peer));
	/* seen at the socket, the name of the sender is not in the caller's memory yet */
	if (by_sockets && call->direction == KY_INGRESS)
		*peer = scratch->sender;
	else
		take_peer(peer, name);
	if (peer->family)
		flags |= KY_FLAG_PEER;
	taken = take_datagram(scratch, kind, where, segments, limit, call->compat);
	if (taken & UNREADABLE)
		flags |= KY_FLAG_UNREADABLE;
	taken &= PAYLOAD_MASK;

	scratch->data.event.generation = connection->generation;
	scratch->data.event.socket = key;
	scratch->data.event.tgid_fd = (tgid_tid & 0xffffffff00000000ULL) | call->fd;
	scratch->data.event.tid = (__u32)tgid_tid;
	scratch->data.event.kind = KY_KIND_DATA;
	scratch->data.event.direction = call->direction;
	scratch->data.event.flags = flags;
	scratch->data.entered_at = call->entered_at;
	scratch->data.exited_at = bpf_ktime_get_ns();
	scratch->data.position = position;
	scratch->data.length = length;
	scratch->data.captured = taken - sizeof(struct ky_address);
	connection->captured[call->direction & 1] += scratch->data.captured;
	scratch->data.call = call->kind;
	scratch->data.data_offset = sizeof(struct ky_data) + sizeof(struct ky_address);
	scratch->data.trace_state = state;
	scratch->data.protocol = KY_PROTOCOL_UNSET;
	return sizeof(struct ky_data) + taken;
}

static __always_inline void send_event(void *ctx, struct scratch *scratch, __u64 size, bool timed)
{
	if (send_timed(ctx, &syscall_events, &scratch->data.event, size, timed)) {
		count_alone(KY_COUNTER_SENT_SYSCALL, 1);
	} else {
		count_alone(KY_COUNTER_LOST_SYSCALL, 1);
		count_alone(KY_COUNTER_LOST_SYSCALL_BYTES, scratch->data.length);
	}
}

/* Sends the event in the scratch, if one was made. Not global: global functions cannot take the
 * context.
 */
static __noinline int send_made(void *ctx, __u64 size)
{
	struct scratch *scratch = this_scratch();

	if (!scratch || size == 0)
		return 0;
	/* more than the largest event, less than the scratch; the verifier wants to see it */
	asm volatile("%0 &= 0xffff" : "+r"(size));
	send_event(ctx, scratch, size, false);
	return 0;
}

/* The fields of a struct msghdr that are needed. */
struct header {
	__u64 name;
	__u64 name_length;
	__u64 vector;
	__u64 segments;
};

_Static_assert(2 * sizeof(struct compat_mmsghdr) == sizeof(struct user_mmsghdr) &&
		       2 * __builtin_offsetof(struct compat_mmsghdr, msg_len) ==
			       __builtin_offsetof(struct user_mmsghdr, msg_len),
	       "mmsghdr");
_Static_assert(__builtin_offsetof(struct user_msghdr, msg_iovlen) ==
		       __builtin_offsetof(struct header, segments),
	       "header");

static __always_inline long read_header(struct header *header, __u64 at, __u32 compat)
{
	__u32 narrow[4];
	long error;

	if (!compat)
		return bpf_probe_read_user(header, sizeof(*header), (void *)at);
	error = bpf_probe_read_user(narrow, sizeof(narrow), (void *)at);
	header->name = narrow[0];
	header->vector = narrow[2];
	header->segments = narrow[3];
	return error;
}

__noinline int make_message(__u64 at, __u32 length, __u32 kind, __u32 compat)
{
	struct header header;

	if (read_header(&header, at, compat))
		return make_datagram(0, 0, 0, length, kind);
	return make_datagram(header.name, header.vector, header.segments, length, kind);
}

/*
 * Sends the datagrams of sendmmsg and recvmmsg. Those beyond what the verifier accepts share one
 * event without bytes.
 */
static __always_inline int send_messages(void *ctx, __u64 at, __u64 messages, __u32 kind,
					 __u32 compat)
{
	/* half as wide; a shift spares the branch */
	__u32 step = sizeof(struct user_mmsghdr) >> (compat & 1);
	__u32 length_at = __builtin_offsetof(struct user_mmsghdr, msg_len) >> (compat & 1);
	__u32 length;
	int rest;

	for (__u32 i = 0; i < DATAGRAMS_OF_A_CALL; i++) {
		if (i >= messages)
			return 0;
		if (bpf_probe_read_user(&length, sizeof(length), (void *)(at + length_at)))
			return 0;
		send_made(ctx, make_message(at, length, kind, compat));
		at += step;
	}
	if (messages <= DATAGRAMS_OF_A_CALL)
		return 0;
	rest = length_of_messages(at, messages - DATAGRAMS_OF_A_CALL, compat);
	if (rest > 0)
		send_made(ctx, make_datagram(0, 0, 0, rest, kind));
	return 0;
}

/* Sends each datagram of a call. `result`: bytes, for sendmmsg and recvmmsg messages. */
static __always_inline void exit_datagrams(void *ctx, struct call *call, __u16 kind, long result)
{
	switch (kind) {
	case KY_CALL_SENDTO:
	case KY_CALL_RECVFROM:
		send_made(ctx,
			  make_datagram(call->address, call->buffer, call->segments, result, kind));
		break;
	case KY_CALL_SENDMSG:
	case KY_CALL_RECVMSG:
		send_made(ctx, make_message(call->buffer, result, kind, call->compat));
		break;
	case KY_CALL_SENDMMSG:
	case KY_CALL_RECVMMSG:
		/* there each message is told by itself */
		if (!by_sockets)
			send_messages(ctx, call->buffer, result, kind, call->compat);
		break;
	default:
		send_made(ctx, make_datagram(0, call->buffer, call->segments, result, kind));
	}
}

#endif
