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
 * End: write_seq also counts our FIN. Every way to one leads through a change
 * of state before the FIN is queued; there egress_end is noted. CLOSED is sent
 * when no process can use the socket any more: at the change of state inside
 * the last close (its file is being released), or, when the socket was already
 * in the state CLOSE, at its destruction, which then follows at once.
 *
 * Losses: an OPENED that finds no room is found by user space as an entry that
 * it does not know. A CLOSED that finds none waits in `untold_ends`.
 */
#ifndef KYANOS_LIFETIME_H
#define KYANOS_LIFETIME_H

#include "maps.h"
#include "channel.h"
#include "filter.h"
#include "tcp.h"

#define EPIPE 32
#define ENETUNREACH 101
#define ECONNRESET 104
#define ETIMEDOUT 110
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

static __noinline int send_opened(void *ctx, struct ky_connection *connection, __u64 socket)
{
	struct ky_opened opened = {};

	/* nobody is told of a connection that a filter excludes */
	if (connection->trace_state == KY_TRACE_OFF)
		return 0;
	opened.event.generation = connection->generation;
	opened.event.socket = socket;
	opened.event.tgid_fd = connection->tgid_fd;
	opened.event.kind = KY_KIND_OPENED;
	opened.event.tid = connection->tid;
	opened.opened_at = connection->opened_at;
	opened.cgroup = connection->cgroup;
	opened.local = connection->local;
	opened.remote = connection->remote;
	opened.egress_base = connection->base[KY_EGRESS];
	opened.ingress_base = connection->base[KY_INGRESS];
	opened.netns = connection->netns;
	opened.origin = connection->origin;
	opened.side = connection->side;
	opened.transport = connection->transport;
	opened.trace_state = connection->trace_state;
	send_conn(ctx, &opened.event, sizeof(opened));
	return 0;
}

/*
 * Ends an entry and tells so. Reads the socket's sequence numbers as they are
 * now, so it must run before anything resets them.
 */
static __noinline int close_connection(void *ctx, struct ky_connection *connection,
				       struct sock *sock, __u32 reason)
{
	struct ky_closed closed = {};
	__u64 key = (__u64)sock;
	__u64 egress;

	if (!(connection->flags & KY_CONNECTION_PENDING) &&
	    connection->trace_state != KY_TRACE_OFF) {
		closed.event.generation = connection->generation;
		closed.event.socket = key;
		closed.event.tgid_fd = connection->tgid_fd;
		closed.event.kind = KY_KIND_CLOSED;
		closed.closed_at = connection->ended_at ?: bpf_ktime_get_ns();
		closed.reason = reason;
		if (connection->flags & KY_CONNECTION_EGRESS_ENDED) {
			closed.egress_end = connection->egress_end;
		} else {
			/* the change of state was missed: one sequence number more is the FIN */
			egress = position_of(connection, KY_EGRESS, sequence_of(sock, KY_EGRESS));
			if (egress == connection->position[KY_EGRESS] + 1)
				egress--;
			closed.egress_end = egress;
		}
		closed.ingress_end =
			position_of(connection, KY_INGRESS, bytes_read_sequence_of(sock));
		if (!send_conn(ctx, &closed.event, sizeof(closed)) &&
		    bpf_map_push_elem(&untold_ends, &closed, 0))
			count(KY_COUNTER_ENDS_FULL, 1);
	}
	bpf_map_delete_elem(&connections, &key);
	return 0;
}

/* Both sequence numbers are final now: position 0. */
static __always_inline void set_bases(struct ky_connection *connection, const struct sock *sock)
{
	connection->base[KY_EGRESS] = first_sequence_of(sock);
	connection->base[KY_INGRESS] = sequence_of(sock, KY_INGRESS);
	/* the kernel may choose the local address late */
	fill_addresses(sock, &connection->local, &connection->remote);
	connection->trace_state = is_traced_connection(connection) ? KY_TRACE_UNSET : KY_TRACE_OFF;
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

/* Of a pending one the caller must look at the state once more: the handshake may just have ended.
 */
static __noinline int open_connection(void *ctx, struct opening *opening)
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
	fresh.transport = KY_TRANSPORT_TCP;
	fresh.last_direction = KY_NO_DIRECTION;
	fresh.base[KY_EGRESS] = opening->base[KY_EGRESS];
	fresh.base[KY_INGRESS] = opening->base[KY_INGRESS];
	fill_addresses(sock, &fresh.local, &fresh.remote);
	if (!is_traced_connection(&fresh))
		fresh.trace_state = KY_TRACE_OFF;
	if (opening->pending)
		fresh.flags = KY_CONNECTION_PENDING;
	else if (!can_still_send(tcp_state_of(sock)))
		fresh.flags = KY_CONNECTION_EGRESS_ENDED;
	if (bpf_map_update_elem(&connections, &key, &fresh, BPF_ANY)) {
		count(KY_COUNTER_CONNECTIONS_FULL, 1);
		return 0;
	}
	if (!opening->pending)
		send_opened(ctx, &fresh, key);
	return 0;
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
	if (to == TCP_CLOSE && from != TCP_CLOSE) {
		connection->reason = close_reason(sock);
		connection->ended_at = bpf_ktime_get_ns();
	}
	if (is_released(sock))
		close_connection(ctx, connection, sock, connection->reason);
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
