/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Unix sockets seen at the sockets.
 *
 * Beginning: a socket is seen from its beginning if its inode was made since the capture began, and
 * nothing was moved before its first call. Every call counts for that, whoever makes it.
 *
 * Unseen bytes: nothing tells of a splice out of a unix socket, and nothing orders calls of several
 * threads. But what one end has sent is what the other has read and what waits in its queue. Where
 * these differ, bytes have moved that are not told yet. Each of the numbers is read so that calls
 * in between can only make the difference smaller.
 *
 * End: a socket is gone once a call of its peer finds that, or the sweep looks.
 */
#ifndef KYANOS_UNIX_MOVES_H
#define KYANOS_UNIX_MOVES_H

#include "transfer.h"

/* Notes on a unix socket, traced or not. They end with it. */
struct unix_notes {
	__u64 moved[2]; /* by enum ky_direction */
	__u64 covered; /* bytes that an overlapping read has told along with its own */
	__u32 reader; /* the thread that has read last */
	bool looked;
	bool whole; /* all that it has ever moved counts above */
	bool torn; /* a write is under way whose bytes lie before some that are told */
	__u32 telling; /* writes that are being told at this moment */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct unix_notes);
} unix_notes SEC(".maps");

static __always_inline bool is_unix(const struct sock *sock)
{
	return FIELD(sock, sock, __sk_common.skc_family) == AF_UNIX;
}

static __always_inline struct unix_notes *notes_of_peer(struct sock *sock)
{
	struct unix_sock *unix = bpf_skc_to_unix_sock(sock);
	struct sock *peer = unix ? unix->peer : 0;

	return peer ? bpf_sk_storage_get(&unix_notes, peer, 0, 0) : 0;
}

/* Bytes that were read and that no call has told. */
static __always_inline __u64 read_unseen(struct sock *sock, const struct unix_notes *notes)
{
	struct unix_notes *peer = notes_of_peer(sock);
	__u64 sent, mine;
	__s64 queued;

	if (!notes->whole || !peer || !peer->whole)
		return 0;
	sent = *(volatile __u64 *)&peer->moved[KY_EGRESS];
	queued = queued_of(sock);
	mine = *(volatile __u64 *)&notes->moved[KY_INGRESS];
	if (queued < 0 || sent < mine + queued)
		return 0;
	return sent - queued - mine;
}

/* Whether more bytes were sent than those up to this position. */
static __always_inline bool is_another_writing(struct sock *sock, const struct unix_notes *notes,
					       __u64 told)
{
	struct unix_notes *peer = notes_of_peer(sock);
	__u64 read = peer ? *(volatile __u64 *)&peer->moved[KY_INGRESS] : 0;
	__s64 queued = queued_of(unix_peer_of(sock));

	return notes->whole && queued > 0 && read + queued > told;
}

/* Fills in what the scratch's call is to know of a read; false if its bytes are told already. */
static __always_inline bool note_read(struct sock *sock, struct unix_notes *notes, __u32 length,
				      struct call *call)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	__u64 unseen;

	if (notes->covered >= length && notes->reader != tid && read_unseen(sock, notes) == 0) {
		notes->covered -= length;
		return false;
	}
	__sync_fetch_and_add(&notes->moved[KY_INGRESS], length);
	unseen = read_unseen(sock, notes);
	if (unseen) {
		__sync_fetch_and_add(&notes->moved[KY_INGRESS], unseen);
		call->unseen = unseen;
		/* by splice, if nobody else reads; else it is not known whose bytes were first */
		if (notes->reader && notes->reader != tid) {
			call->overlapped = 1;
			notes->covered += unseen;
		}
	}
	notes->reader = tid;
	return true;
}

static __always_inline void note_written(struct sock *sock, struct unix_notes *notes, __u32 length,
					 struct call *call)
{
	/* on another processor: what that finds cannot be seen here yet */
	bool another = __sync_fetch_and_add(&notes->telling, 1) > 0;
	__u64 told = __sync_fetch_and_add(&notes->moved[KY_EGRESS], length) + length;
	bool more = is_another_writing(sock, notes, told);

	call->overlapped = another || more || *(volatile bool *)&notes->torn;
	*(volatile bool *)&notes->torn = more;
	__sync_fetch_and_add(&notes->telling, -1);
}

/* A call has moved nothing, perhaps as the peer sends no more. If the peer is closed, that ends it.
 */
static __noinline int note_end_of_stream(void *ctx, struct sock *sock)
{
	struct ky_connection *connection, *other;
	__u64 key = (__u64)sock, there;
	const struct sock *peer;

	if (!(FIELD(sock, sock, sk_shutdown) & RCV_SHUTDOWN))
		return 0;
	peer = unix_peer_of(sock);
	if (!peer)
		return 0;
	there = (__u64)peer;
	connection = bpf_map_lookup_elem(&connections, &key);
	other = bpf_map_lookup_elem(&connections, &there);
	if (other && other->egress_end != key)
		other = 0;
	if (!is_dead(peer)) {
		/* shut down, by either end */
		if (connection && !(connection->flags & KY_CONNECTION_ENDED_THERE))
			connection->flags |= UNIX_END_UNSURE;
		return 0;
	}
	if (other) {
		settle_with_peer(other, there);
		close_connection(ctx, other, (struct sock *)peer, KY_CLOSE_NORMAL);
	} else if (connection && !(connection->flags & UNIX_END_UNSURE)) {
		note_end(connection, KY_CONNECTION_ENDED_THERE);
	}
	return 0;
}

/* A call has returned this, before it is told. False if there is nothing to tell. */
static __noinline int note_unix(void *ctx, struct sock *sock, int result, __u32 direction)
{
	bool traced = is_traced_process(bpf_get_current_pid_tgid() >> 32);
	struct unix_notes *notes;
	struct scratch *scratch;
	struct call *call;

	if (transport_of(sock) != KY_TRANSPORT_UNIX)
		return false;
	if (result <= 0)
		note_end_of_stream(ctx, sock);
	if (result <= 0)
		return traced;
	scratch = this_scratch();
	if (!scratch)
		return false;
	call = &scratch->call;
	call->fresh = 0;
	call->overlapped = 0;
	call->unseen = 0;
	notes = bpf_sk_storage_get(&unix_notes, sock, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!notes) {
		count(KY_COUNTER_NOTES_FULL, 1);
		return traced;
	}
	if (!notes->looked) {
		notes->looked = true;
		notes->whole = is_made_since_start(sock);
		call->fresh = notes->whole;
	}
	if (direction == KY_EGRESS)
		note_written(sock, notes, result, call);
	else if (!note_read(sock, notes, result, call))
		return false;
	return traced;
}

/* Makes an event of the bytes that were spliced out of the socket before this call. */
static __noinline int tell_spliced(void *ctx, struct ky_connection *connection, __u64 socket,
				   __u64 length)
{
	__u64 tgid_tid = bpf_get_current_pid_tgid();
	struct scratch *scratch = this_scratch();
	__u64 position = connection->position[KY_INGRESS];
	__u8 state = trace_state_of(connection);

	__sync_fetch_and_add(&connection->position[KY_INGRESS], length);
	if (!scratch || state == KY_TRACE_OFF)
		return 0;
	if (connection->last_direction != KY_INGRESS) {
		connection->last_direction = KY_INGRESS;
		connection->turn_captured = 0;
	}
	scratch->data.event.generation = connection->generation;
	scratch->data.event.socket = socket;
	scratch->data.event.tgid_fd = (tgid_tid & 0xffffffff00000000ULL) | scratch->call.fd;
	scratch->data.event.tid = (__u32)tgid_tid;
	scratch->data.event.kind = KY_KIND_DATA;
	scratch->data.event.direction = KY_INGRESS;
	scratch->data.event.flags = 0;
	scratch->data.entered_at = scratch->call.entered_at;
	scratch->data.exited_at = scratch->call.entered_at;
	scratch->data.position = position;
	scratch->data.length = length;
	scratch->data.captured = 0;
	scratch->data.call = KY_CALL_SPLICE;
	scratch->data.data_offset = sizeof(struct ky_data);
	scratch->data.trace_state = state;
	scratch->data.protocol = connection->protocol;
	send_event(ctx, scratch, sizeof(struct ky_data), false);
	return 0;
}

/* Tells what the call's notes say was not told before, by itself or along with the call. */
static __always_inline void pass_unseen(void *ctx, struct ky_connection *connection,
					struct call *call)
{
	if (call->overlapped)
		call->length += call->unseen;
	else if (call->unseen)
		tell_spliced(ctx, connection, call->socket, call->unseen);
}

#endif
