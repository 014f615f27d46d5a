/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The family `socket` without kfuncs, for kernels that have none: from 5.13 to 5.15 the verifier
 * refuses a program that names one, even if it is never called.
 */
#define WITHOUT_CASTS
#include "socket.bpf.c"
