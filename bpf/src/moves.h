/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What sockets move, told where the socket layer itself reports it, in the context of the call. An
 * unrelated system call costs nothing.
 *
 * A call's place in the stream: it begins where the socket's last call ended. What the socket has
 * moved since must be what the call reports; start_despite() says what else it may be.
 *
 * Where its bytes lie: the registers of the task still hold the arguments of its system call. They
 * are trusted only if that call moves bytes this way, through a descriptor of this very socket:
 * io_uring and sockets of the kernel itself work under the registers of any call.
 *
 * When a TCP write began is told by its first look at the socket's queue (on_sending). Reads, and
 * writes of other sockets, are told at their end alone.
 */
#ifndef KYANOS_MOVES_H
#define KYANOS_MOVES_H

#include "notes.h"

/* How many bytes a segment has room for; negative if that cannot be read. */
__noinline int room_of_segment(__u64 vector, __u32 index, __u32 compat)
{
	struct iovec segment;

	if (read_segment(&segment, vector, index, compat))
		return -1;
	return segment.iov_len & 0x7fffffff;
}

/* How many bytes the segments from this one on have room for, so many of them at most. */
__noinline int room_of_some(__u64 vector, __u32 from, __u64 segments, __u32 compat)
{
	__u64 room = 0;
	int more;

	for (__u32 i = 0; i < AT_ONCE; i++) {
		if (from + i >= segments)
			break;
		more = room_of_segment(vector, from + i, compat);
		if (more < 0)
			return more;
		room += more;
	}
	return room & 0x7fffffff;
}

/* How many bytes a message has room for; at least 0. */
__noinline int room_of_message(__u64 header, __u32 compat)
{
	struct message message;
	__u64 room = 0;
	int more;

	if (read_message(&message, header, compat))
		return 0;
	for (__u32 i = 0; i < SEGMENTS_OF_A_CALL; i += AT_ONCE) {
		if (i >= message.segments)
			break;
		more = room_of_some(message.vector, i, message.segments, compat);
		if (more < 0)
			break;
		room += more;
	}
	return room & 0x7fffffff;
}

/*
 * sendmmsg and recvmmsg report each message by itself. Which one it is must be counted. A call ends
 * after its last message, with an error, or after a message that was not sent whole. One that is
 * given a time may also end in between, unseen: of its messages only the first is certain.
 */
static __noinline __u64 find_message(struct call *call, long result)
{
	struct call *counted = start_call(bpf_get_current_pid_tgid());
	__u64 step = sizeof(struct user_mmsghdr) >> (call->compat & 1);
	__u64 header;
	__u32 index;

	if (!counted)
		return 0;
	if (counted->kind != call->kind || counted->socket != call->socket ||
	    counted->buffer != call->buffer || counted->segments != call->segments)
		counted->seq = 0;
	index = counted->seq;
	counted->kind = call->kind;
	counted->socket = call->socket;
	counted->buffer = call->buffer;
	counted->segments = call->segments;
	counted->seq = index + 1;
	header = call->buffer + index * step;
	if (result < 0 || index + 1 >= (__u32)call->segments || index + 1 >= MESSAGES_OF_A_CALL ||
	    (call->direction == KY_EGRESS && result < room_of_message(header, call->compat)))
		counted->kind = KY_CALL_NONE;
	if (call->direction == KY_INGRESS && call->address && index > 0)
		return 0;
	return header;
}

/* Whom the datagram is from, if the call asks for it. */
static __always_inline void take_sender(struct scratch *scratch)
{
	__u64 tgid_tid = bpf_get_current_pid_tgid();
	struct ky_address *sender = bpf_map_lookup_elem(&senders, &tgid_tid);

	scratch->sender.family = 0;
	if (!sender || !sender->family)
		return;
	scratch->sender = *sender;
	sender->family = 0;
}

/* The socket has been connected to another peer, or to none: from here on it is another connection.
 */
static __always_inline bool has_other_peer(const struct ky_connection *connection,
					   const struct sock *sock)
{
	__be32 ip;

	if (bpf_ntohs(FIELD(sock, sock, __sk_common.skc_dport)) != connection->remote.port)
		return true;
	if (connection->remote.family != 4 || FIELD(sock, sock, __sk_common.skc_family) != AF_INET)
		return false;
	__builtin_memcpy(&ip, &connection->remote.ip[12], sizeof(ip));
	return ip != FIELD(sock, sock, __sk_common.skc_daddr);
}

static __always_inline void move_datagram(void *ctx, struct sock *sock, struct call *call,
					  __u16 kind, __u32 length)
{
	struct ky_connection *connection;
	__u64 key = (__u64)sock;

	connection = bpf_map_lookup_elem(&connections, &key);
	if (connection && has_other_peer(connection, sock))
		close_connection(ctx, connection, sock, KY_CLOSE_REPLACED);
	if (connection_of(ctx, call))
		exit_datagrams(ctx, call, kind, length);
}

/* Says of the scratch's call what it moves and where its bytes lie; returns the latter's kind. */
static __always_inline __u16 fill_call(struct call *call, const struct transfer *transfer,
				       __u8 direction, long result)
{
	__u16 kind = transfer->kind;

	/* connect and accept move nothing, a call of the other direction is another's */
	if (transfer->direction != direction || kind == KY_CALL_CONNECT || kind == KY_CALL_ACCEPT)
		kind = KY_CALL_NONE;
	call->buffer = transfer->buffer;
	call->segments = transfer->segments;
	call->address = transfer->address;
	call->fd = kind == KY_CALL_NONE ? NO_FD : transfer->fd;
	call->flags = transfer->flags;
	call->kind = kind;
	call->direction = direction;
	call->compat = transfer->compat;
	call->presumed = 0;
	if (kind == KY_CALL_SENDMMSG || kind == KY_CALL_RECVMMSG) {
		call->buffer = find_message(call, result);
		if (!call->buffer)
			return KY_CALL_NONE;
		return kind == KY_CALL_SENDMMSG ? KY_CALL_SENDMSG : KY_CALL_RECVMSG;
	}
	return kind;
}

/* Nobody's: the socket is the kernel's own. */
#define NO_CALL (-1)

/*
 * Fills the scratch's call: that of this task, which moves bytes of call->socket. Returns the kind
 * of where they lie, or NO_CALL.
 *
 * Global, so that the verifier walks it once.
 */
__noinline int find_bytes(__u32 direction, __s64 result)
{
	struct scratch *scratch = this_scratch();
	struct transfer transfer = {};
	const struct sock *sock;

	if (!scratch)
		return NO_CALL;
	sock = (const struct sock *)scratch->call.socket;
	find_call(&transfer, sock);
	if (transfer.kind == KY_CALL_NONE) {
		if (!file_of(sock))
			return NO_CALL;
		transfer.kind = find_request(scratch->call.socket, result, direction);
		transfer.direction = direction;
		transfer.buffer = scratch->call.buffer;
		transfer.segments = result;
		transfer.address = 0;
		transfer.fd = NO_FD;
		transfer.flags = scratch->call.flags;
		transfer.compat = false;
	}
	return fill_call(&scratch->call, &transfer, direction, result);
}

/* As make_told() does, for the scratch's call. Global, for the same reason; not for 5.10, which
 * lets no such function have pointers as arguments. */
__noinline int make_move(struct ky_connection *connection, __u32 kind, __u32 length)
{
	struct scratch *scratch = this_scratch();

	if (!connection || !scratch)
		return 0;
	return make_told(connection, &scratch->call, kind, scratch->call.kind, length,
			 bpf_get_current_pid_tgid());
}

static __always_inline void tell_move(void *ctx, struct ky_connection *connection,
				      const struct call *call, __u32 kind, __u32 length)
{
	send_told(ctx, connection, call, make_move(connection, kind, length));
}

/*
 * The connection of the scratch's call where the notes do not have it; opens it, and makes notes of
 * it if it is TCP. Null while its handshake lasts.
 */
static __always_inline struct ky_connection *find_connection(void *ctx, struct sock *sock,
							     struct call *call, __u32 length)
{
	struct ky_connection *connection;
	__u64 key = (__u64)sock;
	struct notes *notes;

	if (!call->entered_at)
		call->entered_at = bpf_ktime_get_ns();
	if (call->transport != KY_TRANSPORT_TCP)
		return connection_of(ctx, call);
	connection = bpf_map_lookup_elem(&connections, &key);
	call->seq = end_of(connection, sock, call->direction) - length;
	if (!connection)
		open_accepted(ctx, sock, call->fd);
	connection = connection_of(ctx, call);
	if (!connection)
		return 0;
	notes = make_notes(sock);
	if (!notes)
		return connection;
	if (notes->connection.generation != connection->generation)
		notes->connection = *connection;
	notes->left_out = false;
	notes->revision = revision;
	return &notes->connection;
}

/* Even a message that moves nothing counts in sendmmsg and recvmmsg. */
static __always_inline bool is_in_many_messages(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	long number = SYSCALL_NUMBER(regs);

	/* which call a 32-bit program is in is not worth the question here */
	return number == NR_SENDMMSG || number == NR_RECVMMSG || task->COMPAT_FIELD & COMPAT_BIT;
}

/* The kind of the system call that this task is in, if it has one flat buffer. */
static __always_inline __u16 find_plain_call(struct pt_regs *regs, __u8 direction)
{
	switch (SYSCALL_NUMBER(regs)) {
	case NR_READ:
		return direction == KY_INGRESS ? KY_CALL_READ : KY_CALL_NONE;
	case NR_WRITE:
		return direction == KY_EGRESS ? KY_CALL_WRITE : KY_CALL_NONE;
	case NR_RECVFROM:
		return direction == KY_INGRESS && !(SYSCALL_ARG4(regs) & MSG_TRUNC)
			       ? KY_CALL_RECVFROM
			       : KY_CALL_NONE;
	case NR_SENDTO:
		return direction == KY_EGRESS ? KY_CALL_SENDTO : KY_CALL_NONE;
	default:
		return KY_CALL_NONE;
	}
}

/*
 * The usual case, in few steps: one flat buffer, told whole by one event, of a connection that is
 * captured in full. False for any other, and nothing is done.
 */
static __always_inline bool move_plain(void *ctx, struct sock *sock, struct task_struct *task,
				       __u32 length, __u8 direction,
				       struct ky_connection *connection, __u64 entered_at)
{
	__u64 position = connection->position[direction];
	__u32 tid = (__u32)task->pid, tgid = (__u32)task->tgid, fd, passed = 0;
	struct scratch *scratch;
	struct pt_regs *regs;
	__u64 taken, now;
	__u16 kind;
	__u8 state;

	if (length >= pass_over_from) {
		passed = passed_over(connection->generation, direction, position, length);
		if (passed && passed != length)
			return false;
	}
	if (!passed && (length > PAYLOAD_LIMIT || length > call_limit()))
		return false;
	if (task->flags & (PF_KTHREAD | PF_IO_WORKER) || task->COMPAT_FIELD & COMPAT_BIT ||
	    sequence_of(sock, direction) != connection->base[direction] + (__u32)position + length)
		return false;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	kind = find_plain_call(regs, direction);
	fd = SYSCALL_ARG1(regs);
	if (kind == KY_CALL_NONE || file_at(fd, false) != file_of(sock))
		return false;
	state = trace_state_of(connection);
	if (!is_captured_in_full(connection, state))
		return false;
	scratch = this_scratch();
	if (!scratch)
		return false;
	if (passed) {
		taken = 0;
		scratch->data.event.flags = KY_FLAG_PASSED_OVER;
		count_alone(KY_COUNTER_PASSED_OVER, passed);
	} else {
		taken = take_flat(scratch, SYSCALL_ARG2(regs), length);
		scratch->data.event.flags = taken & UNREADABLE ? KY_FLAG_UNREADABLE : 0;
	}
	taken &= PAYLOAD_MASK;
	if (connection->last_direction != direction) {
		connection->last_direction = direction;
		connection->turn_captured = 0;
	}
	connection->position[direction] = position + length;
	connection->turn_captured += taken;
	connection->captured[direction] += taken;
	scratch->data.event.generation = connection->generation;
	scratch->data.event.socket = (__u64)sock;
	scratch->data.event.tgid_fd = (__u64)tgid << 32 | fd;
	scratch->data.event.tid = tid;
	scratch->data.event.kind = KY_KIND_DATA;
	scratch->data.event.direction = direction;
	scratch->data.position = position;
	scratch->data.length = length;
	scratch->data.captured = taken;
	scratch->data.call = kind;
	scratch->data.data_offset = sizeof(struct ky_data);
	scratch->data.trace_state = state;
	scratch->data.protocol = connection->protocol;
	now = bpf_ktime_get_ns();
	scratch->data.event.emitted_at = now;
	scratch->data.exited_at = now;
	scratch->data.entered_at = entered_at ?: now;
	send_event(ctx, scratch, sizeof(struct ky_data) + taken, true);
	return true;
}

/*
 * A call has returned this from the socket layer. `notes` are those of a TCP socket, if there are
 * any; `entered_at` is 0 where it is not known.
 */
static __always_inline void move(void *ctx, struct sock *sock, long result, __u8 direction,
				 struct notes *notes, __u64 entered_at)
{
	struct ky_connection *connection;
	bool noted = is_noted(notes);
	__u8 transport = noted ? KY_TRANSPORT_TCP : transport_of(sock);
	struct scratch *scratch;
	struct call *call;
	int kind;

	if (!transport)
		return;
	if (noted && result <= 0 && !is_in_many_messages() && !is_request_waiting(result))
		return;
	scratch = this_scratch();
	if (!scratch)
		return;
	call = &scratch->call;
	call->socket = (__u64)sock;
	call->transport = transport;
	kind = find_bytes(direction, result);
	if (kind == NO_CALL || result < 0 || (result == 0 && transport != KY_TRANSPORT_UDP))
		return;
	call->entered_at = entered_at;
	if (transport == KY_TRANSPORT_UDP) {
		if (!entered_at)
			call->entered_at = bpf_ktime_get_ns();
		move_datagram(ctx, sock, call, kind, result);
		return;
	}
	if (noted)
		connection = &notes->connection;
	else
		connection = find_connection(ctx, sock, call, result);
	if (!connection)
		return;
	call->length = result;
	if (transport == KY_TRANSPORT_UNIX)
		pass_unseen(ctx, connection, call);
	call->seq = (__u32)connection->position[direction];
	if (transport == KY_TRANSPORT_TCP) {
		call->seq += connection->base[direction];
		/* what splices into a socket may splice out of it, too, and do nothing else */
		if (kind == KY_CALL_SPLICE)
			look_for_splices(connection, sock);
	}
	tell_move(ctx, connection, call, kind, call->length);
}

/* Notes are made of the sockets of others, too: they are what spares them the rest. */
static __always_inline void move_unseen(struct sock *sock, struct notes *notes, long result,
					__u8 direction)
{
	if (!notes && result > 0 && transport_of(sock) == KY_TRANSPORT_TCP)
		notes = make_notes(sock);
	if (notes && result > 0)
		leave_out(sock, notes, direction);
}

/* A message on this thread's stack, as that of a system call is. */
static __always_inline bool is_of_thread(__u64 message, const struct task_struct *task)
{
	return message - (__u64)task->stack < STACK_BYTES;
}

/* When this thread began the write that it has made, if a program has noted that. */
static __always_inline __u64 take_entry(__u64 tgid_tid)
{
	struct call *call = bpf_map_lookup_elem(&calls, &tgid_tid);
	__u64 entered_at;

	if (!call)
		return 0;
	entered_at = call->entered_at;
	call->entered_at = 0;
	return entered_at;
}

/* True if a process that is traced has moved bytes of a TCP socket, and they are not told yet. */
static __always_inline bool move_tcp(void *ctx, struct sock *sock, long result, __u8 direction,
				     struct notes *notes, __u64 *entered_at)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (notes && is_left_out(notes, task))
		return false;
	if (!is_traced_process(task->tgid)) {
		if ((__u32)task->tgid != own_tgid)
			move_unseen(sock, notes, result, direction);
		return false;
	}
	if (direction == KY_EGRESS && !has_write_entries()) {
		*entered_at = take_entry(bpf_get_current_pid_tgid());
	} else if (notes && direction == KY_EGRESS && is_of_thread(notes->entered_by, task)) {
		*entered_at = notes->entered_at;
		notes->entered_by = 0;
	}
	if (result <= 0 || !is_noted(notes))
		return true;
	settle_at_times(sock, notes->connection.position[direction], result);
	return !move_plain(ctx, sock, task, result, direction, &notes->connection, *entered_at);
}

static __always_inline void move_out(void *ctx, struct sock *sock, long result)
{
	__u16 protocol = FIELD(sock, sock, sk_protocol);
	struct notes *notes = 0;
	__u64 entered_at = 0;
	__u64 tgid_tid;

	if (protocol == IPPROTO_TCP) {
		notes = bpf_sk_storage_get(&socket_notes, sock, 0, 0);
		if (!move_tcp(ctx, sock, result, KY_EGRESS, notes, &entered_at))
			return;
	} else {
		if (is_unix(sock) && !note_unix(ctx, sock, result, KY_EGRESS))
			return;
		tgid_tid = bpf_get_current_pid_tgid();
		if (!is_traced_process(tgid_tid >> 32))
			return;
		if (protocol == IPPROTO_UDP || !has_write_entries())
			entered_at = take_entry(tgid_tid);
	}
	move(ctx, sock, result, KY_EGRESS, notes, entered_at);
}

static __always_inline void move_in(void *ctx, struct sock *sock, long result, __u32 flags)
{
	/* not part of the stream, or read again later */
	bool aside = flags & (MSG_OOB | MSG_PEEK | MSG_ERRQUEUE);
	__u16 protocol = FIELD(sock, sock, sk_protocol);
	struct notes *notes = 0;
	struct scratch *scratch;
	__u64 entered_at = 0;

	if (protocol == IPPROTO_TCP) {
		if (aside)
			return;
		notes = bpf_sk_storage_get(&socket_notes, sock, 0, 0);
		if (!move_tcp(ctx, sock, result, KY_INGRESS, notes, &entered_at))
			return;
	} else {
		if (is_unix(sock) && !aside && !note_unix(ctx, sock, result, KY_INGRESS))
			return;
		if (!is_traced_process(bpf_get_current_pid_tgid() >> 32))
			return;
		if (protocol == IPPROTO_UDP) {
			scratch = this_scratch();
			if (scratch)
				take_sender(scratch);
		}
		if (aside)
			return;
	}
	move(ctx, sock, result, KY_INGRESS, notes, 0);
}

/*
 * Called for each piece of a write that finds room in the socket's queue. Who writes is asked only
 * where nothing is known of the socket.
 */
static __always_inline void begin_write(struct sock *sock, __u64 message)
{
	struct notes *notes = bpf_sk_storage_get(&socket_notes, sock, 0, 0);

	if (!notes) {
		if (!(socket_kinds & SOCKETS_TCP) ||
		    !is_traced_process(bpf_get_current_pid_tgid() >> 32))
			return;
		notes = make_notes(sock);
		if (!notes)
			return;
	}
	if (notes->entered_by == message || (notes->left_out && notes->revision == revision))
		return;
	notes->entered_by = message;
	notes->entered_at = bpf_ktime_get_ns();
}

static __always_inline bool is_in_splice(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	long number = SYSCALL_NUMBER(regs);

#ifdef COMPAT_CALLS
	if (number == COMPAT_SPLICE)
		return task->COMPAT_FIELD & COMPAT_BIT;
#endif
	return number == NR_SPLICE;
}

/* Bytes have been read from a TCP socket. Only those that go into a pipe are told by nothing else.
 */
static __always_inline void splice_in(void *ctx, struct sock *sock)
{
	struct ky_connection *connection;
	struct transfer transfer = {};
	struct scratch *scratch;
	struct notes *notes;
	struct call *call;
	__u32 end, length;

	if (!is_in_splice() || transport_of(sock) != KY_TRANSPORT_TCP)
		return;
	if (!is_traced_process(bpf_get_current_pid_tgid() >> 32)) {
		notes = bpf_sk_storage_get(&socket_notes, sock, 0, 0);
		if (notes)
			leave_out(sock, notes, KY_INGRESS);
		return;
	}
	find_call(&transfer, sock);
	scratch = this_scratch();
	if (!scratch || transfer.kind != KY_CALL_SPLICE || transfer.direction != KY_INGRESS)
		return;
	call = &scratch->call;
	call->socket = (__u64)sock;
	call->transport = KY_TRANSPORT_TCP;
	call->entered_at = 0;
	fill_call(call, &transfer, KY_INGRESS, 0);
	end = bytes_read_sequence_of(sock);
	connection = find_connection(ctx, sock, call, 0);
	if (!connection)
		return;
	call->seq = connection->base[KY_INGRESS] + (__u32)connection->position[KY_INGRESS];
	length = end - call->seq;
	if ((__s32)length > 0)
		tell_move(ctx, connection, call, KY_CALL_SPLICE, length);
}

#endif
