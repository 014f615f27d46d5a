/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What the bridge's tests load: one small thing of each kind that the bridge handles. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct record {
	__u64 number;
	__u64 at;
};

const volatile __u32 wanted_tgid = 0;
const volatile __u64 wanted_call = 0;
const volatile __u32 record_bytes = sizeof(struct record);
const volatile __u32 discard_every = 0;
const volatile __u8 knob_bytes[12] = {};
const volatile _Bool to_second = 0;
const volatile _Bool to_perf = 0;

__u32 reader_asleep = 0;
__u64 numbers = 0;
__u32 pair[2] = { 7, 8 };

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} more_records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64[2]);
} counts SEC(".maps"); /* [0]: written, lost */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u64);
	__type(value, __u32[3]);
} table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4);
	__type(value, __u64);
} queue SEC(".maps");

struct prefix {
	__u32 bits;
	__u8 address[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, __u32);
} prefixes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u32[3]);
} shared SEC(".maps");

#define DRAFT_BYTES 32768

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, char[DRAFT_BYTES]);
} drafts SEC(".maps");

static __always_inline void count(__u64 written, __u64 lost)
{
	__u32 zero = 0;
	__u64(*value)[2] = bpf_map_lookup_elem(&counts, &zero);

	if (!value)
		return;
	(*value)[0] += written;
	(*value)[1] += lost;
}

static __always_inline void write_record(void *ring)
{
	struct record *record;
	__u64 number, flags;

	number = __sync_fetch_and_add(&numbers, 1);
	record = bpf_ringbuf_reserve(ring, record_bytes, 0);
	if (!record) {
		count(0, 1);
		return;
	}
	record->number = number;
	record->at = bpf_ktime_get_ns();
	if (discard_every && number % discard_every == 0) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		return;
	}
	/* an atomic operation with a result is a full barrier: see the reader's rule of sleep */
	__sync_fetch_and_add(&numbers, 0);
	flags = *(volatile __u32 *)&reader_asleep ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
	bpf_ringbuf_submit(record, flags);
	count(1, 0);
}

/* For the bytes behind the first 16 the test has filled in what it likes. */
static __always_inline void write_perf_record(void *ctx)
{
	__u32 zero = 0;
	struct record *draft = bpf_map_lookup_elem(&drafts, &zero);
	__u64 number;

	if (!draft)
		return;
	number = __sync_fetch_and_add(&numbers, 1);
	/* the reader goes by what a record begins with */
	draft->number = bpf_ktime_get_ns();
	draft->at = number << 8 | bpf_get_smp_processor_id();
	if (bpf_perf_event_output(ctx, &records, BPF_F_CURRENT_CPU, draft, record_bytes & (DRAFT_BYTES - 1)))
		count(0, 1);
	else
		count(1, 0);
}

/* One record for each call of the wanted kind by the wanted process. */
SEC("raw_tp/sys_enter")
int write_calls(struct bpf_raw_tracepoint_args *ctx)
{
	if (ctx->args[1] != wanted_call || bpf_get_current_pid_tgid() >> 32 != wanted_tgid)
		return 0;
	if (to_perf)
		write_perf_record(ctx);
	else if (to_second && numbers % 2)
		write_record(&more_records);
	else
		write_record(&records);
	return 0;
}

SEC("?raw_tp/sys_exit")
int never_asked(struct bpf_raw_tracepoint_args *ctx)
{
	return 0;
}

/* Loads everywhere; there is no such function to attach to. */
SEC("kprobe/kyanos_no_such_function")
int refused_at_attach(void *ctx)
{
	return 0;
}

/* Some kernels refuse it at load, others take it. */
SEC("fentry/tcp_sendmsg")
int refused_by_some(void *ctx)
{
	return 0;
}

/* Reads memory it must not: every verifier refuses it. */
SEC("raw_tp/sys_exit")
int refused_by_verifier(struct bpf_raw_tracepoint_args *ctx)
{
	return *(volatile int *)(ctx->args[0]);
}

struct seq_file;
struct task_struct {
	int pid;
	int tgid;
} __attribute__((preserve_access_index));

struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __attribute__((preserve_access_index));

SEC("iter/task")
int list_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	__u32 ids[3];

	if (!task)
		return 0;
	ids[0] = task->tgid;
	ids[1] = task->pid;
	ids[2] = bpf_get_current_pid_tgid() >> 32; /* who reads: the test, as the kernel counts */
	bpf_seq_write(ctx->meta->seq, ids, sizeof(ids));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
