/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The family `socket` without calls of kernel functions, for kernels that have none to offer: from
 * 5.13 to 5.15 the verifier refuses a program that names one, even where it is never called.
 */
#define WITHOUT_CASTS
#include "socket.bpf.c"
