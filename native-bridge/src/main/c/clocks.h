/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KYANOS_CLOCKS_H
#define KYANOS_CLOCKS_H

#include <stdint.h>

/*
 * The clock of bpf_ktime_get_ns(). It is CLOCK_MONOTONIC, but a time namespace shifts that for who lives in it, and not
 * for BPF programs: by how much is measured once, through a program. Never ahead of theirs; behind by a microsecond.
 */
uint64_t kernel_nanos(void);
int64_t realtime_minus_kernel_nanos(void);

/* Measures now, unless done already; the other functions measure by themselves if they must. */
void clock_measure(void);

/* errno of why the kernel did not let it be measured, so that our own clock is taken for it; 0 where it did. */
int clock_refusal(void);

#endif
