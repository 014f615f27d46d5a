/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Calls of 32-bit programs: other numbers and registers, and arguments that point to structures of
 * half the width. Most of these programs use socketcall, one call for all socket calls.
 */
#ifndef KYANOS_COMPAT_H
#define KYANOS_COMPAT_H

#include "transfer.h"

static __always_inline bool is_compat_call(void)
{
	struct task_struct *task;

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)) {
		task = bpf_get_current_task_btf();
		return task->COMPAT_FIELD & COMPAT_BIT;
	}
	task = (struct task_struct *)bpf_get_current_task();
	return BPF_CORE_READ(task, COMPAT_FIELD) & COMPAT_BIT;
}

#ifdef COMPAT_CALLS

/* For a switch. 64-bit programs use most of these numbers, too, for calls of no interest. */
#define COMPAT_CASES                                                                               \
	COMPAT_READ:                                                                               \
	case COMPAT_WRITE:                                                                         \
	case COMPAT_SOCKETCALL:                                                                    \
	case COMPAT_READV:                                                                         \
	case COMPAT_WRITEV:                                                                        \
	case COMPAT_SENDFILE:                                                                      \
	case COMPAT_SENDFILE64:                                                                    \
	case COMPAT_SPLICE:                                                                        \
	case COMPAT_RECVMMSG:                                                                      \
	case COMPAT_SENDMMSG:                                                                      \
	case COMPAT_CONNECT:                                                                       \
	case COMPAT_ACCEPT4:                                                                       \
	case COMPAT_SENDTO:                                                                        \
	case COMPAT_SENDMSG:                                                                       \
	case COMPAT_RECVFROM:                                                                      \
	case COMPAT_RECVMSG:                                                                       \
	case COMPAT_PREADV2:                                                                       \
	case COMPAT_PWRITEV2:                                                                      \
	case COMPAT_RECVMMSG_TIME64

/* Whether a 32-bit call of this number may move bytes. */
static __always_inline bool is_compat_number(long number)
{
	switch (number) {
	case COMPAT_CASES:
		return true;
	default:
		return false;
	}
}

static __always_inline __u16 kind_of_socketcall(__u32 number)
{
	switch (number) {
	case SOCKETCALL_CONNECT:
		return KY_CALL_CONNECT;
	case SOCKETCALL_ACCEPT:
	case SOCKETCALL_ACCEPT4:
		return KY_CALL_ACCEPT;
	case SOCKETCALL_SEND:
	case SOCKETCALL_SENDTO:
		return KY_CALL_SENDTO;
	case SOCKETCALL_RECV:
	case SOCKETCALL_RECVFROM:
		return KY_CALL_RECVFROM;
	case SOCKETCALL_SENDMSG:
		return KY_CALL_SENDMSG;
	case SOCKETCALL_RECVMSG:
		return KY_CALL_RECVMSG;
	case SOCKETCALL_SENDMMSG:
		return KY_CALL_SENDMMSG;
	case SOCKETCALL_RECVMMSG:
		return KY_CALL_RECVMMSG;
	default:
		return KY_CALL_NONE;
	}
}

static __always_inline __u16 kind_of_compat(long number, __u32 first)
{
	switch (number) {
	case COMPAT_READ:
		return KY_CALL_READ;
	case COMPAT_WRITE:
		return KY_CALL_WRITE;
	case COMPAT_SOCKETCALL:
		return kind_of_socketcall(first);
	case COMPAT_READV:
	case COMPAT_PREADV2:
		return KY_CALL_READV;
	case COMPAT_WRITEV:
	case COMPAT_PWRITEV2:
		return KY_CALL_WRITEV;
	case COMPAT_SENDFILE:
	case COMPAT_SENDFILE64:
		return KY_CALL_SENDFILE;
	case COMPAT_SPLICE:
		return KY_CALL_SPLICE;
	case COMPAT_RECVMMSG:
	case COMPAT_RECVMMSG_TIME64:
		return KY_CALL_RECVMMSG;
	case COMPAT_SENDMMSG:
		return KY_CALL_SENDMMSG;
	case COMPAT_CONNECT:
		return KY_CALL_CONNECT;
	case COMPAT_ACCEPT4:
		return KY_CALL_ACCEPT;
	case COMPAT_SENDTO:
		return KY_CALL_SENDTO;
	case COMPAT_SENDMSG:
		return KY_CALL_SENDMSG;
	case COMPAT_RECVFROM:
		return KY_CALL_RECVFROM;
	case COMPAT_RECVMSG:
		return KY_CALL_RECVMSG;
	default:
		return KY_CALL_NONE;
	}
}

/* The kind and the arguments of a 32-bit call; KY_CALL_NONE if it is none that moves bytes. */
static __always_inline void take_compat_arguments(struct transfer *transfer, struct pt_regs *regs,
						  long number)
{
	__u32 arguments[5];
	__u8 transport;
	__u64 kind;

	arguments[0] = COMPAT_ARG1(regs);
	arguments[1] = COMPAT_ARG2(regs);
	arguments[2] = COMPAT_ARG3(regs);
	arguments[3] = COMPAT_ARG4(regs);
	arguments[4] = COMPAT_ARG5(regs);
	transfer->compat = true;
	kind = kind_of_compat(number, arguments[0]);
	FORGET(kind, number);
	transfer->kind = kind;
	/* may read beyond the call's last argument; the excess is not used */
	if (number == COMPAT_SOCKETCALL &&
	    bpf_probe_read_user(arguments, sizeof(arguments), (void *)(__u64)arguments[1])) {
		transfer->kind = KY_CALL_NONE;
		return;
	}
	transfer->fd = arguments[0];
	transfer->buffer = arguments[1];
	transfer->segments = arguments[2];
	transfer->direction = direction_of(transfer->kind);
	switch (transfer->kind) {
	case KY_CALL_SENDMSG:
	case KY_CALL_RECVMSG:
		transfer->flags = arguments[2];
		break;
	case KY_CALL_SPLICE:
		if (!socket_of(transfer->fd, true, &transport)) {
			transfer->direction = KY_EGRESS;
			transfer->fd = arguments[2];
		}
		break;
	case KY_CALL_SENDTO:
	case KY_CALL_RECVFROM:
		/* send and recv have no address */
		if (number != COMPAT_SOCKETCALL || COMPAT_ARG1(regs) == SOCKETCALL_SENDTO ||
		    COMPAT_ARG1(regs) == SOCKETCALL_RECVFROM)
			transfer->address = arguments[4];
		transfer->flags = arguments[3];
		break;
	case KY_CALL_SENDMMSG:
	case KY_CALL_RECVMMSG:
		transfer->flags = arguments[3];
		break;
	default:
		break;
	}
}

static __noinline int enter_compat(void *ctx, struct pt_regs *regs, long number)
{
	struct transfer transfer = {};

	if (!is_compat_call())
		return 0;
	take_compat_arguments(&transfer, regs, number);
	switch (transfer.kind) {
	case KY_CALL_NONE:
	case KY_CALL_ACCEPT:
		break;
	case KY_CALL_CONNECT:
		enter_connect(ctx, transfer.fd, transfer.buffer, true);
		break;
	default:
		enter_transfer(&transfer);
	}
	return 0;
}

#else

static __always_inline bool is_compat_number(long number)
{
	return false;
}

#endif
#endif
