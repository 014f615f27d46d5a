/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Family `process`: what runs (iterator), what starts and what ends. A process
 * is a thread group. Keeps `traced_tgids` true as processes come and go.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "channel.h"
#include "traced.h"

struct process_name {
	char text[KY_PROCESS_NAME]; /* zeros behind the end */
	__u32 set;
};

/* An executable's file name, or a comm, and the set -> enum verdict */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct process_name);
	__type(value, __u8);
} traced_names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1024 * 1024);
} process_events SEC(".maps");

static __always_inline void fill_namespaces(struct ky_process *process, struct task_struct *task)
{
	struct nsproxy *spaces = BPF_CORE_READ(task, nsproxy);
	struct pid *pid = BPF_CORE_READ(task, signal, pids[PIDTYPE_TGID]);
	struct upid *innermost;

	/* by size and offset of the running kernel: an index into numbers[] is not relocatable */
	innermost = (void *)pid + bpf_core_field_offset(pid->numbers) +
		    (__u64)BPF_CORE_READ(pid, level) * bpf_core_type_size(struct upid);
	process->tgid_in_namespace = BPF_CORE_READ(innermost, nr);
	process->pid_namespace = BPF_CORE_READ(innermost, ns, ns.inum);
	if (!spaces)
		return;
	process->mount_namespace = BPF_CORE_READ(spaces, mnt_ns, ns.inum);
	process->netns = BPF_CORE_READ(spaces, net_ns, ns.inum);
}

/* Kernel threads have no executable and are named by their comm. */
static __always_inline void fill_name(struct ky_process *process, struct task_struct *task)
{
	struct file *executable = BPF_CORE_READ(task, mm, exe_file);

	if (executable)
		bpf_probe_read_kernel_str(process->name, sizeof(process->name),
					  BPF_CORE_READ(executable, f_path.dentry, d_name.name));
	else if (!BPF_CORE_READ(task, mm))
		__builtin_memcpy(process->name, process->comm, sizeof(process->comm));
}

/* The event must be zero before. */
static __always_inline void fill(struct ky_process *process, __u8 kind, struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	process->tgid = BPF_CORE_READ(task, tgid);
	process->parent_tgid = BPF_CORE_READ(leader, real_parent, tgid);
	process->event.kind = kind;
	process->event.tgid_fd = (__u64)process->tgid << 32;
	process->event.tid = BPF_CORE_READ(task, pid);
	process->started_at = BPF_CORE_READ(leader, start_time);
	process->cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	BPF_CORE_READ_INTO(&process->comm, leader, comm);
	fill_namespaces(process, task);
	fill_name(process, task);
}

static __always_inline void send_process(void *ctx, struct ky_process *process)
{
	if (send(ctx, &process_events, &process->event, sizeof(*process)))
		count(KY_COUNTER_SENT_PROCESS, 1);
	else
		count(KY_COUNTER_LOST_PROCESS, 1);
}

static __always_inline void decide(__u32 key, __u8 verdict)
{
	if (bpf_map_update_elem(&traced_tgids, &key, &verdict, BPF_ANY))
		count(KY_COUNTER_TRACED_FULL, 1);
}

/* The verdict on a process by this name; 0 if there is none. */
static __always_inline __u8 verdict_on_name(const char *text, __u32 size, __u32 now)
{
	struct process_name name = {};
	__u8 *verdict;

	__builtin_memcpy(name.text, text, size);
	name.set = now & RULE_SET;
	verdict = bpf_map_lookup_elem(&traced_names, &name);
	return verdict ? *verdict : 0;
}

/* By its new names. What is left out stays so, whatever it becomes. */
static __always_inline void decide_by_name(const struct ky_process *process, __u32 now)
{
	__u32 key = tgid_key(process->tgid, now);
	__u8 *before = bpf_map_lookup_elem(&traced_tgids, &key);
	__u8 by_comm, verdict;

	if (before && *before == VERDICT_LEFT_OUT)
		return;
	verdict = verdict_on_name(process->name, sizeof(process->name), now);
	by_comm = verdict_on_name(process->comm, sizeof(process->comm), now);
	/* left out is the greater */
	if (by_comm > verdict)
		verdict = by_comm;
	if (verdict)
		decide(key, verdict);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task)
{
	struct ky_process process = {};
	__u32 now = rules;

	fill(&process, KY_KIND_EXEC, task);
	if (now & RULE_NAMES)
		decide_by_name(&process, now);
	send_process(ctx, &process);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct ky_process process = {};
	__u32 now = rules;
	__u8 *verdict, *own;
	__u32 key;

	if (child->pid != child->tgid)
		return 0;
	fill(&process, KY_KIND_FORK, child);
	if (now & RULE_PROCESSES) {
		key = tgid_key(parent->tgid, now);
		verdict = bpf_map_lookup_elem(&traced_tgids, &key);
		/* its number may have been named before it was there */
		key = tgid_key(process.tgid, now);
		own = bpf_map_lookup_elem(&traced_tgids, &key);
		if (verdict && (!own || *own < *verdict))
			decide(key, *verdict);
	}
	send_process(ctx, &process);
	return 0;
}

/* The last threads of a process may end at once on two CPUs: then EXIT is sent twice. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct ky_process process = {};
	__u32 key;

	if (task->signal->live.counter != 0)
		return 0;
	fill(&process, KY_KIND_EXIT, task);
	/* from both sets, as the other one may be about to become true */
	if (rules & RULE_PROCESSES) {
		key = process.tgid;
		bpf_map_delete_elem(&traced_tgids, &key);
		key |= SECOND_SET;
		bpf_map_delete_elem(&traced_tgids, &key);
	}
	/* its memory is gone on most kernels: the comm would pass for the file's name */
	__builtin_memset(process.name, 0, sizeof(process.name));
	send_process(ctx, &process);
	return 0;
}

/* Read by user space: one struct ky_process per process. event.tid tells the reader its own tgid.
 */
SEC("iter/task")
int dump_processes(struct bpf_iter__task *ctx)
{
	struct ky_process process = {};
	struct task_struct *task = ctx->task;

	/* what waits to be reaped has told its end already */
	if (!task || task->pid != task->tgid || task->signal->live.counter == 0)
		return 0;
	fill(&process, KY_KIND_RUNNING, task);
	process.event.tid = bpf_get_current_pid_tgid() >> 32;
	process.event.emitted_at = bpf_ktime_get_ns();
	bpf_seq_write(ctx->meta->seq, &process, sizeof(process));
	return 0;
}

const struct ky_process *contract __attribute__((unused));

char LICENSE[] SEC("license") = "GPL";
