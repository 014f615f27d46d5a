/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What io_uring moves over sockets. It passes the same tracepoints as system calls do, but no
 * registers say where its bytes lie: the request does, if it is certain which one it is. Requests
 * are noted as they are submitted, by the file and direction, or, where the file is known only to
 * the ring, by the thread. Of several that wait for the same file and direction none is certain.
 */
#ifndef KYANOS_URING_H
#define KYANOS_URING_H

#include "transfer.h"

#define EAGAIN 11
#define MSG_WAITALL 0x0100

/* Bits of a request's flags, the first as in IOSQE_. */
#define REQUEST_FIXED_FILE (1ULL << 0)
#define REQUEST_LINKS (3ULL << 2)
/* the ring chooses the buffer when there is something to put in */
#define REQUEST_SELECTS_BUFFER (1ULL << 5)
#define REQUEST_MULTISHOT (1ULL << 27)

/* Of the flags of sends and receives: several buffers are not one piece of memory. */
#define REQUEST_BUFFERS (3 << 4)

enum io_uring_op {
	IORING_OP_READV = 1,
	IORING_OP_WRITEV = 2,
	IORING_OP_READ_FIXED = 4,
	IORING_OP_WRITE_FIXED = 5,
	IORING_OP_SENDMSG = 9,
	IORING_OP_RECVMSG = 10,
	IORING_OP_READ = 22,
	IORING_OP_WRITE = 23,
	IORING_OP_SEND = 26,
	IORING_OP_RECV = 27,
	IORING_OP_SEND_ZC = 47,
	IORING_OP_SENDMSG_ZC = 48,
	IORING_OP_READ_MULTISHOT = 49,
	IORING_OP_READV_FIXED = 60,
	IORING_OP_WRITEV_FIXED = 61,
};

/* In place of an operation: it is not certain which request it was. */
#define OPERATION_UNCERTAIN 0
#define OPERATIONS 64

struct waiting {
	__u64 request; /* its struct io_kiocb */
	__u32 count; /* more than one: not certain which of them comes next */
	__u32 linked; /* by thread: the last request is part of a chain, which goes on */
};

/* Address of the struct file, plus the direction -> what waits for it */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct waiting);
} requests_of_files SEC(".maps");

/* pid_tgid -> what it has submitted last */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct waiting);
} requests_of_threads SEC(".maps");

/* By operation: the calls that have moved bytes. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, OPERATIONS);
	__type(key, __u32);
	__type(value, __u64);
} uring_calls SEC(".maps");

static __always_inline __u16 kind_of_operation(__u8 operation)
{
	switch (operation) {
	case IORING_OP_READV:
	case IORING_OP_READV_FIXED:
		return KY_CALL_READV;
	case IORING_OP_WRITEV:
	case IORING_OP_WRITEV_FIXED:
		return KY_CALL_WRITEV;
	case IORING_OP_READ_FIXED:
	case IORING_OP_READ:
	case IORING_OP_READ_MULTISHOT:
		return KY_CALL_READ;
	case IORING_OP_WRITE_FIXED:
	case IORING_OP_WRITE:
		return KY_CALL_WRITE;
	case IORING_OP_SENDMSG:
	case IORING_OP_SENDMSG_ZC:
		return KY_CALL_SENDMSG;
	case IORING_OP_RECVMSG:
		return KY_CALL_RECVMSG;
	case IORING_OP_SEND:
	case IORING_OP_SEND_ZC:
		return KY_CALL_SENDTO;
	case IORING_OP_RECV:
		return KY_CALL_RECVFROM;
	default:
		return KY_CALL_NONE;
	}
}

static __always_inline bool has_request_types(void)
{
	return bpf_core_type_exists(struct io_kiocb) && bpf_core_type_exists(struct io_sr_msg) &&
	       bpf_core_type_exists(struct io_rw);
}

/* Whether it moves bytes this way through this file; not if it has ended, and is another one now.
 */
static __always_inline bool is_request_for(__u64 request, __u64 file, __u8 direction)
{
	const struct io_kiocb *io = (const struct io_kiocb *)request;
	__u16 kind;

	if (!request || (__u64)BPF_CORE_READ(io, file) != file)
		return false;
	kind = kind_of_operation(BPF_CORE_READ(io, opcode));
	return kind != KY_CALL_NONE && direction_of(kind) == direction;
}

/*
 * Notes a request that waits for a file. Once it is not certain which of several comes next, it
 * stays so until none is left.
 */
static __always_inline void note_waiting(__u64 request, __u64 file, __u8 direction)
{
	struct waiting fresh = { .request = request, .count = 1 };
	__u64 key = file + direction;
	struct waiting *waiting = bpf_map_lookup_elem(&requests_of_files, &key);
	bool ended;

	if (!waiting || !waiting->count) {
		bpf_map_update_elem(&requests_of_files, &key, &fresh, BPF_ANY);
		return;
	}
	if (waiting->request == request)
		return;
	/* the noted one has ended without bytes, and is another one now */
	ended = waiting->request && waiting->count == 1 &&
		!is_request_for(waiting->request, file, direction) &&
		!is_request_for(waiting->request, 0, direction);
	if (ended)
		*waiting = fresh;
	else
		waiting->count++;
}

static __always_inline void submit_request(const struct io_kiocb *io)
{
	__u64 tgid_tid = bpf_get_current_pid_tgid(), flags;
	struct waiting fresh = {}, *last;
	struct file *file;
	__u16 kind;

	if (!has_request_types() || !is_traced_process(tgid_tid >> 32))
		return;
	kind = kind_of_operation(io->opcode);
	flags = io->flags;
	last = bpf_map_lookup_elem(&requests_of_threads, &tgid_tid);
	fresh.linked = (flags & REQUEST_LINKS) != 0;
	if (kind != KY_CALL_NONE && !fresh.linked && !(last && last->linked))
		fresh.request = (__u64)io;
	/* any other request ends a chain, too, and what it moves is not its predecessor's */
	if (last)
		*last = fresh;
	else if (kind != KY_CALL_NONE || fresh.linked)
		bpf_map_update_elem(&requests_of_threads, &tgid_tid, &fresh, BPF_ANY);
	if (kind == KY_CALL_NONE || flags & REQUEST_FIXED_FILE)
		return;
	file = file_at(io->cqe.fd, false);
	if (file)
		note_waiting((__u64)io, (__u64)file, direction_of(kind));
}

/* The request that this thread is at, where a worker's own notes say so or it was submitted last.
 */
static __always_inline __u64 request_of_thread(__u64 file, __u8 direction)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 tgid_tid = bpf_get_current_pid_tgid(), request = 0;
	struct waiting *last;

	if (task->flags & PF_IO_WORKER && bpf_core_type_exists(struct io_worker)) {
		request = (__u64)BPF_CORE_READ((struct io_worker *)task->worker_private, cur_work);
		request -= bpf_core_field_offset(((struct io_kiocb *)0)->work);
		if (is_request_for(request, file, direction))
			return request;
	}
	last = bpf_map_lookup_elem(&requests_of_threads, &tgid_tid);
	request = last ? last->request : 0;
	return is_request_for(request, file, direction) ? request : 0;
}

/* Whether a request that has moved bytes may move more. */
static __always_inline bool goes_on(const struct io_kiocb *io)
{
	__u16 kind = kind_of_operation(BPF_CORE_READ(io, opcode));

	if (BPF_CORE_READ(io, flags) & REQUEST_MULTISHOT)
		return true;
	/* reads and writes have something else in this place */
	return (kind == KY_CALL_SENDTO || kind == KY_CALL_RECVFROM || kind == KY_CALL_SENDMSG ||
		kind == KY_CALL_RECVMSG) &&
	       BPF_CORE_READ((const struct io_sr_msg *)io, msg_flags) & MSG_WAITALL;
}

/* Takes the request that has returned this from the socket off the notes. 0: not certain. */
static __always_inline __u64 take_request(__u64 file, __u8 direction, int result)
{
	__u64 mine = request_of_thread(file, direction), request;
	__u64 key = file + direction;
	struct waiting *waiting = bpf_map_lookup_elem(&requests_of_files, &key);

	if (result == -EAGAIN) {
		/* others are noted already */
		if (mine &&
		    BPF_CORE_READ((const struct io_kiocb *)mine, flags) & REQUEST_FIXED_FILE)
			note_waiting(mine, file, direction);
		return 0;
	}
	if (!waiting || !waiting->count)
		return mine;
	if (waiting->count > 1) {
		waiting->count--;
		/* which one is left is not certain either */
		waiting->request = 0;
		return 0;
	}
	request = waiting->request;
	if (!is_request_for(request, file, direction)) {
		waiting->count = 0;
		return request ? mine : 0;
	}
	if (result <= 0 || !goes_on((const struct io_kiocb *)request))
		waiting->count = 0;
	return mine && mine != request ? 0 : request;
}

/* Where an iterator stands. 0: what it goes over is not one piece of memory. */
static __always_inline __u64 place_of(const struct iov_iter *iterator)
{
	if (BPF_CORE_READ(iterator, iter_type) != ITER_UBUF)
		return 0;
	return (__u64)BPF_CORE_READ(iterator, ubuf) + BPF_CORE_READ(iterator, iov_offset);
}

/* Where the bytes of a message lie: its iterator has just passed them. */
static __always_inline __u64 piece_of_message(const struct io_kiocb *io, int result)
{
	const struct io_async_msghdr *header = BPF_CORE_READ(io, async_data);
	__u64 place;

	if (!header || !bpf_core_type_exists(struct io_async_msghdr))
		return 0;
	place = place_of(&header->msg.msg_iter);
	return place ? place - result : 0;
}

/* Where a read puts its bytes, if not where its request says: sockets move a copy of its iterator.
 */
static __always_inline __u64 piece_of_read(const struct io_kiocb *io)
{
	const struct io_async_rw *rw = BPF_CORE_READ(io, async_data);

	return rw && bpf_core_type_exists(struct io_async_rw) ? place_of(&rw->iter) : 0;
}

/* Says of a call what a request moves; returns how, KY_CALL_NONE if that is not known. */
static __always_inline __u16 take_operation(struct call *call, const struct io_kiocb *io,
					    int result)
{
	const struct io_sr_msg *message = (const struct io_sr_msg *)io;
	const struct io_rw *rw = (const struct io_rw *)io;
	__u16 kind = kind_of_operation(BPF_CORE_READ(io, opcode));
	bool selects = BPF_CORE_READ(io, flags) & REQUEST_SELECTS_BUFFER;

	call->flags = 0;
	switch (kind) {
	case KY_CALL_READ:
	case KY_CALL_WRITE:
		call->buffer = selects ? piece_of_read(io) : BPF_CORE_READ(rw, addr);
		break;
	case KY_CALL_SENDTO:
	case KY_CALL_RECVFROM:
		if (BPF_CORE_READ(message, flags) & REQUEST_BUFFERS)
			return KY_CALL_NONE;
		call->buffer =
			selects ? piece_of_message(io, result) : (__u64)BPF_CORE_READ(message, buf);
		call->flags = BPF_CORE_READ(message, msg_flags);
		break;
	case KY_CALL_SENDMSG:
	case KY_CALL_RECVMSG:
		call->buffer = piece_of_message(io, result);
		/* where it lies, not what it was called */
		kind = kind == KY_CALL_SENDMSG ? KY_CALL_SENDTO : KY_CALL_RECVFROM;
		break;
	default:
		/* the vector need not be there any more */
		return KY_CALL_NONE;
	}
	return call->buffer ? kind : KY_CALL_NONE;
}

static __always_inline bool uses_rings(const struct task_struct *task)
{
	return task->io_uring || task->flags & PF_IO_WORKER;
}

/*
 * A call that no system call explains is io_uring's, if this thread uses it. Writes buffer and
 * flags of the scratch's call; returns its kind. Global, so that the verifier walks it once.
 */
__noinline int find_request(__u64 socket, int result, __u32 direction)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 file = (__u64)file_of((const struct sock *)socket), request, *calls;
	__u32 operation = OPERATION_UNCERTAIN;
	struct scratch *scratch;

	if (!has_request_types() || !file || !uses_rings(task))
		return KY_CALL_NONE;
	request = take_request(file, direction & 1, result);
	scratch = this_scratch();
	if (result <= 0 || !scratch)
		return KY_CALL_NONE;
	if (request)
		operation = BPF_CORE_READ((const struct io_kiocb *)request, opcode);
	calls = bpf_map_lookup_elem(&uring_calls, &operation);
	if (calls)
		*calls += 1;
	return request ? take_operation(&scratch->call, (const struct io_kiocb *)request, result)
		       : KY_CALL_NONE;
}

/* A request that finds nothing to do waits. */
static __always_inline bool is_request_waiting(int result)
{
	return result == -EAGAIN && uses_rings(bpf_get_current_task_btf());
}

#endif
