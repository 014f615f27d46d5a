/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* System calls: recorded at entry, sent at exit. Knows nothing of how the programs are attached.
 */
#ifndef KYANOS_TRANSFER_H
#define KYANOS_TRANSFER_H

#include "lifetime.h"
#include "guess.h"
#include "payload.h"
#include "datagram.h"

#define MSG_OOB 0x0001
#define MSG_PEEK 0x0002
#define MSG_TRUNC 0x0020
#define MSG_ERRQUEUE 0x2000

/*
 * Makes the verifier forget the value, so that it walks what follows once, not once per value. The
 * other is any that it does not know.
 */
#define FORGET(value, unknown)                                                                     \
	asm volatile("%0 += %1\n%0 -= %1\n%0 &= 0xff" : "+r"(value) : "r"(unknown))

/* The arguments of a call that moves bytes. */
struct transfer {
	__u64 buffer;
	__u64 segments;
	__u64 address;
	__u32 fd;
	__u32 flags;
	__u16 kind;
	__u8 direction;
	bool compat;
};

/* A call that moves bytes, or connect, between entry and exit. Null if there is no room. */
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
	__u8 transport = 0;
	struct sock *sock;
	struct call *call;

	if (!is_traced_process(tgid_tid >> 32))
		return;
	/* not part of the stream, or read again later */
	if (direction == KY_INGRESS && transfer->flags & (MSG_OOB | MSG_PEEK | MSG_ERRQUEUE))
		return;
	sock = socket_of(transfer->fd, transfer->compat, &transport);
	if (!sock)
		return;
	call = start_call(tgid_tid);
	if (!call)
		return;
	call->socket = (__u64)sock;
	call->transport = transport;
	call->buffer = transfer->buffer;
	call->segments = transfer->segments;
	call->fd = transfer->fd;
	call->flags = transfer->flags;
	call->kind = transfer->kind;
	call->direction = direction;
	call->compat = transfer->compat;
	call->presumed = 0;
	if (transport == KY_TRANSPORT_TCP) {
		call->seq = sequence_of(sock, direction);
	} else {
		call->seq = bytes_moved(sock, direction);
		call->address = transfer->address;
	}
	call->entered_at = bpf_ktime_get_ns();
}

/*
 * One end of a splice is a pipe, so at most one is a socket. tee and vmsplice have none: they move
 * bytes between pipes, or between a pipe and memory.
 */
static __noinline int enter_splice(__u32 from, __u32 to, bool compat)
{
	struct transfer transfer = { .kind = KY_CALL_SPLICE, .compat = compat };
	__u8 transport;

	transfer.direction = socket_of(from, compat, &transport) ? KY_INGRESS : KY_EGRESS;
	transfer.fd = transfer.direction == KY_INGRESS ? from : to;
	enter_transfer(&transfer);
	return 0;
}

static __always_inline void enter_connect(void *ctx, __u32 fd, __u64 address, bool compat)
{
	__u64 tgid_tid = bpf_get_current_pid_tgid();
	struct ky_connection *connection;
	__u16 family = AF_INET;
	__u8 transport = 0;
	struct sock *sock;
	struct call *call;
	__u64 key;

	if (!is_traced_process(tgid_tid >> 32))
		return;
	sock = socket_of(fd, compat, &transport);
	if (!sock)
		return;
	key = (__u64)sock;
	connection = bpf_map_lookup_elem(&connections, &key);
	if (transport == KY_TRANSPORT_UDP) {
		/* its peer changes: from here on it is another connection */
		if (connection)
			close_connection(ctx, connection, sock, KY_CLOSE_REPLACED);
		return;
	}
	if (connection && transport == KY_TRANSPORT_TCP) {
		/* disconnecting resets the sequence numbers: close first */
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
	call->transport = transport;
	call->fresh = tcp_state_of(sock) == TCP_CLOSE;
	call->presumed = 0;
	call->entered_at = bpf_ktime_get_ns();
}

static __always_inline void forget_thread(void)
{
	__u64 tgid_tid = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&calls, &tgid_tid);
}

/* What moves bytes or connects, by the number of a 64-bit call. */
static __always_inline __u16 kind_of_number(long number)
{
	switch (number) {
	case NR_READ:
		return KY_CALL_READ;
	case NR_WRITE:
		return KY_CALL_WRITE;
	case NR_READV:
	case NR_PREADV2:
		return KY_CALL_READV;
	case NR_WRITEV:
	case NR_PWRITEV2:
		return KY_CALL_WRITEV;
	case NR_SENDFILE:
		return KY_CALL_SENDFILE;
	case NR_SENDTO:
		return KY_CALL_SENDTO;
	case NR_RECVFROM:
		return KY_CALL_RECVFROM;
	case NR_SENDMSG:
		return KY_CALL_SENDMSG;
	case NR_RECVMSG:
		return KY_CALL_RECVMSG;
	case NR_SENDMMSG:
		return KY_CALL_SENDMMSG;
	case NR_RECVMMSG:
		return KY_CALL_RECVMMSG;
	case NR_SPLICE:
		return KY_CALL_SPLICE;
	case NR_CONNECT:
		return KY_CALL_CONNECT;
	default:
		return KY_CALL_NONE;
	}
}

/* The arguments of a 64-bit call of transfer->kind, from the registers, which hold them to its end.
 */
static __always_inline void take_arguments(struct transfer *transfer, struct pt_regs *regs)
{
	__u8 transport;

	transfer->fd = SYSCALL_ARG1(regs);
	transfer->buffer = SYSCALL_ARG2(regs);
	transfer->segments = SYSCALL_ARG3(regs);
	transfer->direction = direction_of(transfer->kind);
	switch (transfer->kind) {
	case KY_CALL_SENDTO:
	case KY_CALL_RECVFROM:
		transfer->address = SYSCALL_ARG5(regs);
		transfer->flags = SYSCALL_ARG4(regs);
		break;
	case KY_CALL_SENDMMSG:
	case KY_CALL_RECVMMSG:
		transfer->flags = SYSCALL_ARG4(regs);
		break;
	case KY_CALL_SENDMSG:
	case KY_CALL_RECVMSG:
		transfer->flags = SYSCALL_ARG3(regs);
		break;
	case KY_CALL_SPLICE:
		if (!socket_of(transfer->fd, false, &transport)) {
			transfer->direction = KY_EGRESS;
			transfer->fd = SYSCALL_ARG3(regs);
		}
		break;
	default:
		break;
	}
}

/*
 * Records a call as if it were entered now, from its registers. Not through the entry's code, which
 * needs more stack than is left. 32-bit programs are left out.
 */
static __noinline int presume_call(struct pt_regs *regs, __u32 kind)
{
	struct transfer transfer = { .kind = kind };
	__u64 tgid_tid = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&calls, &tgid_tid);

	if (call)
		call->kind = KY_CALL_NONE;
	take_arguments(&transfer, regs);
	enter_transfer(&transfer);
	call = bpf_map_lookup_elem(&calls, &tgid_tid);
	if (call) {
		call->presumed = 1;
		call->fresh = 0;
	}
	return 0;
}

/*
 * The call that this thread entered; returned once. Without a recorded entry there is none, unless
 * it may have begun before the capture.
 */
static __always_inline struct call *finish_call(struct pt_regs *regs, __u64 tgid_tid, __u16 kind)
{
	struct call *call = bpf_map_lookup_elem(&calls, &tgid_tid);

	if (!call || call->kind != kind) {
		if (call ? call->kind != CALL_PRESUMED : !presuming)
			return 0;
		presume_call(regs, kind);
		call = bpf_map_lookup_elem(&calls, &tgid_tid);
		if (!call || call->kind != kind)
			return 0;
	}
	call->kind = KY_CALL_NONE;
	return call;
}

/* Opens a socket that cannot have been used before. */
static __always_inline void open_fresh(void *ctx, struct opening *opening)
{
	struct ky_connection *stale;
	__u64 key = (__u64)opening->sock;

	stale = bpf_map_lookup_elem(&connections, &key);
	if (stale)
		close_connection(ctx, stale, opening->sock, KY_CLOSE_REPLACED);
	opening->opened_at = bpf_ktime_get_ns();
	open_connection(ctx, opening);
}

static __always_inline void exit_unix_connect(void *ctx, const struct call *call)
{
	struct opening opening = {};

	opening.sock = (struct sock *)call->socket;
	opening.fd = call->fd;
	opening.transport = KY_TRANSPORT_UNIX;
	opening.origin = KY_ORIGIN_CONNECT;
	opening.side = KY_SIDE_CLIENT;
	open_fresh(ctx, &opening);
}

static __always_inline void exit_connect(void *ctx, struct pt_regs *regs, long result)
{
	struct call *call = finish_call(regs, bpf_get_current_pid_tgid(), KY_CALL_CONNECT);
	struct ky_connection *connection;
	struct opening opening = {};
	__u64 key;
	__u8 state;

	if (!call || (result != 0 && result != -EINPROGRESS))
		return;
	if (call->transport == KY_TRANSPORT_UNIX) {
		exit_unix_connect(ctx, call);
		return;
	}
	key = call->socket;
	/* a second connect only asks about the progress of the first */
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
	opening.transport = KY_TRANSPORT_TCP;
	opening.origin = KY_ORIGIN_CONNECT;
	opening.side = KY_SIDE_CLIENT;
	opening.pending = state == TCP_SYN_SENT;
	open_connection(ctx, &opening);
	if (!opening.pending || tcp_state_of(opening.sock) == TCP_SYN_SENT)
		return;
	/* it ended before the entry existed */
	connection = bpf_map_lookup_elem(&connections, &key);
	if (connection)
		end_handshake(ctx, connection, opening.sock);
}

static __always_inline void exit_accept(void *ctx, long result, bool compat)
{
	struct opening opening = {};

	if (result < 0 || !is_traced_process(bpf_get_current_pid_tgid() >> 32))
		return;
	opening.sock = socket_of(result, compat, &opening.transport);
	if (!opening.sock)
		return;
	opening.fd = result;
	if (opening.transport == KY_TRANSPORT_TCP) {
		opening.base[KY_EGRESS] = sequence_of(opening.sock, KY_EGRESS);
		opening.base[KY_INGRESS] = sequence_of(opening.sock, KY_INGRESS);
	}
	opening.origin = KY_ORIGIN_ACCEPT;
	opening.side = KY_SIDE_SERVER;
	open_fresh(ctx, &opening);
}

static __noinline int open_end_of_pair(void *ctx, __u32 fd)
{
	struct opening opening = {};

	opening.sock = socket_of(fd, false, &opening.transport);
	if (!opening.sock)
		return 0;
	opening.fd = fd;
	opening.origin = KY_ORIGIN_PAIR;
	opening.side = KY_SIDE_UNKNOWN;
	open_fresh(ctx, &opening);
	return 0;
}

static __always_inline void exit_socketpair(void *ctx, __u64 ends, long result)
{
	__u32 fds[2];

	if (result < 0 || !(socket_kinds & SOCKETS_UNIX) ||
	    !is_traced_process(bpf_get_current_pid_tgid() >> 32) ||
	    bpf_probe_read_user(fds, sizeof(fds), (void *)ends))
		return;
	open_end_of_pair(ctx, fds[0]);
	open_end_of_pair(ctx, fds[1]);
}

/* After a handshake during which bytes moved, with the SYN. Null while it lasts. */
static __always_inline struct ky_connection *connection_after_handshake(void *ctx, __u64 key)
{
	struct ky_connection *connection = bpf_map_lookup_elem(&connections, &key);

	if (!connection)
		return 0;
	if (connection->flags & KY_CONNECTION_PENDING) {
		if (tcp_state_of((struct sock *)key) == TCP_SYN_SENT) {
			/* its position is known only after the handshake: it becomes a gap */
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
		if (connection->transport == KY_TRANSPORT_TCP ||
		    is_socket_of(connection, (struct sock *)key))
			return connection;
		close_connection(ctx, connection, (struct sock *)key, KY_CLOSE_REPLACED);
	}
	opening.sock = (struct sock *)key;
	opening.opened_at = call->entered_at;
	opening.fd = call->fd;
	opening.transport = call->transport;
	opening.origin = KY_ORIGIN_FIRST_USE;
	opening.side = KY_SIDE_UNKNOWN;
	if (opening.transport == KY_TRANSPORT_TCP) {
		/* position 0 is the first byte of this very call */
		opening.base[KY_EGRESS] = call->direction == KY_EGRESS
						  ? call->seq
						  : sequence_of(opening.sock, KY_EGRESS);
		opening.base[KY_INGRESS] = call->direction == KY_INGRESS
						   ? call->seq
						   : sequence_of(opening.sock, KY_INGRESS);
		/* MSG_FASTOPEN: this very call connected the socket, which had no sequence numbers
		 * before */
		if (call->direction == KY_EGRESS && call->seq == 0) {
			call->seq = first_sequence_of(opening.sock);
			opening.base[KY_EGRESS] = call->seq;
			opening.origin = KY_ORIGIN_CONNECT;
			opening.side = KY_SIDE_CLIENT;
			opening.pending = tcp_state_of(opening.sock) == TCP_SYN_SENT;
		}
	} else if (opening.transport == KY_TRANSPORT_UDP && call->direction == KY_EGRESS &&
		   is_connected_datagram(opening.sock)) {
		opening.side = KY_SIDE_CLIENT;
	} else if (by_sockets && opening.transport == KY_TRANSPORT_UNIX) {
		opening.side = unix_side_of(opening.sock);
		if (call->fresh)
			opening.origin = unix_origin_of(opening.side);
	}
	open_connection(ctx, &opening);
	return connection_after_handshake(ctx, key);
}

/* How many bytes of this call may be captured; 0: the call is not sent at all. */
static __always_inline __u64 capture_limit(const struct ky_connection *connection, __u8 state)
{
	__u64 captured = connection->captured[KY_EGRESS] + connection->captured[KY_INGRESS];
	__u64 heads = 0, undecided = 0, most = call_limit();

	if (state == KY_TRACE_FULL)
		return most;
	if (state == KY_TRACE_OFF)
		return 0;
	if (connection->turn_captured < head_bytes)
		heads = head_bytes - connection->turn_captured;
	if (state == KY_TRACE_HEADS)
		return heads;
	if (connection->protocol > KY_PROTOCOL_UNKNOWN)
		return most;
	if (captured < undecided_bytes)
		undecided = undecided_bytes - captured;
	if (undecided > most)
		undecided = most;
	return undecided > heads ? undecided : heads;
}

/* How much of a call the guess may look at. */
#define PEEK_BYTES 256

/*
 * Guesses from the first bytes of a turn, in the scratch: the whole call, or PEEK_BYTES. Returns
 * the protocol. Global, so that the verifier walks it once.
 */
__noinline int infer(__u64 taken)
{
	struct scratch *scratch = this_scratch();
	bool line_end;
	__u8 *tail;

	if (!scratch)
		return KY_PROTOCOL_UNSET;
	taken &= PAYLOAD_MASK;
	/* the scratch still holds older bytes after these */
	tail = scratch->bytes + taken;
#pragma unroll
	for (int i = 0; i < GUESS_HEAD; i++)
		tail[i] = 0;
	tail = scratch->bytes + ((taken - 2) & PAYLOAD_MASK);
	line_end = taken >= 2 && taken < PEEK_BYTES && tail[0] == '\r' && tail[1] == '\n';
	scratch->inferred = guess_protocol(scratch->bytes, taken, line_end);
	return scratch->inferred.protocol;
}

/* Tells what was inferred from the call that the scratch's event is of. */
static __noinline int send_inferred(void *ctx, const struct scratch *scratch)
{
	struct ky_inferred inferred = {};

	inferred.event = scratch->data.event;
	inferred.event.kind = KY_KIND_INFERRED;
	inferred.event.flags = 0;
	inferred.protocol = scratch->inferred.protocol;
	inferred.message = scratch->inferred.message;
	send_conn(ctx, &inferred.event, sizeof(inferred));
	return 0;
}

/*
 * The socket has advanced by another length than the call returned. A read may have consumed the
 * FIN as well, or stepped over an urgent byte, a write may have sent the SYN. Otherwise other calls
 * moved the socket at the same time, and it cannot be known whose bytes are whose: the call covers
 * the whole range.
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
		if (now - start > *length)
			meet_splice();
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

/* The position of the call's first byte. */
static __always_inline __u64 locate(struct ky_connection *connection, const struct call *call,
				    __u32 *moved, __u16 *flags)
{
	struct sock *sock = (struct sock *)call->socket;
	__u8 direction = call->direction & 1;
	__u32 now = sequence_of(sock, direction);
	__u64 position, end;
	__u32 start = call->seq;
	__u32 length = *moved;

	/* another thread's FIN is not a byte */
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

/* Bytes moved by sendmmsg or recvmmsg, whose result counts messages. */
static __noinline int finish_messages(struct call *call, long messages)
{
	struct sock *sock = (struct sock *)call->socket;
	int length = length_of_messages(call->buffer, messages, call->compat);

	call->segments = messages;
	if (length >= 0)
		return length;
	if (call->transport != KY_TRANSPORT_TCP)
		return 0;
	/* what the socket has moved since is better than nothing */
	return (call->direction == KY_EGRESS ? sequence_of(sock, KY_EGRESS)
					     : bytes_read_sequence_of(sock)) -
	       call->seq;
}

/*
 * How many of a call's first bytes user space does not want. Global, so that the verifier walks it
 * once.
 */
__noinline int passed_over(__u64 generation, __u32 direction, __u64 position, __u32 length)
{
	__u32 slot = generation & (PASS_OVER_SLOTS - 1);
	struct pass_over *told = bpf_map_lookup_elem(&pass_overs, &slot);
	__u64 until, left;

	if (!told)
		return 0;
	until = *(volatile __u64 *)&told->until[direction & 1];
	if ((until ^ (generation / PASS_OVER_SLOTS << PASS_OVER_BITS)) >> PASS_OVER_BITS)
		return 0;
	until &= PASS_OVER_MASK;
	if (until <= position)
		return 0;
	left = until - position;
	return left < length ? left : length;
}

/* Sends what follows the piece in the scratch; returns how many bytes of it were captured. */
static __noinline __u32 send_rest(void *ctx, struct scratch *scratch)
{
	int size;

	/* the last one is the tail */
	for (__u32 i = 0; i < PIECES + 1; i++) {
		size = make_piece();
		if (size == 0)
			break;
		send_made(ctx, size);
	}
	return scratch->rest.captured;
}

/* Reconstructs `seq` of a call whose entry was not seen: it has moved so much since. */
static __always_inline void rewind(struct call *call, __u32 moved)
{
	const struct sock *sock = (const struct sock *)call->socket;

	if (call->transport != KY_TRANSPORT_TCP)
		return;
	call->seq = (call->direction == KY_EGRESS ? sequence_of(sock, KY_EGRESS)
						  : bytes_read_sequence_of(sock)) -
		    moved;
}

static __always_inline bool is_captured_in_full(const struct ky_connection *connection, __u8 state)
{
	return state == KY_TRACE_FULL ||
	       (state == KY_TRACE_UNSET && connection->protocol > KY_PROTOCOL_UNKNOWN);
}

/* What make_told() has made, alongside the size of the event. */
#define MADE_INFERRED 0x10000
#define MADE_REST 0x20000
#define MADE_SIZE 0xffff

/*
 * Makes the event of what a call has moved, where it began at call->seq, in the scratch. `kind`
 * says how its bytes lie in memory, `told` what it was. Returns what is to be sent.
 */
static __always_inline __u32 make_told(struct ky_connection *connection, const struct call *call,
				       __u16 kind, __u16 told, __u32 length, __u64 tgid_tid)
{
	__u64 position, limit, wanted, first;
	struct scratch *scratch;
	__u32 tail = 0, passed = 0, made = 0;
	__u64 taken = 0;
	__u16 flags = 0;
	__u8 direction, state, guessed;
	bool readable;

	if (call->transport == KY_TRANSPORT_TCP)
		position = locate(connection, call, &length, &flags);
	else
		position = advance(connection, call, length, &flags);
	direction = call->direction & 1;
	if (connection->last_direction != direction) {
		connection->last_direction = direction;
		connection->turn_captured = 0;
	}
	state = trace_state_of(connection);
	/* bytes before the opening can only come from a race between threads */
	if (state == KY_TRACE_OFF || (__s64)position < 0)
		return 0;
	scratch = this_scratch();
	if (!scratch)
		return 0;
	scratch->data.event.generation = connection->generation;
	scratch->data.event.socket = call->socket;
	scratch->data.event.tgid_fd = (tgid_tid & 0xffffffff00000000ULL) | call->fd;
	scratch->data.event.tid = (__u32)tgid_tid;
	scratch->data.event.kind = KY_KIND_DATA;
	scratch->data.event.direction = direction;
	scratch->data.event.flags = flags;
	/* under MSG_TRUNC the kernel throws the bytes away */
	readable = !(flags & KY_FLAG_CONCURRENT) && !moves_unseen(kind) &&
		   (direction == KY_EGRESS || !(call->flags & MSG_TRUNC));
	/* the first bytes of a turn say most, and how many more are worth taking */
	if (connection->protocol <= KY_PROTOCOL_UNKNOWN && connection->turn_captured == 0 &&
	    state != KY_TRACE_FULL && readable) {
		taken = take_first(scratch, call, kind, length < PEEK_BYTES ? length : PEEK_BYTES);
		guessed = connection->protocol;
		if (taken && !(taken & UNREADABLE))
			guessed = infer(taken);
		if (guessed != connection->protocol) {
			connection->protocol = guessed;
			made = MADE_INFERRED;
		}
	}
	limit = capture_limit(connection, state);
	if (limit == 0)
		return made;
	if (length >= pass_over_from && readable && is_captured_in_full(connection, state))
		passed = passed_over(connection->generation, direction, position, length);
	wanted = length - passed < limit ? length - passed : limit;
	first = wanted < PAYLOAD_LIMIT ? wanted : PAYLOAD_LIMIT;
	if (passed)
		first = 0;
	taken = readable && passed < length ? take_first(scratch, call, kind, first) : 0;
	if (direction == KY_INGRESS && call->flags & MSG_TRUNC)
		taken = UNREADABLE;

	/* taken as the same moment: reading the clock is dear */
	scratch->data.event.emitted_at = bpf_ktime_get_ns();
	scratch->data.exited_at = scratch->data.event.emitted_at;
	scratch->data.entered_at = call->entered_at ?: scratch->data.exited_at;
	scratch->data.position = position;
	scratch->data.call = told;
	scratch->data.data_offset = sizeof(struct ky_data);
	scratch->data.trace_state = state;
	scratch->data.protocol = connection->protocol;
	connection->turn_captured += taken & PAYLOAD_MASK;
	connection->captured[direction] += taken & PAYLOAD_MASK;
	if (taken & UNREADABLE)
		scratch->data.event.flags |= KY_FLAG_UNREADABLE;
	/* most calls are short: one event covers all */
	if (taken != first || first == length) {
		scratch->data.length = length;
	} else {
		if (is_captured_in_full(connection, state))
			tail = length - passed - wanted;
		if (tail > TAIL_BYTES)
			tail = TAIL_BYTES;
		scratch->data.length = first < wanted ? first : length - tail;
		if (passed) {
			/* the pieces that are captured begin behind this one */
			scratch->data.length = passed;
			scratch->data.event.flags |= KY_FLAG_PASSED_OVER;
			count_alone(KY_COUNTER_PASSED_OVER, passed);
		}
		scratch->rest.address = has_flat_buffer(kind) ? call->buffer + first : 0;
		scratch->rest.gap = scratch->data.length - first;
		scratch->rest.left = length - scratch->data.length;
		scratch->rest.wanted = wanted - first;
		scratch->rest.tail = tail;
		scratch->rest.captured = 0;
		if (scratch->rest.left != 0)
			made |= MADE_REST;
	}
	taken &= PAYLOAD_MASK;
	scratch->data.captured = taken;
	return made | (sizeof(struct ky_data) + taken);
}

/* Sends what make_told() has made. */
static __always_inline void send_told(void *ctx, struct ky_connection *connection,
				      const struct call *call, __u32 made)
{
	struct scratch *scratch = this_scratch();
	__u64 size = made & MADE_SIZE;
	__u32 taken;

	if (!scratch)
		return;
	if (made & MADE_INFERRED)
		send_inferred(ctx, scratch);
	if (!size)
		return;
	/* more than the largest event, less than the scratch; the verifier wants to see it */
	asm volatile("%0 &= 0xffff" : "+r"(size));
	send_event(ctx, scratch, size, true);
	if (made & MADE_REST) {
		taken = send_rest(ctx, scratch);
		connection->turn_captured += taken;
		connection->captured[call->direction & 1] += taken;
	}
}

static __always_inline void exit_transfer(void *ctx, struct pt_regs *regs, __u16 kind, long result)
{
	__u64 tgid_tid = bpf_get_current_pid_tgid();
	struct call *call = finish_call(regs, tgid_tid, kind);
	struct ky_connection *connection;
	struct scratch *scratch;
	__u32 length;

	if (!call || result < 0)
		return;
	if (call->transport == KY_TRANSPORT_UDP) {
		scratch = this_scratch();
		if (scratch && connection_of(ctx, call)) {
			scratch->call = *call;
			scratch->call.kind = kind;
			exit_datagrams(ctx, call, kind, result);
		}
		return;
	}
	length = result;
	if (kind == KY_CALL_SENDMMSG || kind == KY_CALL_RECVMMSG)
		length = finish_messages(call, result);
	if (call->presumed)
		rewind(call, length);
	if (length == 0)
		return;
	connection = connection_of(ctx, call);
	if (connection)
		send_told(ctx, connection, call,
			  make_told(connection, call, kind, kind, length, tgid_tid));
}

#endif
