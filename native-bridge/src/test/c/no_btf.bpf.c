/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Compiled without type information: its constant cannot be found by name. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

const volatile __u32 wanted_tgid = 0;

SEC("raw_tp/sys_enter")
int compare_tgid(void *ctx)
{
	return bpf_get_current_pid_tgid() >> 32 == wanted_tgid;
}

char LICENSE[] SEC("license") = "GPL";
