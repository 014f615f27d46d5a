/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What differs between machines: registers at the system call border, call numbers, 32-bit tasks.
 */
#ifndef KYANOS_ARCH_H
#define KYANOS_ARCH_H

#include "vmlinux.h"

#if defined(__TARGET_ARCH_x86)

#define SYSCALL_ARG1(regs) ((regs)->di)
#define SYSCALL_ARG2(regs) ((regs)->si)
#define SYSCALL_ARG3(regs) ((regs)->dx)
#define SYSCALL_ARG4(regs) ((regs)->r10)
#define SYSCALL_ARG5(regs) ((regs)->r8)
#define SYSCALL_NUMBER(regs) ((long)(regs)->orig_ax)

enum syscall_number {
	NR_READ = 0,
	NR_WRITE = 1,
	NR_CLOSE = 3, /* also COMPAT_READ */
	NR_READV = 19,
	NR_WRITEV = 20,
	NR_SENDFILE = 40,
	NR_CONNECT = 42,
	NR_ACCEPT = 43,
	NR_SENDTO = 44,
	NR_RECVFROM = 45,
	NR_SENDMSG = 46,
	NR_RECVMSG = 47,
	NR_SOCKETPAIR = 53,
	NR_SPLICE = 275,
	NR_ACCEPT4 = 288,
	NR_RECVMMSG = 299,
	NR_SENDMMSG = 307,
	/* on a socket readv and writev, as their offset can only be -1 */
	NR_PREADV2 = 327,
	NR_PWRITEV2 = 328,
};

/* TS_COMPAT: the call came by the 32-bit entry, so its number means another call */
#define COMPAT_FIELD thread_info.status
#define COMPAT_BIT 0x0002

/* 32-bit calls. Of these numbers only one is that of a 64-bit call above, that of close. */
#define COMPAT_CALLS 1
#define COMPAT_ARG1(regs) ((__u32)(regs)->bx)
#define COMPAT_ARG2(regs) ((__u32)(regs)->cx)
#define COMPAT_ARG3(regs) ((__u32)(regs)->dx)
#define COMPAT_ARG4(regs) ((__u32)(regs)->si)
#define COMPAT_ARG5(regs) ((__u32)(regs)->di)

enum compat_number {
	COMPAT_READ = 3,
	COMPAT_WRITE = 4,
	COMPAT_SOCKETCALL = 102,
	COMPAT_READV = 145,
	COMPAT_WRITEV = 146,
	COMPAT_SENDFILE = 187,
	COMPAT_SENDFILE64 = 239,
	COMPAT_SPLICE = 313,
	COMPAT_RECVMMSG = 337,
	COMPAT_SENDMMSG = 345,
	COMPAT_CONNECT = 362,
	COMPAT_ACCEPT4 = 364,
	COMPAT_SENDTO = 369,
	COMPAT_SENDMSG = 370,
	COMPAT_RECVFROM = 371,
	COMPAT_RECVMSG = 372,
	COMPAT_PREADV2 = 378,
	COMPAT_PWRITEV2 = 379,
	COMPAT_RECVMMSG_TIME64 = 417,
};

/* The first argument of socketcall; its second points to those of the call so named. */
enum socketcall {
	SOCKETCALL_CONNECT = 3,
	SOCKETCALL_ACCEPT = 5,
	SOCKETCALL_SEND = 9,
	SOCKETCALL_RECV = 10,
	SOCKETCALL_SENDTO = 11,
	SOCKETCALL_RECVFROM = 12,
	SOCKETCALL_SENDMSG = 16,
	SOCKETCALL_RECVMSG = 17,
	SOCKETCALL_ACCEPT4 = 18,
	SOCKETCALL_RECVMMSG = 19,
	SOCKETCALL_SENDMMSG = 20,
};

#elif defined(__TARGET_ARCH_arm64)

#define SYSCALL_ARG1(regs) ((regs)->orig_x0)
#define SYSCALL_ARG2(regs) ((regs)->regs[1])
#define SYSCALL_ARG3(regs) ((regs)->regs[2])
#define SYSCALL_ARG4(regs) ((regs)->regs[3])
#define SYSCALL_ARG5(regs) ((regs)->regs[4])
#define SYSCALL_NUMBER(regs) ((long)(regs)->syscallno)

enum syscall_number {
	NR_CLOSE = 57,
	NR_READ = 63,
	NR_WRITE = 64,
	NR_READV = 65,
	NR_WRITEV = 66,
	NR_SENDFILE = 71,
	NR_SPLICE = 76,
	NR_SOCKETPAIR = 199,
	NR_ACCEPT = 202,
	NR_CONNECT = 203,
	NR_SENDTO = 206,
	NR_RECVFROM = 207,
	NR_SENDMSG = 211,
	NR_RECVMSG = 212,
	NR_ACCEPT4 = 242,
	NR_RECVMMSG = 243,
	NR_SENDMMSG = 269,
	NR_PREADV2 = 286,
	NR_PWRITEV2 = 287,
};

/* TIF_32BIT */
#define COMPAT_FIELD thread_info.flags
#define COMPAT_BIT (1UL << 22)

#endif
#endif
