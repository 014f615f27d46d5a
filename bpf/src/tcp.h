/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* From a file descriptor to its socket, and what a TCP socket says of itself. */
#ifndef KYANOS_TCP_H
#define KYANOS_TCP_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include "arch.h"
#include "maps.h"

#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10

/* skc_flags, bit SOCK_DONE of enum sock_flags: the peer's FIN has come */
#define SOCK_FLAG_DONE (1UL << 1)

enum tcp_state {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_SYN_RECV = 3,
	TCP_FIN_WAIT1 = 4,
	TCP_FIN_WAIT2 = 5,
	TCP_CLOSE = 7,
	TCP_CLOSE_WAIT = 8,
	TCP_LAST_ACK = 9,
	TCP_CLOSING = 11,
};

/* sk_shutdown: the peer sends no more */
#define RCV_SHUTDOWN 1

/* The counter's value when the last reference is gone, and above (6.13). */
#define FILE_REF_RELEASED 0xc000000000000000ULL

/*
 * Gives an address a type, so that its fields are read by plain loads, which yield zero on a fault,
 * instead of a helper call each. Since 6.2.
 */
#ifndef WITHOUT_CASTS
extern void *bpf_rdonly_cast(const void *address, __u32 type) __ksym __weak;

#define TYPED(type, address)                                                                       \
	((struct type *)bpf_rdonly_cast((const void *)(address),                                   \
					bpf_core_type_id_kernel(struct type)))

static __always_inline bool has_casts(void)
{
	return bpf_core_enum_value_exists(enum special_kfunc_type, KF_bpf_rdonly_cast);
}
#else
#define TYPED(type, address) ((struct type *)(address))

static __always_inline bool has_casts(void)
{
	return false;
}
#endif

/* A field of a kernel structure at an address. */
#define FIELD(type, address, field)                                                                \
	({                                                                                         \
		__typeof__(((struct type *)0)->field) value_;                                      \
		if (has_casts())                                                                   \
			value_ = TYPED(type, address)->field;                                      \
		else                                                                               \
			value_ = BPF_CORE_READ((struct type *)(address), field);                   \
		value_;                                                                            \
	})

/* Null for a task in a call of the other width, whose number and arguments mean something else. */
static __always_inline struct file **open_files(__u32 *limit, bool compat)
{
	struct files_struct *files;
	struct task_struct *task;
	struct fdtable *table;

	/* Typed pointers are read directly, at a fraction of the cost of a helper; 5.10 has none to
	 * the task. */
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)) {
		task = bpf_get_current_task_btf();
		if (!!(task->COMPAT_FIELD & COMPAT_BIT) != compat)
			return 0;
		files = task->files;
		if (!files)
			return 0;
		table = files->fdt;
		*limit = table->max_fds;
		return table->fd;
	}
	task = (struct task_struct *)bpf_get_current_task();
	if (!!(BPF_CORE_READ(task, COMPAT_FIELD) & COMPAT_BIT) != compat)
		return 0;
	table = BPF_CORE_READ(task, files, fdt);
	*limit = BPF_CORE_READ(table, max_fds);
	return BPF_CORE_READ(table, fd);
}

/* The socket's transport (enum ky_transport); 0 if it is not traced.
 */
static __always_inline __u8 transport_of(const struct sock *sock)
{
	__u16 family = FIELD(sock, sock, __sk_common.skc_family);
	__u16 type = FIELD(sock, sock, sk_type);
	__u16 protocol;

	if (family == AF_UNIX)
		return type == SOCK_STREAM && (socket_kinds & SOCKETS_UNIX) ? KY_TRANSPORT_UNIX : 0;
	if (family != AF_INET && family != AF_INET6)
		return 0;
	protocol = FIELD(sock, sock, sk_protocol);
	if (protocol == IPPROTO_TCP && type == SOCK_STREAM && (socket_kinds & SOCKETS_TCP))
		return KY_TRANSPORT_TCP;
	if (protocol == IPPROTO_UDP && type == SOCK_DGRAM && (socket_kinds & SOCKETS_UDP))
		return KY_TRANSPORT_UDP;
	return 0;
}

/* The socket behind a descriptor of the current task, and its transport; null if it is none to
 * trace.
 */
static __always_inline struct sock *socket_of(__u32 fd, bool compat, __u8 *transport)
{
	struct file **files, *file = 0;
	struct socket *socket;
	struct sock *sock;
	__u32 limit = 0;

	files = open_files(&limit, compat);
	if (!files || fd >= limit)
		return 0;
	if (has_casts())
		file = (struct file *)TYPED(hlist_head, files + fd)->first;
	else
		bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	if (!file)
		return 0;
	/* A socket points back at its file; for most other files this ends at the first read. */
	socket = FIELD(file, file, private_data);
	if (!socket || FIELD(socket, socket, file) != file)
		return 0;
	sock = FIELD(socket, socket, sk);
	if (!sock)
		return 0;
	*transport = transport_of(sock);
	return *transport ? sock : 0;
}

static __always_inline __u8 tcp_state_of(const struct sock *sock)
{
	return FIELD(sock, sock, __sk_common.skc_state);
}

static __always_inline __u32 sequence_of(const struct sock *sock, __u8 direction)
{
	return direction == KY_EGRESS ? FIELD(tcp_sock, sock, write_seq)
				      : FIELD(tcp_sock, sock, copied_seq);
}

/*
 * write_seq right after our SYN. Data may have gone with it (TCP_FASTOPEN). The SYN itself counts
 * as the first byte acknowledged.
 */
static __always_inline __u32 first_sequence_of(const struct sock *sock)
{
	const struct tcp_sock *tcp = (const struct tcp_sock *)sock;
	__u32 acknowledged = BPF_CORE_READ(tcp, bytes_acked);

	/* restored from another machine (TCP_REPAIR): there was no SYN */
	if (acknowledged == 0 && BPF_CORE_READ(sock, __sk_common.skc_state) == TCP_ESTABLISHED)
		return BPF_CORE_READ(tcp, write_seq);
	return BPF_CORE_READ(tcp, snd_una) - acknowledged + 1;
}

/* How far the stream has been read; a consumed FIN is not a byte. */
static __always_inline __u32 bytes_read_sequence_of(const struct sock *sock)
{
	__u32 copied = FIELD(tcp_sock, sock, copied_seq);

	if ((FIELD(sock, sock, __sk_common.skc_flags) & SOCK_FLAG_DONE) &&
	    copied == FIELD(tcp_sock, sock, rcv_nxt))
		copied--;
	return copied;
}

/* Bytes have been read that no call has told of. */
static __always_inline void meet_splice(void)
{
	if (by_sockets && !splices_met)
		splices_met = 1;
}

/* The last urgent byte, which reads step over. */
static __always_inline __u32 urgent_sequence_of(const struct sock *sock)
{
	const struct tcp_sock *tcp = (const struct tcp_sock *)sock;

	return BPF_CORE_READ(tcp, urg_seq);
}

/* No process holds the socket any more: its file is being released. */
static __always_inline bool is_released(const struct sock *sock)
{
	struct file *file = BPF_CORE_READ(sock, sk_socket, file);
	struct file___referenced *referenced = (void *)file;
	struct file___counted *counted = (void *)file;

	if (!file)
		return false;
	if (bpf_core_field_exists(referenced->f_ref))
		return (__u64)BPF_CORE_READ(referenced, f_ref.refcnt.counter) >=
			       FILE_REF_RELEASED &&
		       BPF_CORE_READ(referenced, f_ref.refcnt.counter) != -1;
	return BPF_CORE_READ(counted, f_count.counter) == 0;
}

/* This descriptor is the last one of the socket's file, and no call is in progress. */
static __always_inline bool has_one_holder(const struct sock *sock)
{
	struct file *file = BPF_CORE_READ(sock, sk_socket, file);
	struct file___referenced *referenced = (void *)file;
	struct file___counted *counted = (void *)file;

	if (!file)
		return false;
	/* the newer counter starts at 0 */
	if (bpf_core_field_exists(referenced->f_ref))
		return BPF_CORE_READ(referenced, f_ref.refcnt.counter) == 0;
	return BPF_CORE_READ(counted, f_count.counter) == 1;
}

static __always_inline __u32 inode_of(const struct socket *socket)
{
	return BPF_CORE_READ((const struct socket_alloc *)socket, vfs_inode.i_ino);
}

static __always_inline void fill_ipv4(struct ky_address *address, __be32 ip)
{
	address->family = 4;
	address->ip[10] = 0xff;
	address->ip[11] = 0xff;
	__builtin_memcpy(&address->ip[12], &ip, sizeof(ip));
}

static __always_inline bool is_mapped_ipv4(const struct ky_address *address)
{
	__u64 *words = (__u64 *)address->ip;

	return words[0] == 0 && (__u32)words[1] == bpf_htonl(0x0000ffff);
}

/* Both addresses must be zero before. */
static __always_inline void fill_addresses(const struct sock *sock, struct ky_address *local,
					   struct ky_address *remote)
{
	if (BPF_CORE_READ(sock, __sk_common.skc_family) == AF_INET) {
		fill_ipv4(local, BPF_CORE_READ(sock, __sk_common.skc_rcv_saddr));
		fill_ipv4(remote, BPF_CORE_READ(sock, __sk_common.skc_daddr));
	} else {
		BPF_CORE_READ_INTO(&local->ip, sock, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
		BPF_CORE_READ_INTO(&remote->ip, sock, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
		/* an IPv6 socket may carry IPv4 */
		local->family = is_mapped_ipv4(remote) ? 4 : 6;
		remote->family = local->family;
	}
	local->port = BPF_CORE_READ(sock, __sk_common.skc_num);
	remote->port = bpf_ntohs(BPF_CORE_READ(sock, __sk_common.skc_dport));
}

#endif
