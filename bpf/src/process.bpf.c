/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Family `process`: what runs (iterator), starts and ends. A process is a thread group. Keeps
 * `traced_tgids` up to date as processes come and go.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "channel.h"
#include "traced.h"

/*
 * The end of a stack: the path given to exec, its zero, and a zero word, up to a page boundary.
 * Programs that change their titles leave it alone, as it lies after arguments and environment.
 */
#define STACK_PAGE 4096 /* or a multiple */
#define STACK_WORD 8
#define PATH_END (KY_PROCESS_NAME + STACK_WORD)
#define STACK_TAIL (PATH_END + STACK_WORD)

struct process_name {
	char text[KY_PROCESS_NAME]; /* padded with zeros */
	__u32 set;
};

/* executable's file name, comm or name it was started as, with the set -> enum verdict */
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

	/* with size and offset of the running kernel: an index into numbers[] cannot be relocated
	 */
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

/* Address of the tail of the process's stack; 0 for a kernel thread. */
static __always_inline __u64 stack_tail(struct task_struct *task)
{
	__u64 path = BPF_CORE_READ(task, mm, env_end);

	return path ? (path | (STACK_PAGE - 1)) + 1 - STACK_TAIL : 0;
}

/*
 * The last component of the path in the tail; none if the tail holds something else, or the name is
 * longer. A function of its own for the stack. Searches from the end: each place to stop is one
 * more state for the verifier, each place to begin would double them.
 */
static __noinline int fill_started_as(struct ky_process *process, const char *tail)
{
	__u32 i, begin = PATH_END - 1;

	for (i = begin; i < STACK_TAIL; i++)
		if (tail[i])
			return 0;
	for (; begin >= PATH_END - KY_PROCESS_NAME; begin--)
		if (tail[begin - 1] == '/' || !tail[begin - 1])
			break;
	if (begin < PATH_END - KY_PROCESS_NAME)
		return 0;
	/* with a helper, as 5.10 lets no program read its stack at a computed offset */
	bpf_probe_read_kernel_str(process->started_as, sizeof(process->started_as), tail + begin);
	return 0;
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

/* Reads the caller's memory: at fork the parent's, which holds the same.
 */
static __always_inline void fill_with_start(struct ky_process *process, __u8 kind,
					    struct task_struct *task)
{
	__u64 at = stack_tail(task);
	char tail[STACK_TAIL];

	fill(process, kind, task);
	if (at && !bpf_probe_read_user(tail, sizeof(tail), (void *)at))
		fill_started_as(process, tail);
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

/* The verdict on processes of this name; 0 if there is none. */
static __always_inline __u8 verdict_on_name(struct process_name *name, const char *text, __u32 size)
{
	__u8 *verdict;

	__builtin_memset(name->text, 0, sizeof(name->text));
	__builtin_memcpy(name->text, text, size);
	verdict = bpf_map_lookup_elem(&traced_names, name);
	return verdict ? *verdict : 0;
}

/* By its new names. A process that is left out stays so, whatever it becomes. */
static __always_inline void decide_by_name(const struct ky_process *process, __u32 now)
{
	__u32 key = tgid_key(process->tgid, now);
	__u8 *before = bpf_map_lookup_elem(&traced_tgids, &key);
	struct process_name name = { .set = now & RULE_SET };
	__u8 by_comm, by_start, verdict;

	if (before && *before == VERDICT_LEFT_OUT)
		return;
	verdict = verdict_on_name(&name, process->name, sizeof(process->name));
	by_comm = verdict_on_name(&name, process->comm, sizeof(process->comm));
	by_start = verdict_on_name(&name, process->started_as, sizeof(process->started_as));
	/* the greater one, left out, wins */
	if (by_comm > verdict)
		verdict = by_comm;
	if (by_start > verdict)
		verdict = by_start;
	if (verdict)
		decide(key, verdict);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task)
{
	struct ky_process process = {};
	__u32 now = rules;

	fill_with_start(&process, KY_KIND_EXEC, task);
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
	fill_with_start(&process, KY_KIND_FORK, child);
	if (now & RULE_PROCESSES) {
		key = tgid_key(parent->tgid, now);
		verdict = bpf_map_lookup_elem(&traced_tgids, &key);
		/* its pid may have been listed before it existed */
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
	/* from both sets, as the other one may be about to apply */
	if (rules & RULE_PROCESSES) {
		key = process.tgid;
		bpf_map_delete_elem(&traced_tgids, &key);
		key |= SECOND_SET;
		bpf_map_delete_elem(&traced_tgids, &key);
	}
	/* on most kernels its memory is gone: the comm would pass for the file name */
	__builtin_memset(process.name, 0, sizeof(process.name));
	send_process(ctx, &process);
	return 0;
}

/* A zombie has sent its end already. */
static __always_inline bool is_running_process(struct task_struct *task)
{
	return task && task->pid == task->tgid && task->signal->live.counter != 0;
}

static __always_inline void list_process(struct seq_file *list, struct ky_process *process)
{
	process->event.tid = bpf_get_current_pid_tgid() >> 32;
	process->event.emitted_at = bpf_ktime_get_ns();
	bpf_seq_write(list, process, sizeof(*process));
}

/* Read by user space: one struct ky_process per process. event.tid tells the reader its own tgid.
 */
SEC("iter/task")
int dump_processes(struct bpf_iter__task *ctx)
{
	struct ky_process process = {};
	struct task_struct *task = ctx->task;

	if (!is_running_process(task))
		return 0;
	fill(&process, KY_KIND_RUNNING, task);
	list_process(ctx->meta->seq, &process);
	return 0;
}

/* The same with what each was started as, which is in its own memory: since 5.18. */
SEC("iter.s/task")
int dump_started_processes(struct bpf_iter__task *ctx)
{
	struct ky_process process = {};
	struct task_struct *task = ctx->task;
	char tail[STACK_TAIL];
	__u64 at;

	if (!is_running_process(task))
		return 0;
	fill(&process, KY_KIND_RUNNING, task);
	at = stack_tail(task);
	if (at && !bpf_copy_from_user_task(tail, sizeof(tail), (void *)at, task, 0))
		fill_started_as(&process, tail);
	list_process(ctx->meta->seq, &process);
	return 0;
}

const struct ky_process *contract __attribute__((unused));

char LICENSE[] SEC("license") = "GPL";
