/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Which processes are traced. Both objects define this map alike; user space lets them share one.
 */
#ifndef KYANOS_TRACED_H
#define KYANOS_TRACED_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

/* Off: every process but our own. On: those in `traced_tgids`. */
const volatile bool filter_by_process = false;

/* tgid -> 1 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u8);
} traced_tgids SEC(".maps");

#endif
