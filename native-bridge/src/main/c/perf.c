/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "errors.h"
#include "perf.h"

/* As a BPF ring frames records; see RingReader.java. */
#define FRAME_BYTES 8

/* A record's size is a u16, so that this holds two of them, framed. */
#define GATHERED_BYTES (128 << 10)

#define LOST_BYTES (sizeof(struct perf_event_header) + 2 * sizeof(uint64_t))

/* The buffer of one CPU. Records lie between taken and the kernel's head; their sizes are multiples of 8. */
struct lane {
	int fd;
	struct perf_event_mmap_page *page; /* then the data */
	const char *data;
	uint64_t taken; /* where the next record begins */
	uint64_t sampled; /* head up to which it is drained */
	/* of the record at taken, once looked at */
	uint64_t key;
	uint32_t record_bytes; /* with the header of perf */
	uint32_t raw_bytes; /* what the program wrote, and its padding */
};

struct perf_buffers {
	uint64_t bytes; /* of the data of a lane; power of two */
	size_t page_bytes;
	uint64_t lost;
	int lane_count;
	int gathered;
	char *gather; /* records on their way to Java */
	int *heap; /* lanes with a record to take, the least key first */
	struct lane lanes[];
};

static uint64_t head_of(const struct lane *lane)
{
	return __atomic_load_n(&lane->page->data_head, __ATOMIC_ACQUIRE);
}

static int open_lane(struct perf_buffers *buffers, struct lane *lane, int cpu, uint32_t wake_bytes, const char *name)
{
	struct perf_event_attr attributes = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attributes),
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.watermark = 1,
		.wakeup_watermark = wake_bytes ? wake_bytes : 1,
	};
	void *memory;

	lane->fd = syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (lane->fd < 0)
		return fail_system(errno, "open perf buffer %s of CPU %d", name, cpu);
	memory = mmap(NULL, buffers->page_bytes + buffers->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, lane->fd, 0);
	if (memory == MAP_FAILED)
		return fail_system(errno,
				   "map the %lu bytes of perf buffer %s of CPU %d (needs CAP_IPC_LOCK, or room "
				   "by kernel.perf_event_mlock_kb and RLIMIT_MEMLOCK)",
				   buffers->bytes, name, cpu);
	lane->page = memory;
	lane->data = (const char *)memory + buffers->page_bytes;
	return 0;
}

int perf_open(struct perf_buffers **opened, int map_fd, const char *name, uint32_t bytes, uint32_t wake_bytes)
{
	int cpu, cpus = libbpf_num_possible_cpus(), error = 0;
	size_t page_bytes = sysconf(_SC_PAGESIZE);
	struct perf_buffers *buffers;
	struct lane *lane;

	if (bytes < page_bytes || bytes & (bytes - 1))
		return fail_argument("perf buffer %s: %u bytes (expected: a power of two, >= %zu)", name, bytes,
				     page_bytes);
	if (cpus < 0)
		return fail_system(-cpus, "count the CPUs for perf buffer %s", name);
	buffers = calloc(1, sizeof(*buffers) + cpus * sizeof(buffers->lanes[0]));
	if (!buffers)
		return fail_system(ENOMEM, "open perf buffer %s", name);
	buffers->bytes = bytes;
	buffers->page_bytes = page_bytes;
	buffers->heap = calloc(cpus, sizeof(buffers->heap[0]));
	buffers->gather = calloc(1, GATHERED_BYTES);
	if (!buffers->heap || !buffers->gather)
		error = fail_system(ENOMEM, "open perf buffer %s", name);
	for (cpu = 0; !error && cpu < cpus; cpu++) {
		lane = &buffers->lanes[buffers->lane_count];
		error = open_lane(buffers, lane, cpu, wake_bytes, name);
		/* offline: a program on it finds no buffer and counts the loss */
		if (lane->fd < 0 && error == -ENODEV) {
			error = 0;
			continue;
		}
		if (lane->fd >= 0)
			buffers->lane_count++;
		if (error)
			break;
		if (bpf_map_update_elem(map_fd, &cpu, &lane->fd, BPF_ANY) || ioctl(lane->fd, PERF_EVENT_IOC_ENABLE, 0))
			error = fail_system(errno, "attach perf buffer %s of CPU %d", name, cpu);
	}
	if (error) {
		perf_close(buffers);
		return error;
	}
	*opened = buffers;
	return 0;
}

void perf_close(struct perf_buffers *buffers)
{
	struct lane *lane;

	for (lane = buffers->lanes; lane < buffers->lanes + buffers->lane_count; lane++) {
		if (lane->page)
			munmap(lane->page, buffers->page_bytes + buffers->bytes);
		close(lane->fd);
	}
	free(buffers->heap);
	free(buffers->gather);
	free(buffers);
}

int perf_watch(const struct perf_buffers *buffers, int epoll)
{
	struct epoll_event event = { .events = EPOLLIN };
	int i;

	for (i = 0; i < buffers->lane_count; i++) {
		event.data.fd = buffers->lanes[i].fd;
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, buffers->lanes[i].fd, &event))
			return fail_system(errno, "watch a perf buffer");
	}
	return 0;
}

void perf_sample(struct perf_buffers *buffers)
{
	int i;

	for (i = 0; i < buffers->lane_count; i++)
		buffers->lanes[i].sampled = head_of(&buffers->lanes[i]);
}

uint64_t perf_waiting(const struct perf_buffers *buffers)
{
	uint64_t waiting = 0;
	int i;

	for (i = 0; i < buffers->lane_count; i++)
		waiting += buffers->lanes[i].sampled - buffers->lanes[i].taken;
	return waiting;
}

bool perf_has_some(const struct perf_buffers *buffers)
{
	int i;

	for (i = 0; i < buffers->lane_count; i++)
		if (head_of(&buffers->lanes[i]) != buffers->lanes[i].taken)
			return true;
	return false;
}

uint64_t perf_lost(const struct perf_buffers *buffers)
{
	return buffers->lost;
}

/* Copies bytes of a lane, which may go round its end. */
static void read_lane(const struct perf_buffers *buffers, const struct lane *lane, uint64_t from, void *to,
		      size_t count)
{
	uint64_t start = from & (buffers->bytes - 1);
	size_t straight = count;

	if (straight > buffers->bytes - start)
		straight = buffers->bytes - start;
	memcpy(to, lane->data + start, straight);
	memcpy((char *)to + straight, lane->data, count - straight);
}

/*
 * Looks at the next sample of a lane; whether there is one. Passes over the kernel's own records: those of losses only
 * repeat what the programs counted when it happened.
 */
static bool look(struct perf_buffers *buffers, struct lane *lane)
{
	struct perf_event_header header;
	uint64_t lost;

	while (lane->taken < lane->sampled) {
		read_lane(buffers, lane, lane->taken, &header, sizeof(header));
		if (header.type == PERF_RECORD_SAMPLE) {
			lane->record_bytes = header.size;
			read_lane(buffers, lane, lane->taken + sizeof(header), &lane->raw_bytes,
				  sizeof(lane->raw_bytes));
			lane->key = 0;
			read_lane(buffers, lane, lane->taken + sizeof(header) + sizeof(lane->raw_bytes), &lane->key,
				  lane->raw_bytes < sizeof(lane->key) ? lane->raw_bytes : sizeof(lane->key));
			return true;
		}
		if (header.type == PERF_RECORD_LOST && header.size >= LOST_BYTES) {
			read_lane(buffers, lane, lane->taken + LOST_BYTES - sizeof(lost), &lost, sizeof(lost));
			buffers->lost += lost;
		}
		lane->taken += header.size;
	}
	return false;
}

/* Of equal keys the one of the lower CPU comes first, so that the order is always the same. */
static bool is_before(const struct perf_buffers *buffers, int one, int other)
{
	uint64_t key = buffers->lanes[one].key, other_key = buffers->lanes[other].key;

	return key < other_key || (key == other_key && one < other);
}

static void sift_down(struct perf_buffers *buffers, int count, int at)
{
	int *heap = buffers->heap, lane = heap[at], child;

	for (child = 2 * at + 1; child < count; child = 2 * at + 1) {
		if (child + 1 < count && is_before(buffers, heap[child + 1], heap[child]))
			child++;
		if (!is_before(buffers, heap[child], lane))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = lane;
}

static int build_heap(struct perf_buffers *buffers)
{
	int i, count = 0;

	for (i = 0; i < buffers->lane_count; i++)
		if (look(buffers, &buffers->lanes[i]))
			buffers->heap[count++] = i;
	for (i = count / 2 - 1; i >= 0; i--)
		sift_down(buffers, count, i);
	return count;
}

static size_t framed_bytes(const struct lane *lane)
{
	return FRAME_BYTES + (lane->raw_bytes + 7) / 8 * 8;
}

static void gather(struct perf_buffers *buffers, const struct lane *lane)
{
	char *to = buffers->gather + buffers->gathered;

	memcpy(to, &lane->raw_bytes, sizeof(lane->raw_bytes));
	memset(to + sizeof(lane->raw_bytes), 0, FRAME_BYTES - sizeof(lane->raw_bytes));
	read_lane(buffers, lane, lane->taken + sizeof(struct perf_event_header) + sizeof(lane->raw_bytes),
		  to + FRAME_BYTES, lane->raw_bytes);
	buffers->gathered += framed_bytes(lane);
}

static int hand_over(struct perf_buffers *buffers, JNIEnv *env, jbyteArray slab, int at)
{
	int bytes = buffers->gathered;

	buffers->gathered = 0;
	(*env)->SetByteArrayRegion(env, slab, at, bytes, (const jbyte *)buffers->gather);
	return (*env)->ExceptionCheck(env) ? -EFAULT : bytes;
}

int perf_drain(struct perf_buffers *buffers, JNIEnv *env, jbyteArray slab, int at, int room, uint64_t *too_large)
{
	int i, used = 0, result, count = build_heap(buffers);
	struct lane *lane;

	while (count > 0) {
		lane = &buffers->lanes[buffers->heap[0]];
		if (used + buffers->gathered + framed_bytes(lane) > (size_t)room) {
			*too_large = framed_bytes(lane);
			break;
		}
		if (buffers->gathered + framed_bytes(lane) > GATHERED_BYTES) {
			result = hand_over(buffers, env, slab, at + used);
			if (result < 0)
				return result;
			used += result;
		}
		gather(buffers, lane);
		lane->taken += lane->record_bytes;
		if (!look(buffers, lane))
			buffers->heap[0] = buffers->heap[--count];
		if (count > 0)
			sift_down(buffers, count, 0);
	}
	result = hand_over(buffers, env, slab, at + used);
	if (result < 0)
		return result;
	for (i = 0; i < buffers->lane_count; i++) {
		lane = &buffers->lanes[i];
		/* only we write it; an unchanged lane keeps its cache line clean */
		if (lane->page->data_tail != lane->taken)
			__atomic_store_n(&lane->page->data_tail, lane->taken, __ATOMIC_RELEASE);
	}
	return used + result;
}
