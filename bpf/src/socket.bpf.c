/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Family `socket`: connections and the bytes that system calls move over them.
 *
 * The end of a TCP connection is seen at the socket itself, which covers descriptors closed at exit
 * and by the last of several holders. close(2) matters only for other sockets.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "transfer.h"
#include "compat.h"
#include "ends.h"

#define E2BIG 7

/* alongside enum ky_call */
#define CALL_COMPAT_ACCEPT 0x81

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
	__u64 kind;

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
		if (!is_compat_call())
			return 0;
		kind = kind_of_compat(SYSCALL_NUMBER(regs), COMPAT_ARG1(regs));
		if (kind == KY_CALL_ACCEPT)
			kind = CALL_COMPAT_ACCEPT;
		break;
#endif
	default:
		return 0;
	}
	FORGET(kind, result);
	switch (kind) {
	case KY_CALL_NONE:
		return 0;
	case KY_CALL_CONNECT:
		exit_connect(ctx, regs, result);
		return 0;
	case KY_CALL_ACCEPT:
		exit_accept(ctx, result, false);
		return 0;
#ifdef COMPAT_CALLS
	case CALL_COMPAT_ACCEPT:
		exit_accept(ctx, result, true);
		return 0;
#endif
	default:
		exit_transfer(ctx, regs, kind, result);
		return 0;
	}
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_set_state, struct sock *sock, int from, int to)
{
	if (by_sockets)
		open_by_state(ctx, sock, from, to);
	change_state(ctx, sock, from, to);
	if (by_sockets)
		end_by_state(ctx, sock, to);
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(on_send, struct sock *sock, int result)
{
	move_out(ctx, sock, result);
	return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(on_recv, struct sock *sock, int result, int flags)
{
	move_in(ctx, sock, result, flags);
	return 0;
}

SEC("tp_btf/tcp_sendmsg_locked")
int BPF_PROG(on_sending, struct sock *sock, const void *message)
{
	begin_write(sock, (__u64)message);
	return 0;
}

/* Instead, where there is no such tracepoint. */
SEC("tp_btf/sys_enter")
int BPF_PROG(on_writing, struct pt_regs *regs, long number)
{
	enter_write(regs, number);
	return 0;
}

SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(on_space_adjust, struct sock *sock)
{
	splice_in(ctx, sock);
	return 0;
}

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(on_submit, struct io_kiocb *request)
{
	submit_request(request);
	return 0;
}

SEC("cgroup/recvmsg4")
int on_sender4(struct bpf_sock_addr *ctx)
{
	struct ky_address sender = {};

	fill_ipv4(&sender, ctx->user_ip4);
	sender.port = bpf_ntohs(ctx->user_port);
	note_sender(&sender);
	return 1;
}

SEC("cgroup/recvmsg6")
int on_sender6(struct bpf_sock_addr *ctx)
{
	struct ky_address sender = {};
	__u32 *ip = (__u32 *)sender.ip;

	ip[0] = ctx->user_ip6[0];
	ip[1] = ctx->user_ip6[1];
	ip[2] = ctx->user_ip6[2];
	ip[3] = ctx->user_ip6[3];
	sender.family = is_mapped_ipv4(&sender) ? 4 : 6;
	sender.port = bpf_ntohs(ctx->user_port);
	note_sender(&sender);
	return 1;
}

SEC("cgroup/sendmsg4")
int on_datagram4(struct bpf_sock_addr *ctx)
{
	begin_datagram();
	return 1;
}

SEC("cgroup/sendmsg6")
int on_datagram6(struct bpf_sock_addr *ctx)
{
	begin_datagram();
	return 1;
}

SEC("cgroup/getpeername4")
int on_accepted4(struct bpf_sock_addr *ctx)
{
	accept_by_name(ctx);
	return 1;
}

SEC("cgroup/getpeername6")
int on_accepted6(struct bpf_sock_addr *ctx)
{
	accept_by_name(ctx);
	return 1;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_destroy, struct sock *sock)
{
	if (by_sockets) {
		settle(sock);
		look_back(sock);
		open_unused(ctx, sock);
	}
	destroy(ctx, sock);
	return 0;
}

/* Run by user space. Writes nothing, but sends CLOSED for sockets that ended unseen. */
SEC("iter/bpf_map_elem")
int sweep_connections(struct bpf_iter__bpf_map_elem *ctx)
{
	sweep(ctx, ctx->key, ctx->value);
	return 0;
}

/* Run by user space after a change of rules: likewise, for what is no longer or newly wanted. */
SEC("iter/bpf_map_elem")
int review_connections(struct bpf_iter__bpf_map_elem *ctx)
{
	review(ctx, ctx->key, ctx->value);
	return 0;
}

/* Whether a task may be in a call of interest. Kernels before 5.15 do not say: maybe. */
static __always_inline bool may_be_in_call(struct task_struct *task)
{
	struct pt_regs *regs;

	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs) ||
	    task->COMPAT_FIELD & COMPAT_BIT)
		return true;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	return kind_of_number(SYSCALL_NUMBER(regs)) != KY_CALL_NONE;
}

/* Run by user space at the start. Writes nothing, but marks the threads that may be in a call. */
SEC("iter/task")
int presume_calls(struct bpf_iter__task *ctx)
{
	struct call presumed = { .kind = CALL_PRESUMED };
	struct task_struct *task = ctx->task;
	struct call *call;
	__u64 tgid_tid;

	if (!task || task->flags & PF_KTHREAD || !is_traced_process(task->tgid) ||
	    !may_be_in_call(task))
		return 0;
	tgid_tid = (__u64)task->tgid << 32 | (__u32)task->pid;
	call = bpf_map_lookup_elem(&calls, &tgid_tid);
	if (!call) {
		if (bpf_map_update_elem(&calls, &tgid_tid, &presumed, BPF_NOEXIST) == -E2BIG)
			count(KY_COUNTER_CALLS_FULL, 1);
	} else if (call->kind == KY_CALL_NONE) {
		call->kind = CALL_PRESUMED;
	}
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_thread_exit)
{
	__u64 tgid_tid = bpf_get_current_pid_tgid();

	forget_thread();
	if (by_sockets)
		bpf_map_delete_elem(&senders, &tgid_tid);
	return 0;
}

/* Puts every type of the contract into the object's BTF. */
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
