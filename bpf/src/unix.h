/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What the kernel's structures say of a unix socket. */
#ifndef KYANOS_UNIX_H
#define KYANOS_UNIX_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tcp.h"

/* In the flags of a connection, where it means nothing else: it is not known which end was first.
 */
#define UNIX_END_UNSURE KY_CONNECTION_EGRESS_ENDED

/* skc_flags, bit SOCK_DEAD of enum sock_flags: no process holds the socket */
#define SOCK_FLAG_DEAD (1UL << 0)

/* The kernel's table of unix sockets without a name has so many places, and one more. */
#define UNIX_HASH_MASK 255

/* The kernel takes the numbers of new inodes from the shared counter in batches, one per CPU. */
#define INODE_BATCH_SHIFT 10

/*
 * The last inode number given before the capture, of each batch that a CPU had in use: what came
 * later in the same batch, or in a later one, was made since.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u32);
} inode_batches SEC(".maps");

/* The first of a batch that no CPU had taken before. 0: not known yet. Both are written by user
 * space. */
volatile __u32 newest_inode;

static __always_inline __u32 batch_of(__u32 inode)
{
	return (inode - 1) >> INODE_BATCH_SHIFT;
}

/* Whether a socket was made after the capture had begun. */
static __always_inline bool is_made_since_start(const struct sock *sock)
{
	struct socket *socket = FIELD(sock, sock, sk_socket);
	__u32 inode, batch, *last;

	if (!socket || !newest_inode)
		return false;
	inode = inode_of(socket);
	batch = batch_of(inode);
	last = bpf_map_lookup_elem(&inode_batches, &batch);
	if (last)
		return (__s32)(inode - *last) > 0;
	return (__s32)(inode - newest_inode) > 0;
}

/* AF_UNIX may be a module that is not loaded: then there is neither type nor socket. */
static __always_inline const struct sock *unix_peer_of(const struct sock *sock)
{
	if (!bpf_core_type_exists(struct unix_sock))
		return 0;
	return BPF_CORE_READ((const struct unix_sock *)sock, peer);
}

/*
 * The kernel files a socket without a name under a hash of its address and type. It makes those
 * that will be accepted before it gives them a type.
 */
static __always_inline bool was_accepted(const struct sock *sock)
{
	__u64 hash = (__u64)sock;

	/* they have the name of their listener */
	if (!bpf_core_type_exists(struct unix_sock) ||
	    !BPF_CORE_READ((const struct unix_sock *)sock, addr))
		return false;
	hash ^= hash >> 16;
	hash ^= hash >> 8;
	return BPF_CORE_READ(sock, __sk_common.skc_hash) == (hash & UNIX_HASH_MASK);
}

static __always_inline __u8 unix_side_of(const struct sock *sock)
{
	const struct sock *peer = unix_peer_of(sock);
	bool here = was_accepted(sock);
	bool there = peer && was_accepted(peer);

	if (here == there)
		return KY_SIDE_UNKNOWN;
	return here ? KY_SIDE_SERVER : KY_SIDE_CLIENT;
}

/* Of a socket that is seen from its beginning. */
static __always_inline __u8 unix_origin_of(__u8 side)
{
	switch (side) {
	case KY_SIDE_SERVER:
		return KY_ORIGIN_ACCEPT;
	case KY_SIDE_CLIENT:
		return KY_ORIGIN_CONNECT;
	default:
		return KY_ORIGIN_PAIR;
	}
}

static __always_inline bool is_dead(const struct sock *sock)
{
	return BPF_CORE_READ(sock, __sk_common.skc_flags) & SOCK_FLAG_DEAD;
}

/* Bytes that wait to be read, even after the socket's end. Before 6.17 the kernel does not count
 * them: -1, but for the empty queue of a socket that lives (its end empties it, too).
 */
static __always_inline __s64 queued_of(const struct sock *sock)
{
	__u32 buffers;

	if (!bpf_core_type_exists(struct unix_sock))
		return -1;
	if (bpf_core_field_exists(((struct unix_sock *)0)->inq_len))
		return BPF_CORE_READ((const struct unix_sock *)sock, inq_len);
	/* in this order: a socket is dead before its queue is emptied */
	buffers = BPF_CORE_READ(sock, sk_receive_queue.qlen);
	return buffers == 0 && !is_dead(sock) ? 0 : -1;
}

#endif
