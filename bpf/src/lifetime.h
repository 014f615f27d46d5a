/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The life of a connection: its entry in `connections`, OPENED and CLOSED.
 *
 * Positions: position 0 is the first byte of payload. A socket's write_seq and
 * copied_seq point at it once the handshake is over; before, copied_seq means
 * nothing. So an entry made during the handshake is pending until the state
 * becomes ESTABLISHED, where the kernel has just set both, and OPENED is sent
 * from there.
 *
 * End: write_seq also counts our FIN. The state always changes before the FIN is queued; there
 * egress_end is recorded. CLOSED is sent when no process can use the socket any more: at the change
 * of state inside the last close (its file is being released), or, when the socket was already in
 * the state CLOSE, at its destruction, which then follows at once.
 *
 * All that is TCP. Other sockets have no sequence numbers: their positions are the sum of the bytes
 * seen. No tracepoint reports their end either. Closing the last descriptor does; ends by exit,
 * exec, close_range, dup2 and the like are found by the sweep, which looks at every such entry. Its
 * struct sock may be free or reused by then, so it is only probed, and recognised by its inode
 * number.
 *
 * Losses: user space finds an OPENED that had no room as an entry that
 * it does not know. A CLOSED that finds none is kept in `lost_closes`.
 */
#ifndef KYANOS_LIFETIME_H
#define KYANOS_LIFETIME_H

#include "maps.h"
#include "channel.h"
#include "filter.h"
#include "payload.h"
#include "tcp.h"
#include "unix.h"

#define EPIPE 32
#define ENETUNREACH 101
#define ECONNABORTED 103
#define ECONNRESET 104
#define ETIMEDOUT 110
#define ECONNREFUSED 111
#define EHOSTUNREACH 113
#define EINPROGRESS 115

struct opening {
	struct sock *sock;
	__u64 opened_at;
	__u32 fd;
	__u32 base[2];
	__u8 origin;
	__u8 side;
	__u8 pending;
	__u8 transport;
};

static __always_inline __u64 next_generation(void)
{
	__u32 zero = 0;
	__u64 *made = bpf_map_lookup_elem(&generations, &zero);

	if (!made)
		return 0;
	*made += 1;
	return *made * cpu_lanes + bpf_get_smp_processor_id();
}

/* The position of a sequence number: 64 bits, near the last one seen. */
static __always_inline __u64 position_of(const struct ky_connection *connection, __u8 direction,
					 __u32 seq)
{
	__u64 last = connection->position[direction & 1];

	return last + (__s32)(seq - connection->base[direction & 1] - (__u32)last);
}

static __always_inline bool send_conn(void *ctx, struct ky_event *event, __u64 size)
{
	bool sent = send(ctx, &conn_events, event, size);

	count(sent ? KY_COUNTER_SENT_CONN : KY_COUNTER_LOST_CONN, 1);
	return sent;
}

/* The event must be zero before. */
static __always_inline void fill_opened(struct ky_opened *opened,
					const struct ky_connection *connection, __u64 socket)
{
	opened->event.generation = connection->generation;
	opened->event.socket = socket;
	opened->event.tgid_fd = connection->tgid_fd;
	opened->event.kind = KY_KIND_OPENED;
	opened->event.tid = connection->tid;
	opened->opened_at = connection->opened_at;
	opened->cgroup = connection->cgroup;
	opened->local = connection->local;
	opened->remote = connection->remote;
	opened->egress_base = connection->base[KY_EGRESS];
	opened->ingress_base = connection->base[KY_INGRESS];
	opened->netns = connection->netns;
	opened->origin = connection->origin;
	opened->side = connection->side;
	opened->transport = connection->transport;
	opened->trace_state = connection->trace_state;
}

static __noinline int send_opened(void *ctx, struct ky_connection *connection, __u64 socket)
{
	struct ky_opened opened = {};

	/* connections that a filter excludes are not reported */
	if (connection->trace_state == KY_TRACE_OFF)
		return 0;
	fill_opened(&opened, connection, socket);
	send_conn(ctx, &opened.event, sizeof(opened));
	return 0;
}

static __always_inline __u32 take_name(const struct sock *sock, __u8 *name)
{
	struct unix_address *address = BPF_CORE_READ((const struct unix_sock *)sock, addr);
	__u32 length;

	if (!address)
		return 0;
	length = BPF_CORE_READ(address, len) - sizeof(__u16);
	if (length > KY_NAME)
		return 0;
	if (bpf_probe_read_kernel(name, length,
				  (void *)address + bpf_core_field_offset(address->name) +
					  sizeof(__u16)))
		return 0;
	return length;
}

/* Unix sockets are opened only in system calls, so the scratch is free. */
static __noinline int send_unix_opened(void *ctx, struct ky_connection *connection, __u64 socket)
{
	const struct sock *sock = (const struct sock *)socket;
	struct scratch *scratch = this_scratch();
	struct ky_opened *opened;
	__u32 names;

	if (!scratch || connection->trace_state == KY_TRACE_OFF)
		return 0;
	opened = (struct ky_opened *)scratch->bytes;
	__builtin_memset(opened, 0, sizeof(*opened));
	fill_opened(opened, connection, socket);
	/* AF_UNIX may be a module that is not loaded: then there is neither type nor socket */
	if (!bpf_core_type_exists(struct unix_sock))
		return 0;
	names = take_name(sock, scratch->bytes + sizeof(*opened)) & 0x7f;
	opened->local.name_length = names;
	sock = BPF_CORE_READ((const struct unix_sock *)sock, peer);
	if (sock)
		opened->remote.name_length =
			take_name(sock, scratch->bytes + sizeof(*opened) + names);
	names += opened->remote.name_length & 0x7f;
	send_conn(ctx, &opened->event, sizeof(*opened) + names);
	return 0;
}

/* Whether the entry's socket is still alive: its address may have been reused. */
static __always_inline bool is_socket_of(const struct ky_connection *connection,
					 const struct sock *sock)
{
	struct socket *socket = BPF_CORE_READ(sock, sk_socket);

	return socket && BPF_CORE_READ(socket, sk) == sock && inode_of(socket) == connection->inode;
}

static __always_inline __u32 first_end(const struct ky_connection *connection)
{
	if (connection->flags & KY_CONNECTION_ENDED_HERE)
		return KY_END_LOCAL;
	return connection->flags & KY_CONNECTION_ENDED_THERE ? KY_END_PEER : KY_END_UNKNOWN;
}

/*
 * Removes an entry and sends CLOSED. Reads the socket's sequence numbers as they are now, so it
 * must run before anything resets them.
 */
static __noinline int close_connection(void *ctx, struct ky_connection *connection,
				       struct sock *sock, __u32 reason)
{
	bool announced = !(connection->flags & KY_CONNECTION_PENDING) &&
			 connection->trace_state != KY_TRACE_OFF;
	bool sequenced = connection->transport == KY_TRANSPORT_TCP;
	struct ky_closed closed = {};
	__u64 key = (__u64)sock;
	__u64 egress;

	closed.event.generation = connection->generation;
	closed.event.socket = key;
	closed.event.tgid_fd = connection->tgid_fd;
	closed.event.kind = KY_KIND_CLOSED;
	closed.closed_at = connection->ended_at ?: bpf_ktime_get_ns();
	closed.reason = reason;
	closed.first_end = first_end(connection);
	if (!sequenced) {
		closed.egress_end = connection->position[KY_EGRESS];
		closed.ingress_end = connection->position[KY_INGRESS];
	} else if (announced) {
		if (connection->flags & KY_CONNECTION_EGRESS_ENDED) {
			closed.egress_end = connection->egress_end;
		} else {
			/* the state change was missed: one sequence number more is the FIN */
			egress = position_of(connection, KY_EGRESS, sequence_of(sock, KY_EGRESS));
			if (egress == connection->position[KY_EGRESS] + 1)
				egress--;
			closed.egress_end = egress;
		}
		closed.ingress_end =
			position_of(connection, KY_INGRESS, bytes_read_sequence_of(sock));
	}
	/* the sweep and a close may find the same end: whoever deletes the entry sends CLOSED */
	if (bpf_map_delete_elem(&connections, &key))
		return 0;
	if (!sequenced)
		__sync_fetch_and_add(&sweepable, -1);
	if (announced && !send_conn(ctx, &closed.event, sizeof(closed)) &&
	    bpf_map_push_elem(&lost_closes, &closed, 0))
		count(KY_COUNTER_ENDS_FULL, 1);
	return 0;
}

/* Leaves the connection out where sampling does. Once, when the addresses are final. */
static __always_inline void sample(struct ky_connection *connection)
{
	if (connection->trace_state == KY_TRACE_OFF || !is_sampled_out(connection))
		return;
	connection->trace_state = KY_TRACE_OFF;
	count(KY_COUNTER_SAMPLED_OUT, 1);
}

/* Both sequence numbers are final now: position 0. */
static __always_inline void set_bases(struct ky_connection *connection, const struct sock *sock)
{
	connection->base[KY_EGRESS] = first_sequence_of(sock);
	connection->base[KY_INGRESS] = sequence_of(sock, KY_INGRESS);
	/* the kernel may choose the local address late */
	fill_addresses(sock, &connection->local, &connection->remote);
	connection->trace_state = is_wanted_connection(connection) ? KY_TRACE_UNSET : KY_TRACE_OFF;
	sample(connection);
}

static __noinline int end_handshake(void *ctx, struct ky_connection *connection, struct sock *sock)
{
	if (!(connection->flags & KY_CONNECTION_PENDING))
		return 0;
	connection->flags &= ~KY_CONNECTION_PENDING;
	set_bases(connection, sock);
	return send_opened(ctx, connection, (__u64)sock);
}

static __always_inline bool can_still_send(__u8 state)
{
	return state == TCP_ESTABLISHED || state == TCP_CLOSE_WAIT || state == TCP_SYN_RECV ||
	       state == TCP_SYN_SENT;
}

/* Which end has sent the first FIN, by the socket's state, as a flag of its entry. */
static __always_inline __u8 ended_by_state(__u8 state)
{
	switch (state) {
	case TCP_FIN_WAIT1:
	case TCP_FIN_WAIT2:
	case TCP_CLOSING:
		return KY_CONNECTION_ENDED_HERE;
	case TCP_CLOSE_WAIT:
	case TCP_LAST_ACK:
		return KY_CONNECTION_ENDED_THERE;
	default:
		return 0;
	}
}

/*
 * For a socket that enters CLOSE without a FIN. A received reset leaves an error, a sent one leaves
 * none, or that of an operator (ss --kill). A time-out has neither.
 */
static __always_inline __u8 ended_by_reset(const struct sock *sock)
{
	switch (BPF_CORE_READ(sock, sk_err)) {
	case 0:
	case ECONNABORTED:
		return KY_CONNECTION_ENDED_HERE;
	case ECONNRESET:
	case ECONNREFUSED:
	case EPIPE:
		return KY_CONNECTION_ENDED_THERE;
	default:
		return 0;
	}
}

static __always_inline void note_end(struct ky_connection *connection, __u8 by)
{
	if (!(connection->flags & (KY_CONNECTION_ENDED_HERE | KY_CONNECTION_ENDED_THERE)))
		connection->flags |= by;
}

/* True if OPENED is due. Separate from sending it, as both need much stack. */
static __noinline int add_connection(struct opening *opening)
{
	struct ky_connection fresh = {};
	__u64 tgid_tid = bpf_get_current_pid_tgid();
	struct sock *sock = opening->sock;
	__u64 key = (__u64)sock;

	fresh.generation = next_generation();
	fresh.tgid_fd = (tgid_tid & 0xffffffff00000000ULL) | opening->fd;
	fresh.tid = (__u32)tgid_tid;
	fresh.opened_at = opening->opened_at;
	fresh.cgroup = bpf_get_current_cgroup_id();
	fresh.netns = BPF_CORE_READ(sock, __sk_common.skc_net.net, ns.inum);
	fresh.origin = opening->origin;
	fresh.side = opening->side;
	fresh.transport = opening->transport;
	fresh.last_direction = KY_NO_DIRECTION;
	fresh.base[KY_EGRESS] = opening->base[KY_EGRESS];
	fresh.base[KY_INGRESS] = opening->base[KY_INGRESS];
	if (opening->transport == KY_TRANSPORT_UNIX) {
		fresh.local.family = 1;
		fresh.remote.family = 1;
	} else {
		fill_addresses(sock, &fresh.local, &fresh.remote);
	}
	if (!is_wanted_connection(&fresh))
		fresh.trace_state = KY_TRACE_OFF;
	if (opening->pending)
		fresh.flags = KY_CONNECTION_PENDING;
	else if (opening->transport == KY_TRANSPORT_TCP && !can_still_send(tcp_state_of(sock)))
		fresh.flags = KY_CONNECTION_EGRESS_ENDED;
	/* the peer may have sent and closed before it was accepted */
	if (opening->transport == KY_TRANSPORT_TCP)
		fresh.flags |= ended_by_state(tcp_state_of(sock));
	if (by_sockets && opening->transport == KY_TRANSPORT_UNIX)
		fresh.egress_end = (__u64)unix_peer_of(sock);
	if (opening->transport != KY_TRANSPORT_TCP)
		fresh.inode = inode_of(BPF_CORE_READ(sock, sk_socket));
	if (bpf_map_update_elem(&connections, &key, &fresh, BPF_ANY)) {
		count(KY_COUNTER_CONNECTIONS_FULL, 1);
		return 0;
	}
	if (opening->transport != KY_TRANSPORT_TCP)
		__sync_fetch_and_add(&sweepable, 1);
	return !opening->pending;
}

/* If it is pending, the caller must check the state again: the handshake may just have ended.
 */
static __always_inline void open_connection(void *ctx, struct opening *opening)
{
	struct ky_connection *connection;
	__u64 key = (__u64)opening->sock;

	if (!add_connection(opening))
		return;
	connection = bpf_map_lookup_elem(&connections, &key);
	if (!connection)
		return;
	/* not where it is added, which leaves no stack for it (6.1) */
	sample(connection);
	if (connection->transport == KY_TRANSPORT_UNIX)
		send_unix_opened(ctx, connection, key);
	else
		send_opened(ctx, connection, key);
}

static __always_inline __u8 close_reason(const struct sock *sock)
{
	switch (BPF_CORE_READ(sock, sk_err)) {
	case ECONNRESET:
	case EPIPE:
		return KY_CLOSE_RESET;
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH:
		return KY_CLOSE_TIMEOUT;
	default:
		return KY_CLOSE_NORMAL;
	}
}

static __always_inline void change_state(void *ctx, struct sock *sock, int from, int to)
{
	struct ky_connection *connection;
	__u64 key = (__u64)sock;

	connection = bpf_map_lookup_elem(&connections, &key);
	if (!connection)
		return;
	if (connection->flags & KY_CONNECTION_PENDING) {
		if (to == TCP_CLOSE)
			bpf_map_delete_elem(&connections, &key);
		else if (from == TCP_SYN_SENT && to == TCP_ESTABLISHED)
			end_handshake(ctx, connection, sock);
		return;
	}
	if (can_still_send(from) && !can_still_send(to) &&
	    !(connection->flags & KY_CONNECTION_EGRESS_ENDED)) {
		connection->egress_end =
			position_of(connection, KY_EGRESS, sequence_of(sock, KY_EGRESS));
		connection->flags |= KY_CONNECTION_EGRESS_ENDED;
	}
	note_end(connection, to == TCP_CLOSE ? ended_by_reset(sock) : ended_by_state(to));
	if (to == TCP_CLOSE && from != TCP_CLOSE) {
		connection->reason = close_reason(sock);
		connection->ended_at = bpf_ktime_get_ns();
	}
	if (is_released(sock))
		close_connection(ctx, connection, sock, connection->reason);
}

/* close(2) of a socket other than TCP. */
static __noinline int enter_close(void *ctx, __u32 fd)
{
	struct ky_connection *connection;
	__u8 transport = 0;
	struct sock *sock;
	__u64 key;

	if (!(socket_kinds & (SOCKETS_UDP | SOCKETS_UNIX)) ||
	    !is_traced_process(bpf_get_current_pid_tgid() >> 32))
		return 0;
	sock = socket_of(fd, false, &transport);
	if (!sock || transport == KY_TRANSPORT_TCP || !has_one_holder(sock))
		return 0;
	key = (__u64)sock;
	connection = bpf_map_lookup_elem(&connections, &key);
	if (connection && is_socket_of(connection, sock)) {
		if (transport == KY_TRANSPORT_UNIX &&
		    !(BPF_CORE_READ(sock, sk_shutdown) & RCV_SHUTDOWN))
			note_end(connection, KY_CONNECTION_ENDED_HERE);
		close_connection(ctx, connection, sock, KY_CLOSE_NORMAL);
	}
	return 0;
}

/*
 * What the end that lives on says of a unix socket that has been closed: which end was the first,
 * and how much of what it has sent was read, even by calls that nothing tells of.
 */
static __noinline int settle_with_peer(struct ky_connection *ended, __u64 socket)
{
	__u64 key = ended->egress_end;
	const struct sock *peer = (const struct sock *)key;
	struct ky_connection *other = bpf_map_lookup_elem(&connections, &key);
	__s64 queued;

	if (!other || other->transport != KY_TRANSPORT_UNIX || other->egress_end != socket ||
	    !is_socket_of(other, peer) || (__u64)unix_peer_of(peer) != socket)
		return 0;
	if (!((ended->flags | other->flags) & UNIX_END_UNSURE)) {
		note_end(ended, KY_CONNECTION_ENDED_HERE);
		note_end(other, KY_CONNECTION_ENDED_THERE);
	}
	queued = queued_of((const struct sock *)socket);
	if (ended->origin != KY_ORIGIN_FIRST_USE && other->origin != KY_ORIGIN_FIRST_USE &&
	    queued >= 0 && ended->position[KY_INGRESS] + queued < other->position[KY_EGRESS])
		ended->position[KY_INGRESS] = other->position[KY_EGRESS] - queued;
	return 0;
}

/* Ends an entry whose socket has disappeared unseen. */
static __always_inline void sweep(void *ctx, const __u64 *socket, const struct ky_connection *seen)
{
	struct ky_connection *connection;
	struct sock *sock;
	__u64 key;

	if (!socket || !seen || seen->transport == KY_TRANSPORT_TCP)
		return;
	key = *socket;
	sock = (struct sock *)key;
	connection = bpf_map_lookup_elem(&connections, &key);
	if (!connection || is_socket_of(connection, sock))
		return;
	if (by_sockets && connection->transport == KY_TRANSPORT_UNIX)
		settle_with_peer(connection, key);
	close_connection(ctx, connection, sock, KY_CLOSE_NORMAL);
}

/*
 * Ends an entry on which the new rules decide otherwise. If it is wanted now, the next call on its
 * socket makes a new one, in the middle of its stream.
 */
static __always_inline void review(void *ctx, const __u64 *socket, const struct ky_connection *seen)
{
	struct ky_connection *connection;
	bool wanted;
	__u64 key;

	if (!socket || !seen)
		return;
	key = *socket;
	connection = bpf_map_lookup_elem(&connections, &key);
	if (!connection)
		return;
	wanted = is_traced_process(connection->tgid_fd >> 32);
	/* a pending one is checked again at the end of its handshake */
	if (!(connection->flags & KY_CONNECTION_PENDING))
		wanted = wanted && is_traced_connection(connection);
	else if (wanted)
		return;
	if (wanted == (connection->trace_state == KY_TRACE_OFF))
		close_connection(ctx, connection, (struct sock *)key, KY_CLOSE_FILTERED);
}

static __always_inline void destroy(void *ctx, struct sock *sock)
{
	struct ky_connection *connection;
	__u64 key = (__u64)sock;

	connection = bpf_map_lookup_elem(&connections, &key);
	if (connection)
		close_connection(ctx, connection, sock, connection->reason);
}

#endif
