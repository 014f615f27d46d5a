/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The family `socket` with the other form of attachment: two tracepoints per
 * system call instead of one pair for all. Same maps, same helpers, same work
 * per traced call, so that run.sh measures the form alone.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "transfer.h"

/* Both of trace/events/syscalls: 8 bytes of every tracepoint, the number, then this. */
struct enter_context {
	__u64 common;
	__u64 number;
	__u64 arguments[6];
};

struct exit_context {
	__u64 common;
	__u64 number;
	long result;
};

#define TRANSFER(name, call, flag_argument)                                    \
	SEC("tp/syscalls/sys_enter_" #name)                                    \
	int enter_##name(struct enter_context *ctx)                            \
	{                                                                      \
		struct transfer transfer = {                                   \
			.kind = call,                                          \
			.fd = ctx->arguments[0],                               \
			.buffer = ctx->arguments[1],                           \
			.segments = ctx->arguments[2],                         \
			.flags = flag_argument,                                \
		};                                                             \
		enter_transfer(&transfer);                                     \
		return 0;                                                      \
	}                                                                      \
	SEC("tp/syscalls/sys_exit_" #name)                                     \
	int exit_##name(struct exit_context *ctx)                              \
	{                                                                      \
		exit_transfer(call, ctx->result);                              \
		return 0;                                                      \
	}

TRANSFER(read, KY_CALL_READ, 0)
TRANSFER(write, KY_CALL_WRITE, 0)
TRANSFER(readv, KY_CALL_READV, 0)
TRANSFER(writev, KY_CALL_WRITEV, 0)
TRANSFER(sendto, KY_CALL_SENDTO, ctx->arguments[3])
TRANSFER(recvfrom, KY_CALL_RECVFROM, ctx->arguments[3])
TRANSFER(sendmsg, KY_CALL_SENDMSG, ctx->arguments[2])
TRANSFER(recvmsg, KY_CALL_RECVMSG, ctx->arguments[2])

SEC("tp/syscalls/sys_enter_connect")
int enter_connect_call(struct enter_context *ctx)
{
	enter_connect(ctx->arguments[0], ctx->arguments[1]);
	return 0;
}

SEC("tp/syscalls/sys_exit_connect")
int exit_connect_call(struct exit_context *ctx)
{
	exit_connect(ctx->result);
	return 0;
}

SEC("tp/syscalls/sys_exit_accept")
int exit_accept_call(struct exit_context *ctx)
{
	exit_accept(ctx->result);
	return 0;
}

SEC("tp/syscalls/sys_exit_accept4")
int exit_accept4_call(struct exit_context *ctx)
{
	exit_accept(ctx->result);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_set_state, struct sock *sock, int from, int to)
{
	change_state(sock, from, to);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_destroy, struct sock *sock)
{
	destroy(sock);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_thread_exit)
{
	forget_thread();
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
