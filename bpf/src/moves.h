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

#include "transfer.h"
#include "compat.h"
#include "unix-moves.h"

/* in a task's flags: never in user space */
#define PF_KTHREAD 0x00200000
/* a thread of io_uring: its registers mean nothing */
#define PF_IO_WORKER 0x00000010

/* The descriptor is not known: the call went through io_uring. */
#define NO_FD 0xffffffff

/* The least that a kernel's stack has. */
#define STACK_BYTES 16384

/*
 * Notes on a TCP socket, found faster than its entry in `connections`. They end with it.
 *
 * Once the handshake is over, `connection` is what counts of what moves; the entry has it again
 * where the state of the socket changes, as its last positions are needed there.
 *
 * Before, its generation is 0, and of the rest only that is set which the flags speak of.
 */
struct notes {
	struct ky_connection connection; /* copied from its entry */
	__u64 entered_at; /* of the write under way */
	__u64 entered_by; /* its struct msghdr, on the stack of its thread; 0: none */
	__u32 revision; /* when the entry was last seen, or the process left out */
	/* its handshake was begun by the peer, at opened_at, with these bases, and no call has used
	 * it yet */
	bool accepted;
	bool held; /* and a process has got it */
	/* the process of `tgid_fd`, after as many execs as `tid` says, is not traced and has used
	 * it; no other needs to know of what that moves */
	bool left_out;
};

/* Nobody saves memory by less: the kernel allocates powers of two, and needs 72 bytes itself. */
_Static_assert(sizeof(struct notes) <= 256 - 72, "notes");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct notes);
} socket_notes SEC(".maps");

/* pid_tgid -> whom the datagram is from that this thread is receiving; its family is 0 when taken.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, __u64);
	__type(value, struct ky_address);
} senders SEC(".maps");

/*
 * Whether a tracepoint tells when TCP writes begin. Where none does, the entries of system calls
 * tell it of all writes.
 */
static __always_inline bool has_write_entries(void)
{
	return bpf_core_type_exists(btf_trace_tcp_sendmsg_locked);
}

static __always_inline struct notes *make_notes(struct sock *sock)
{
	struct notes *notes =
		bpf_sk_storage_get(&socket_notes, sock, 0, BPF_SK_STORAGE_GET_F_CREATE);

	if (!notes)
		count(KY_COUNTER_NOTES_FULL, 1);
	return notes;
}

/* Null for the kernel's own sockets. */
static __always_inline struct file *file_of(const struct sock *sock)
{
	struct socket *socket = FIELD(sock, sock, sk_socket);

	return socket ? FIELD(socket, socket, file) : 0;
}

static __always_inline struct file *file_at(__u32 fd, bool compat)
{
	struct file **files, *file = 0;
	__u32 limit = 0;

	files = open_files(&limit, compat);
	if (!files || fd >= limit)
		return 0;
	if (has_casts())
		return (struct file *)TYPED(hlist_head, files + fd)->first;
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file;
}

#include "uring.h"

/* The system call that this task is in, if it names the socket. `kind` is KY_CALL_NONE otherwise.
 */
static __noinline int find_call(struct transfer *transfer, const struct sock *sock)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs;
	__u64 kind;
	long number;

	transfer->kind = KY_CALL_NONE;
	if (task->flags & (PF_KTHREAD | PF_IO_WORKER))
		return 0;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	number = SYSCALL_NUMBER(regs);
	if (task->COMPAT_FIELD & COMPAT_BIT) {
#ifdef COMPAT_CALLS
		take_compat_arguments(transfer, regs, number);
#endif
	} else {
		kind = kind_of_number(number);
		FORGET(kind, number);
		transfer->kind = kind;
		if (transfer->kind != KY_CALL_NONE)
			take_arguments(transfer, regs);
	}
	if (transfer->kind != KY_CALL_NONE &&
	    file_at(transfer->fd, transfer->compat) != file_of(sock))
		transfer->kind = KY_CALL_NONE;
	return 0;
}

/* One past the last byte that the socket has moved. */
static __always_inline __u32 end_of(const struct ky_connection *connection, const struct sock *sock,
				    __u8 direction)
{
	if (direction == KY_INGRESS)
		return bytes_read_sequence_of(sock);
	/* a FIN is not a byte */
	if (connection && connection->flags & KY_CONNECTION_EGRESS_ENDED)
		return connection->base[KY_EGRESS] + (__u32)connection->egress_end;
	return sequence_of(sock, KY_EGRESS);
}

/* Whether the notes have the connection as it is. Not while user space ends some of them. */
static __always_inline bool is_noted(const struct notes *notes)
{
	__u32 now = revision;

	return notes && notes->connection.generation && notes->revision == now && !(now & 1);
}

/* Brings what the notes count into the entry, before that is closed. */
static __always_inline void settle(struct sock *sock)
{
	struct notes *notes = bpf_sk_storage_get(&socket_notes, sock, 0, 0);
	struct ky_connection *connection;
	__u64 key = (__u64)sock;

	if (!notes || !notes->connection.generation)
		return;
	connection = bpf_map_lookup_elem(&connections, &key);
	if (!connection || connection->generation != notes->connection.generation)
		return;
	connection->position[KY_EGRESS] = notes->connection.position[KY_EGRESS];
	connection->position[KY_INGRESS] = notes->connection.position[KY_INGRESS];
}

/*
 * And after each GiB, as the entry may be closed where its socket's notes cannot be reached: its
 * last position must be near enough to tell how often the sequence numbers have begun anew.
 */
static __always_inline void settle_at_times(struct sock *sock, __u64 position, __u64 more)
{
	if ((position + more) >> 30 != position >> 30)
		settle(sock);
}

/* Brings what has changed of the entry into the notes. */
static __always_inline void note_changes(struct sock *sock)
{
	struct notes *notes = bpf_sk_storage_get(&socket_notes, sock, 0, 0);
	struct ky_connection *connection;
	__u64 key = (__u64)sock;

	if (!notes || !notes->connection.generation)
		return;
	connection = bpf_map_lookup_elem(&connections, &key);
	if (!connection || connection->generation != notes->connection.generation) {
		notes->connection.generation = 0;
		return;
	}
	notes->connection.egress_end = connection->egress_end;
	notes->connection.flags = connection->flags;
}

/* Whether all has been done about what this process, which is not traced, moves here. */
static __always_inline bool is_left_out(const struct notes *notes, const struct task_struct *task)
{
	return notes->left_out && !notes->connection.generation && notes->revision == revision &&
	       notes->connection.tgid_fd == (__u32)task->tgid &&
	       notes->connection.tid == (__u32)task->self_exec_id;
}

/*
 * What a process moves that is not traced is no event. It must not pass for what a traced one moved
 * at the same time, nor may the connection pass for one that is seen from its beginning.
 */
static __noinline int leave_out(struct sock *sock, struct notes *notes, __u32 direction)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct ky_connection *connection;
	__u64 key = (__u64)sock;
	__u64 end;

	connection = &notes->connection;
	notes->entered_by = 0;
	if (!connection->generation) {
		notes->accepted = false;
		connection = bpf_map_lookup_elem(&connections, &key);
		if (!connection) {
			notes->left_out = true;
			notes->connection.tgid_fd = (__u32)task->tgid;
			notes->connection.tid = (__u32)task->self_exec_id;
			notes->revision = revision;
			return 0;
		}
		if (connection->flags & KY_CONNECTION_PENDING)
			return 0;
	}
	end = position_of(connection, direction, end_of(connection, sock, direction));
	if ((__s64)(end - connection->position[direction & 1]) > 0)
		connection->position[direction & 1] = end;
	return 0;
}

/* Opens the connection of a socket that was accepted, at its first use. */
static __always_inline void open_accepted(void *ctx, struct sock *sock, __u32 fd)
{
	struct notes *notes = bpf_sk_storage_get(&socket_notes, sock, 0, 0);
	struct opening opening = {};

	if (!notes || !notes->accepted)
		return;
	opening.sock = sock;
	opening.opened_at = notes->connection.opened_at;
	opening.fd = fd;
	opening.base[KY_EGRESS] = notes->connection.base[KY_EGRESS];
	opening.base[KY_INGRESS] = notes->connection.base[KY_INGRESS];
	opening.transport = KY_TRANSPORT_TCP;
	opening.origin = KY_ORIGIN_ACCEPT;
	opening.side = KY_SIDE_SERVER;
	notes->accepted = false;
	open_connection(ctx, &opening);
}

/* How many bytes a segment has room for; negative if that cannot be read. */
__noinline int room_of_segment(__u64 vector, __u32 index, __u32 compat)
{
	struct iovec segment;

	if (read_segment(&segment, vector, index, compat))
		return -1;
	return segment.iov_len & 0x7fffffff;
}

/* How many bytes a message has room for; at least 0. */
__noinline int room_of_message(__u64 header, __u32 compat)
{
	struct message message;
	__u64 room = 0;
	int more;

	if (read_message(&message, header, compat))
		return 0;
	for (__u32 i = 0; i < SEGMENTS_OF_A_CALL; i++) {
		if (i >= message.segments)
			break;
		more = room_of_segment(message.vector, i, compat);
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
	if (transport == KY_TRANSPORT_TCP)
		call->seq += connection->base[direction];
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

/* The peer has begun the handshake, which is over: somebody will accept the socket. */
static __always_inline void note_accepted(struct sock *sock)
{
	struct notes *notes;

	if (transport_of(sock) != KY_TRANSPORT_TCP)
		return;
	notes = make_notes(sock);
	if (!notes)
		return;
	notes->connection.base[KY_EGRESS] = sequence_of(sock, KY_EGRESS);
	notes->connection.base[KY_INGRESS] = sequence_of(sock, KY_INGRESS);
	notes->connection.opened_at = bpf_ktime_get_ns();
	notes->accepted = true;
}

/* Its connection ends while nobody closes it: if a process has got it, that process will. */
static __always_inline void note_held(struct sock *sock)
{
	struct notes *notes = bpf_sk_storage_get(&socket_notes, sock, 0, 0);

	if (notes && notes->accepted)
		notes->held = FIELD(sock, sock, sk_socket) != 0;
}

/* The handshake begins here, by connect or by the first bytes (MSG_FASTOPEN). */
static __always_inline void open_connecting(void *ctx, struct sock *sock)
{
	struct ky_connection *connection;
	struct transfer transfer = {};
	struct opening opening = {};
	__u64 key = (__u64)sock;
	struct notes *notes;

	if (transport_of(sock) != KY_TRANSPORT_TCP ||
	    !is_traced_process(bpf_get_current_pid_tgid() >> 32))
		return;
	find_call(&transfer, sock);
	if (transfer.kind == KY_CALL_NONE && !file_of(sock))
		return;
	connection = bpf_map_lookup_elem(&connections, &key);
	if (connection)
		close_connection(ctx, connection, sock, KY_CLOSE_REPLACED);
	opening.sock = sock;
	opening.opened_at = bpf_ktime_get_ns();
	opening.fd = transfer.kind == KY_CALL_NONE ? NO_FD : transfer.fd;
	opening.transport = KY_TRANSPORT_TCP;
	opening.origin = KY_ORIGIN_CONNECT;
	opening.side = KY_SIDE_CLIENT;
	opening.pending = 1;
	open_connection(ctx, &opening);
	notes = make_notes(sock);
	if (notes) {
		notes->connection.generation = 0;
		notes->left_out = false;
	}
}

/* connect with AF_UNSPEC resets the sequence numbers after this: the connection ends here. */
static __noinline int is_disconnecting(const struct sock *sock)
{
	struct transfer transfer = {};
	__u16 family = AF_INET;

	find_call(&transfer, sock);
	if (transfer.kind != KY_CALL_CONNECT ||
	    bpf_probe_read_user(&family, sizeof(family), (void *)transfer.buffer))
		return 0;
	return family == AF_UNSPEC;
}

/* Changes of state that open a connection, or end one whose socket goes on. */
static __always_inline void open_by_state(void *ctx, struct sock *sock, int from, int to)
{
	struct ky_connection *connection;
	__u64 key = (__u64)sock;

	settle(sock);
	if (to == TCP_SYN_SENT) {
		open_connecting(ctx, sock);
		return;
	}
	connection = bpf_map_lookup_elem(&connections, &key);
	if (connection)
		return;
	if (from == TCP_SYN_RECV && to == TCP_ESTABLISHED) {
		note_accepted(sock);
	} else if (from != TCP_SYN_SENT && is_released(sock)) {
		/* accepted, closed, and never used in between */
		if (is_traced_process(bpf_get_current_pid_tgid() >> 32))
			open_accepted(ctx, sock, NO_FD);
	} else if (to == TCP_CLOSE) {
		note_held(sock);
	}
}

/* One that was accepted, never used, and reset before it was closed. */
static __always_inline void open_unused(void *ctx, struct sock *sock)
{
	struct notes *notes = bpf_sk_storage_get(&socket_notes, sock, 0, 0);
	struct ky_connection *connection;
	__u64 key = (__u64)sock;

	if (!notes || !notes->accepted || !notes->held ||
	    !is_traced_process(bpf_get_current_pid_tgid() >> 32))
		return;
	open_accepted(ctx, sock, NO_FD);
	connection = bpf_map_lookup_elem(&connections, &key);
	if (!connection)
		return;
	connection->reason = close_reason(sock);
	note_end(connection, ended_by_reset(sock));
}

static __always_inline void end_by_state(void *ctx, struct sock *sock, int to)
{
	struct ky_connection *connection;
	__u64 key = (__u64)sock;

	if (to == TCP_CLOSE) {
		connection = bpf_map_lookup_elem(&connections, &key);
		if (connection && is_disconnecting(sock))
			close_connection(ctx, connection, sock, KY_CLOSE_NORMAL);
	}
	note_changes(sock);
}

/* A datagram is about to be sent to an address. */
static __always_inline void begin_datagram(void)
{
	__u64 tgid_tid = bpf_get_current_pid_tgid();
	struct call *call;

	if (!(socket_kinds & SOCKETS_UDP) || !is_traced_process(tgid_tid >> 32))
		return;
	call = start_call(tgid_tid);
	/* the entry of the system call knows better */
	if (call && (has_write_entries() || !call->entered_at))
		call->entered_at = bpf_ktime_get_ns();
}

/* A system call is about to begin: if it writes to a socket, it begins now. */
static __always_inline void enter_write(struct pt_regs *regs, long number)
{
	struct transfer transfer = {};
	struct call *call;
	__u64 tgid_tid;
	__u8 transport;
	__u64 kind;

	kind = kind_of_number(number);
	if (kind == KY_CALL_NONE && !is_compat_number(number))
		return;
	if (is_compat_call()) {
#ifdef COMPAT_CALLS
		take_compat_arguments(&transfer, regs, number);
#endif
	} else if (kind == KY_CALL_SPLICE || direction_of(kind) == KY_EGRESS) {
		transfer.kind = kind;
		take_arguments(&transfer, regs);
	}
	tgid_tid = bpf_get_current_pid_tgid();
	if (transfer.kind == KY_CALL_NONE || transfer.direction != KY_EGRESS ||
	    !is_traced_process(tgid_tid >> 32) ||
	    !socket_of(transfer.fd, transfer.compat, &transport))
		return;
	call = start_call(tgid_tid);
	if (call)
		call->entered_at = bpf_ktime_get_ns();
}

/* accept has taken this socket and is about to say whom it leads to, or getpeername is. */
static __always_inline void accept_by_name(struct bpf_sock_addr *ctx)
{
	struct sock *sock = (struct sock *)bpf_skc_to_tcp_sock(ctx->sk);

	if (sock && is_traced_process(bpf_get_current_pid_tgid() >> 32))
		open_accepted(ctx, sock, NO_FD);
}

/* A datagram is about to be received by a call that asks whom it is from. */
static __always_inline void note_sender(const struct ky_address *sender)
{
	__u64 tgid_tid = bpf_get_current_pid_tgid();

	if ((socket_kinds & SOCKETS_UDP) && is_traced_process(tgid_tid >> 32))
		bpf_map_update_elem(&senders, &tgid_tid, sender, BPF_ANY);
}

#endif
