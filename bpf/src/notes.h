/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What is known of a socket while it is open, where that is found fastest: in the storage of the
 * socket itself. And what is known of the call that moves bytes over it.
 */
#ifndef KYANOS_NOTES_H
#define KYANOS_NOTES_H

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

/* To be called while nobody reads. */
static __always_inline void look_for_splices(const struct ky_connection *connection,
					     const struct sock *sock)
{
	if (bytes_read_sequence_of(sock) !=
	    connection->base[KY_INGRESS] + (__u32)connection->position[KY_INGRESS])
		meet_splice();
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

#endif
