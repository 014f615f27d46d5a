/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KYANOS_CLOCKS_H
#define KYANOS_CLOCKS_H

#include <stdint.h>

/* The clock of bpf_ktime_get_ns(). */
uint64_t monotonic_nanos(void);
int64_t realtime_minus_monotonic_nanos(void);

#endif
