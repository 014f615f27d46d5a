/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * How connections begin and end where bytes are seen at the sockets, and what else is noted before
 * bytes move: when a write begins, and whom a datagram is from.
 */
#ifndef KYANOS_ENDS_H
#define KYANOS_ENDS_H

#include "moves.h"

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

/* Nobody can read any more. */
static __always_inline void look_back(struct sock *sock)
{
	struct notes *notes = bpf_sk_storage_get(&socket_notes, sock, 0, 0);

	if (notes && notes->connection.generation)
		look_for_splices(&notes->connection, sock);
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
