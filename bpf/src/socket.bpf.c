/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Family `socket`: connections and the bytes that system calls move over them.
 *
 * The end of a TCP connection is seen at the socket itself, which also covers
 * descriptors closed by exit and by the last of several holders. close(2) is
 * looked at for the sockets of other kinds alone.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "transfer.h"
#include "compat.h"

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long number)
{
	struct transfer transfer = {};

	switch (number) {
	case NR_READ:
		transfer.kind = KY_CALL_READ;
		break;
	case NR_WRITE:
		transfer.kind = KY_CALL_WRITE;
		break;
	case NR_READV:
	case NR_PREADV2:
		transfer.kind = KY_CALL_READV;
		break;
	case NR_WRITEV:
	case NR_PWRITEV2:
		transfer.kind = KY_CALL_WRITEV;
		break;
	case NR_SENDFILE:
		transfer.kind = KY_CALL_SENDFILE;
		break;
	case NR_SENDTO:
		transfer.kind = KY_CALL_SENDTO;
		transfer.flags = SYSCALL_ARG4(regs);
		transfer.address = SYSCALL_ARG5(regs);
		break;
	case NR_RECVFROM:
		transfer.kind = KY_CALL_RECVFROM;
		transfer.flags = SYSCALL_ARG4(regs);
		transfer.address = SYSCALL_ARG5(regs);
		break;
	case NR_SENDMSG:
		transfer.kind = KY_CALL_SENDMSG;
		transfer.flags = SYSCALL_ARG3(regs);
		break;
	case NR_RECVMSG:
		transfer.kind = KY_CALL_RECVMSG;
		transfer.flags = SYSCALL_ARG3(regs);
		break;
	case NR_SENDMMSG:
		transfer.kind = KY_CALL_SENDMMSG;
		transfer.flags = SYSCALL_ARG4(regs);
		break;
	case NR_RECVMMSG:
		transfer.kind = KY_CALL_RECVMMSG;
		transfer.flags = SYSCALL_ARG4(regs);
		break;
	case NR_CONNECT:
		enter_connect(ctx, SYSCALL_ARG1(regs), SYSCALL_ARG2(regs), false);
		return 0;
	case NR_SPLICE:
		enter_splice(SYSCALL_ARG1(regs), SYSCALL_ARG3(regs), false);
		return 0;
#ifdef COMPAT_CALLS
	case COMPAT_CASES:
		if (number == NR_CLOSE && !is_compat_call())
			return enter_close(ctx, SYSCALL_ARG1(regs));
		return enter_compat(ctx, regs, number);
#else
	case NR_CLOSE:
		return enter_close(ctx, SYSCALL_ARG1(regs));
#endif
	default:
		return 0;
	}
	transfer.fd = SYSCALL_ARG1(regs);
	transfer.buffer = SYSCALL_ARG2(regs);
	transfer.segments = SYSCALL_ARG3(regs);
	transfer.direction = direction_of(transfer.kind);
	enter_transfer(&transfer);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long result)
{
	bool compat = false;
	__u16 kind;

	switch (SYSCALL_NUMBER(regs)) {
	case NR_READ:
		kind = KY_CALL_READ;
		break;
	case NR_WRITE:
		kind = KY_CALL_WRITE;
		break;
	case NR_READV:
	case NR_PREADV2:
		kind = KY_CALL_READV;
		break;
	case NR_WRITEV:
	case NR_PWRITEV2:
		kind = KY_CALL_WRITEV;
		break;
	case NR_SENDFILE:
		kind = KY_CALL_SENDFILE;
		break;
	case NR_SENDTO:
		kind = KY_CALL_SENDTO;
		break;
	case NR_RECVFROM:
		kind = KY_CALL_RECVFROM;
		break;
	case NR_SENDMSG:
		kind = KY_CALL_SENDMSG;
		break;
	case NR_RECVMSG:
		kind = KY_CALL_RECVMSG;
		break;
	case NR_SENDMMSG:
		kind = KY_CALL_SENDMMSG;
		break;
	case NR_RECVMMSG:
		kind = KY_CALL_RECVMMSG;
		break;
	case NR_SPLICE:
		kind = KY_CALL_SPLICE;
		break;
	case NR_CONNECT:
		kind = KY_CALL_CONNECT;
		break;
	case NR_ACCEPT:
	case NR_ACCEPT4:
		kind = KY_CALL_ACCEPT;
		break;
	case NR_SOCKETPAIR:
		exit_socketpair(ctx, SYSCALL_ARG4(regs), result);
		return 0;
#ifdef COMPAT_CALLS
	case COMPAT_CASES:
		compat = is_compat_call();
		if (!compat)
			return 0;
		kind = kind_of_compat(SYSCALL_NUMBER(regs), COMPAT_ARG1(regs));
		break;
#endif
	default:
		return 0;
	}
	switch (kind) {
	case KY_CALL_NONE:
		return 0;
	case KY_CALL_CONNECT:
		exit_connect(ctx, result);
		return 0;
	case KY_CALL_ACCEPT:
		exit_accept(ctx, result, compat);
		return 0;
	default:
		exit_transfer(ctx, kind, result);
		return 0;
	}
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_set_state, struct sock *sock, int from, int to)
{
	change_state(ctx, sock, from, to);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_destroy, struct sock *sock)
{
	destroy(ctx, sock);
	return 0;
}

/* Run by user space: writes nothing, but sends CLOSED for the sockets that have ended unseen. */
SEC("iter/bpf_map_elem")
int sweep_connections(struct bpf_iter__bpf_map_elem *ctx)
{
	sweep(ctx, ctx->key, ctx->value);
	return 0;
}

/* Run by user space after a change of the rules: likewise, for what is wanted no more or newly. */
SEC("iter/bpf_map_elem")
int review_connections(struct bpf_iter__bpf_map_elem *ctx)
{
	review(ctx, ctx->key, ctx->value);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_thread_exit)
{
	forget_thread();
	return 0;
}

/* Puts every type of the contract into the object's type information. */
struct contract {
	enum ky_kind kind;
	enum ky_direction direction;
	enum ky_side side;
	enum ky_origin origin;
	enum ky_transport transport;
	enum ky_close_reason close_reason;
	enum ky_end end;
	enum ky_protocol protocol;
	enum ky_message message;
	enum ky_trace_state trace_state;
	enum ky_call call;
	enum ky_counter counter;
	enum ky_flag flag;
	enum ky_connection_flag connection_flag;
	struct ky_event event;
	struct ky_address address;
	struct ky_opened opened;
	struct ky_inferred inferred;
	struct ky_closed closed;
	struct ky_data data;
	struct ky_process process;
	struct ky_connection connection;
};
const struct contract *contract __attribute__((unused));

char LICENSE[] SEC("license") = "GPL";
