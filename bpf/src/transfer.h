/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The system calls: noted at entry, told at exit. Knows nothing of how the programs are attached.
 */
#ifndef KYANOS_TRANSFER_H
#define KYANOS_TRANSFER_H

#include "lifetime.h"
#include "guess.h"
#include "payload.h"

#define MSG_OOB 0x0001
#define MSG_PEEK 0x0002
#define MSG_TRUNC 0x0020
#define MSG_ERRQUEUE 0x2000

/* The arguments of a call that moves bytes. */
struct transfer {
	__u64 buffer;
	__u64 segments;
	__u32 fd;
	__u32 flags;
	__u16 kind;
	__u8 direction;
	bool compat;
};

/* The calls that move bytes, and connect, between entry and exit. Null while there is no room. */
static __always_inline struct call *start_call(__u64 tgid_tid)
{
	struct call empty = {};
	struct call *call = bpf_map_lookup_elem(&calls, &tgid_tid);

	if (call)
		return call;
	if (bpf_map_update_elem(&calls, &tgid_tid, &empty, BPF_ANY)) {
		count(KY_COUNTER_CALLS_FULL, 1);
		return 0;
	}
	return bpf_map_lookup_elem(&calls, &tgid_tid);
}

static __always_inline __u8 direction_of(__u16 kind)
{
	switch (kind) {
	case KY_CALL_WRITE:
	case KY_CALL_WRITEV:
	case KY_CALL_SENDTO:
	case KY_CALL_SENDMSG:
	case KY_CALL_SENDMMSG:
	case KY_CALL_SENDFILE:
		return KY_EGRESS;
	default:
		return KY_INGRESS;
	}
}

static __always_inline void enter_transfer(const struct transfer *transfer)
{
	__u64 tgid_tid = bpf_get_current_pid_tgid();
	__u8 direction = transfer->direction;
	struct sock *sock;
	struct call *call;

	if (!is_traced_process(tgid_tid >> 32))
		return;
	/* not bytes of the stream, or bytes that will be read again */
	if (direction == KY_INGRESS && transfer->flags & (MSG_OOB | MSG_PEEK | MSG_ERRQUEUE))
		return;
	sock = tcp_socket_of(transfer->fd, transfer->compat);
	if (!sock)
		return;
	call = start_call(tgid_tid);
	if (!call)
		return;
	call->socket = (__u64)sock;
	call->buffer = transfer->buffer;
	call->segments = transfer->segments;
	call->fd = transfer->fd;
	call->flags = transfer->flags;
	call->kind = transfer->kind;
	call->direction = direction;
	call->compat = transfer->compat;
	call->seq = sequence_of(sock, direction);
	call->entered_at = bpf_ktime_get_ns();
}

/*
 * One end of a splice is a pipe, so at most one is a socket. Of tee and vmsplice no end is one:
 * they move bytes between pipes, or between a pipe and memory.
 */
static __noinline int enter_splice(__u32 from, __u32 to, bool compat)
{
	struct transfer transfer = { .kind = KY_CALL_SPLICE, .compat = compat };

	transfer.direction = tcp_socket_of(from, compat) ? KY_INGRESS : KY_EGRESS;
	transfer.fd = transfer.direction == KY_INGRESS ? from : to;
	enter_transfer(&transfer);
	return 0;
}

static __always_inline void enter_connect(void *ctx, __u32 fd, __u64 address, bool compat)
{
	__u64 tgid_tid = bpf_get_current_pid_tgid();
	struct ky_connection *connection;
	__u16 family = AF_INET;
	struct sock *sock;
	struct call *call;
	__u64 key;

	if (!is_traced_process(tgid_tid >> 32))
		return;
	sock = tcp_socket_of(fd, compat);
	if (!sock)
		return;
	key = (__u64)sock;
	connection = bpf_map_lookup_elem(&connections, &key);
	if (connection) {
		/* dissolving the connection resets the sequence numbers: tell the end before */
		bpf_probe_read_user(&family, sizeof(family), (void *)address);
		if (family == AF_UNSPEC)
			close_connection(ctx, connection, sock, KY_CLOSE_NORMAL);
		else if (tcp_state_of(sock) == TCP_CLOSE)
			close_connection(ctx, connection, sock, KY_CLOSE_REPLACED);
	}
	call = start_call(tgid_tid);
	if (!call)
		return;
	call->socket = key;
	call->fd = fd;
	call->kind = KY_CALL_CONNECT;
	call->fresh = tcp_state_of(sock) == TCP_CLOSE;
	call->entered_at = bpf_ktime_get_ns();
}

static __always_inline void forget_thread(void)
{
	__u64 tgid_tid = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&calls, &tgid_tid);
}

/* The call that this thread entered, if it was noted; each is given once. */
static __always_inline struct call *finish_call(__u64 tgid_tid, __u16 kind)
{
	struct call *call = bpf_map_lookup_elem(&calls, &tgid_tid);

	if (!call || call->kind != kind)
		return 0;
	call->kind = KY_CALL_NONE;
	return call;
}

static __always_inline void exit_connect(void *ctx, long result)
{
	struct call *call = finish_call(bpf_get_current_pid_tgid(), KY_CALL_CONNECT);
	struct ky_connection *connection;
	struct opening opening = {};
	__u64 key;
	__u8 state;

	if (!call || (result != 0 && result != -EINPROGRESS))
		return;
	key = call->socket;
	/* a second connect only asks how the first one goes */
	if (!call->fresh && bpf_map_lookup_elem(&connections, &key))
		return;
	opening.sock = (struct sock *)key;
	state = tcp_state_of(opening.sock);
	/* deferred until the first bytes (TCP_FASTOPEN_CONNECT), or already over */
	if (state == TCP_CLOSE)
		return;
	opening.opened_at = call->entered_at;
	opening.fd = call->fd;
	opening.base[KY_EGRESS] = sequence_of(opening.sock, KY_EGRESS);
	opening.base[KY_INGRESS] = sequence_of(opening.sock, KY_INGRESS);
	opening.origin = KY_ORIGIN_CONNECT;
	opening.side = KY_SIDE_CLIENT;
	opening.pending = state == TCP_SYN_SENT;
	open_connection(ctx, &opening);
	if (!opening.pending || tcp_state_of(opening.sock) == TCP_SYN_SENT)
		return;
	/* it ended before there was an entry to be found */
	connection = bpf_map_lookup_elem(&connections, &key);
	if (connection)
		end_handshake(ctx, connection, opening.sock);
}

static __always_inline void exit_accept(void *ctx, long result, bool compat)
{
	struct ky_connection *stale;
	struct opening opening = {};
	__u64 key;

	if (result < 0 || !is_traced_process(bpf_get_current_pid_tgid() >> 32))
		return;
	opening.sock = tcp_socket_of(result, compat);
	if (!opening.sock)
		return;
	key = (__u64)opening.sock;
	stale = bpf_map_lookup_elem(&connections, &key);
	if (stale)
		close_connection(ctx, stale, opening.sock, KY_CLOSE_REPLACED);
	opening.opened_at = bpf_ktime_get_ns();
	opening.fd = result;
	opening.base[KY_EGRESS] = sequence_of(opening.sock, KY_EGRESS);
	opening.base[KY_INGRESS] = sequence_of(opening.sock, KY_INGRESS);
	opening.origin = KY_ORIGIN_ACCEPT;
	opening.side = KY_SIDE_SERVER;
	open_connection(ctx, &opening);
}

/* A handshake during which bytes have moved: they went with the SYN. Null while it lasts. */
static __always_inline struct ky_connection *connection_after_handshake(void *ctx, __u64 key)
{
	struct ky_connection *connection = bpf_map_lookup_elem(&connections, &key);

	if (!connection)
		return 0;
	if (connection->flags & KY_CONNECTION_PENDING) {
		if (tcp_state_of((struct sock *)key) == TCP_SYN_SENT) {
			/* its position comes to be known with the handshake's end: then a gap */
			count(KY_COUNTER_LOST_SYSCALL, 1);
			return 0;
		}
		end_handshake(ctx, connection, (struct sock *)key);
	}
	return connection;
}

static __always_inline struct ky_connection *connection_of(void *ctx, struct call *call)
{
	struct ky_connection *connection;
	struct opening opening = {};
	__u64 key = call->socket;

	connection = bpf_map_lookup_elem(&connections, &key);
	if (connection) {
		if (connection->flags & KY_CONNECTION_PENDING)
			return connection_after_handshake(ctx, key);
		return connection;
	}
	opening.sock = (struct sock *)key;
	opening.opened_at = call->entered_at;
	opening.fd = call->fd;
	/* position 0 is the first byte of this very call */
	opening.base[KY_EGRESS] =
		call->direction == KY_EGRESS ? call->seq : sequence_of(opening.sock, KY_EGRESS);
	opening.base[KY_INGRESS] =
		call->direction == KY_INGRESS ? call->seq : sequence_of(opening.sock, KY_INGRESS);
	opening.origin = KY_ORIGIN_FIRST_USE;
	opening.side = KY_SIDE_UNKNOWN;
	/* MSG_FASTOPEN: this very call has connected the socket, which had no numbers before */
	if (call->direction == KY_EGRESS && call->seq == 0) {
		call->seq = first_sequence_of(opening.sock);
		opening.base[KY_EGRESS] = call->seq;
		opening.origin = KY_ORIGIN_CONNECT;
		opening.side = KY_SIDE_CLIENT;
		opening.pending = tcp_state_of(opening.sock) == TCP_SYN_SENT;
	}
	open_connection(ctx, &opening);
	return connection_after_handshake(ctx, key);
}

static __always_inline __u8 trace_state_of(const struct ky_connection *connection)
{
	__u64 generation = connection->generation;
	__u32 slot = generation & (trace_state_slots - 1);
	__u64 *state;

	if (connection->trace_state == KY_TRACE_OFF)
		return KY_TRACE_OFF;
	state = bpf_map_lookup_elem(&trace_states, &slot);
	if (!state || *state >> 2 != generation)
		return KY_TRACE_UNSET;
	return *state & 3;
}

/* How many bytes of this call may be captured; 0: the call is not told at all. */
static __always_inline __u64 capture_limit(const struct ky_connection *connection, __u8 state,
					   __u8 direction)
{
	__u64 heads = 0, undecided = 0;

	if (state == KY_TRACE_FULL)
		return max_payload_bytes;
	if (state == KY_TRACE_OFF)
		return 0;
	if (connection->turn_captured < head_bytes)
		heads = head_bytes - connection->turn_captured;
	if (state == KY_TRACE_HEADS)
		return heads;
	if (connection->protocol > KY_PROTOCOL_UNKNOWN)
		return max_payload_bytes;
	if (connection->captured[direction & 1] < undecided_bytes)
		undecided = undecided_bytes - connection->captured[direction & 1];
	return undecided > heads ? undecided : heads;
}

static __noinline int infer(void *ctx, struct ky_connection *connection, struct scratch *scratch)
{
	__u64 captured = scratch->data.captured & PAYLOAD_MASK;
	struct ky_inferred inferred = {};
	struct guess guess;
	__u8 *tail;

	/* the scratch still holds older bytes behind these */
	tail = scratch->bytes + captured;
#pragma unroll
	for (int i = 0; i < GUESS_HEAD; i++)
		tail[i] = 0;
	tail = scratch->bytes + ((captured - 2) & PAYLOAD_MASK);
	guess = guess_protocol(scratch->bytes, captured,
			       captured == scratch->data.length && captured >= 2 &&
				       tail[0] == '\r' && tail[1] == '\n');
	if (guess.protocol == connection->protocol)
		return 0;
	connection->protocol = guess.protocol;
	inferred.event = scratch->data.event;
	inferred.event.kind = KY_KIND_INFERRED;
	inferred.event.flags = 0;
	inferred.protocol = guess.protocol;
	inferred.message = guess.message;
	send_conn(ctx, &inferred.event, sizeof(inferred));
	return 0;
}

/*
 * The socket has moved by another length than the call says. A read may have taken the FIN too, or
 * stepped over an urgent byte before its first one, a write sent the SYN. If it is none of these,
 * other calls moved the socket meanwhile, and which bytes are whose cannot be known: the call
 * stands for the whole stretch.
 */
static __noinline __u32 start_despite(const struct ky_connection *connection,
				      const struct call *call, __u32 now, __u32 *length,
				      __u16 *flags)
{
	struct sock *sock = (struct sock *)call->socket;
	__u32 start = call->seq;

	if (call->direction == KY_INGRESS) {
		now = bytes_read_sequence_of(sock);
		if (now - start == *length)
			return start;
		if (now - start == *length + 1 && urgent_sequence_of(sock) == start)
			return start + 1;
	} else if (now - start == *length + 1 && start + 1 == connection->base[KY_EGRESS]) {
		return start + 1;
	}
	*flags |= KY_FLAG_CONCURRENT;
	/* the socket was connected anew meanwhile */
	if ((__s32)(now - start) < (__s32)*length)
		return now - *length;
	*length = now - start;
	return start;
}

/* Where the call's first byte stands. */
static __always_inline __u64 locate(struct ky_connection *connection, const struct call *call,
				    __u32 *moved, __u16 *flags)
{
	struct sock *sock = (struct sock *)call->socket;
	__u8 direction = call->direction & 1;
	__u32 now = sequence_of(sock, direction);
	__u64 position, end;
	__u32 start = call->seq;
	__u32 length = *moved;

	/* a FIN of another thread is no byte */
	if (direction == KY_EGRESS && (connection->flags & KY_CONNECTION_EGRESS_ENDED))
		now = connection->base[KY_EGRESS] + (__u32)connection->egress_end;
	if (now - start != length) {
		start = start_despite(connection, call, now, &length, flags);
		*moved = length;
	}
	position = position_of(connection, direction, start);
	end = position + length;
	if ((__s64)(end - connection->position[direction]) > 0)
		connection->position[direction] = end;
	return position;
}

/* What sendmmsg or recvmmsg have moved; their result counts messages. */
static __noinline int finish_messages(struct call *call, long messages)
{
	struct sock *sock = (struct sock *)call->socket;
	int length = length_of_messages(call->buffer, messages, call->compat);

	call->segments = messages;
	if (length >= 0)
		return length;
	/* what the socket has moved meanwhile is better than silence */
	return (call->direction == KY_EGRESS ? sequence_of(sock, KY_EGRESS)
					     : bytes_read_sequence_of(sock)) -
	       call->seq;
}

static __always_inline void exit_transfer(void *ctx, __u16 kind, long result)
{
	__u64 tgid_tid = bpf_get_current_pid_tgid();
	struct call *call = finish_call(tgid_tid, kind);
	struct ky_connection *connection;
	__u64 position, limit, wanted;
	struct scratch *scratch;
	__u64 taken = UNREADABLE;
	__u16 flags = 0;
	__u8 direction;
	__u32 length;
	__u8 state;
	__u64 now;

	if (!call || result <= 0)
		return;
	now = bpf_ktime_get_ns();
	length = result;
	if (kind == KY_CALL_SENDMMSG || kind == KY_CALL_RECVMMSG)
		length = finish_messages(call, result);
	if (length == 0)
		return;
	connection = connection_of(ctx, call);
	if (!connection)
		return;
	position = locate(connection, call, &length, &flags);
	direction = call->direction & 1;
	if (connection->last_direction != direction) {
		connection->last_direction = direction;
		connection->turn_captured = 0;
	}
	state = trace_state_of(connection);
	limit = capture_limit(connection, state, direction);
	/* bytes from before the opening can only come of a race between threads */
	if (limit == 0 || (__s64)position < 0)
		return;
	scratch = this_scratch();
	if (!scratch)
		return;
	wanted = length;
	if (wanted > limit)
		wanted = limit;
	if (wanted > max_payload_bytes)
		wanted = max_payload_bytes;
	if (wanted > PAYLOAD_LIMIT)
		wanted = PAYLOAD_LIMIT;
	/* under MSG_TRUNC the kernel throws the bytes away */
	if (flags & KY_FLAG_CONCURRENT)
		taken = 0;
	else if (direction == KY_EGRESS || !(call->flags & MSG_TRUNC))
		taken = take_payload(scratch, call, kind, wanted);
	if (taken & UNREADABLE)
		flags |= KY_FLAG_UNREADABLE;
	taken &= PAYLOAD_MASK;

	scratch->data.event.generation = connection->generation;
	scratch->data.event.socket = call->socket;
	scratch->data.event.tgid_fd = (tgid_tid & 0xffffffff00000000ULL) | call->fd;
	scratch->data.event.tid = (__u32)tgid_tid;
	scratch->data.event.kind = KY_KIND_DATA;
	scratch->data.event.direction = direction;
	scratch->data.event.flags = flags;
	scratch->data.entered_at = call->entered_at;
	scratch->data.exited_at = now;
	scratch->data.position = position;
	scratch->data.length = length;
	scratch->data.captured = taken;
	scratch->data.call = kind;
	scratch->data.data_offset = sizeof(struct ky_data);
	scratch->data.trace_state = state;

	/* a turn's first bytes tell most */
	if (connection->protocol <= KY_PROTOCOL_UNKNOWN && connection->turn_captured == 0 &&
	    taken > 0)
		infer(ctx, connection, scratch);
	scratch->data.protocol = connection->protocol;
	connection->turn_captured += taken;
	connection->captured[direction] += taken;
	taken &= PAYLOAD_MASK;
	if (send(ctx, &syscall_events, &scratch->data.event, sizeof(struct ky_data) + taken)) {
		count_alone(KY_COUNTER_SENT_SYSCALL, 1);
	} else {
		count_alone(KY_COUNTER_LOST_SYSCALL, 1);
		count_alone(KY_COUNTER_LOST_SYSCALL_BYTES, length);
	}
}

#endif
