/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "clocks.h"
#include "errors.h"
#include "perf.h"
#include "rings.h"

/* A BPF ring, or perf buffers in its place: then only perf is set. */
struct ring {
	struct perf_buffers *perf;
	uint64_t *consumer; /* page that we write: where the kernel may overwrite */
	size_t consumer_bytes;
	char *producer; /* read-only pages: the producer position, then the data twice */
	size_t producer_bytes;
	const char *data;
	uint64_t size; /* power of two */
	uint64_t sampled; /* producer position up to which it is drained */
	int fd;
};

struct flag {
	uint32_t *value;
	void *memory;
	size_t memory_bytes;
};

/*
 * busy: poll and await belong to one thread at a time. Everything but closing
 * and event is guarded by it.
 */
struct reader {
	pthread_mutex_t busy;
	atomic_bool closing;
	int event; /* eventfd of wakeup */
	int epoll;
	int ring_count;
	int flag_count;
	int look_millis; /* with perf buffers: the longest time that a sleeper does not look */
	uint64_t watermark;
	uint64_t sampled_at; /* clock before the positions were sampled */
	struct ring rings[RINGS_MAX];
	struct flag flags[FLAGS_MAX];
};

static uint64_t producer_position(const struct ring *ring)
{
	return __atomic_load_n((const unsigned long *)ring->producer, __ATOMIC_ACQUIRE);
}

/* Only we write it. */
static uint64_t consumer_position(const struct ring *ring)
{
	return *ring->consumer;
}

static int take(struct reader *reader)
{
	if (pthread_mutex_trylock(&reader->busy))
		return fail_state("ring reader: another thread is reading");
	return 0;
}

static int watch(struct reader *reader, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(reader->epoll, EPOLL_CTL_ADD, fd, &event))
		return fail_system(errno, "watch a ring");
	return 0;
}

int reader_open(struct reader **opened)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	int error;

	if (!reader)
		return fail_system(ENOMEM, "open ring reader");
	pthread_mutex_init(&reader->busy, NULL);
	reader->epoll = epoll_create1(EPOLL_CLOEXEC);
	reader->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (reader->epoll < 0 || reader->event < 0)
		error = fail_system(errno, "open ring reader");
	else
		error = watch(reader, reader->event);
	if (error) {
		reader_close(reader);
		return error;
	}
	*opened = reader;
	return 0;
}

static void close_ring(struct ring *ring)
{
	if (ring->perf)
		perf_close(ring->perf);
	if (ring->consumer)
		munmap(ring->consumer, ring->consumer_bytes);
	if (ring->producer)
		munmap(ring->producer, ring->producer_bytes);
	if (ring->fd >= 0)
		close(ring->fd);
}

void reader_close(struct reader *reader)
{
	int i;

	for (i = 0; i < reader->ring_count; i++)
		close_ring(&reader->rings[i]);
	for (i = 0; i < reader->flag_count; i++)
		munmap(reader->flags[i].memory, reader->flags[i].memory_bytes);
	if (reader->epoll >= 0)
		close(reader->epoll);
	if (reader->event >= 0)
		close(reader->event);
	pthread_mutex_destroy(&reader->busy);
	free(reader);
}

static int map_ring(struct ring *ring, const char *name)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *memory;

	ring->consumer_bytes = page;
	memory = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
	if (memory == MAP_FAILED)
		return fail_system(errno, "map the consumer page of ring %s", name);
	ring->consumer = memory;
	/* the kernel maps the data twice in a row: no record is ever split */
	ring->producer_bytes = page + 2 * ring->size;
	memory = mmap(NULL, ring->producer_bytes, PROT_READ, MAP_SHARED, ring->fd, page);
	if (memory == MAP_FAILED)
		return fail_system(errno, "map the %lu bytes of ring %s", ring->size, name);
	ring->producer = memory;
	ring->data = ring->producer + page;
	return 0;
}

int reader_add_ring(struct reader *reader, struct object *object, const char *name)
{
	struct object_map *map;
	struct ring ring = { .fd = -1 };
	int index, error;

	index = object_find_map(object, name);
	if (index < 0)
		return index;
	map = &object->maps[index];
	if (map->type != BPF_MAP_TYPE_RINGBUF)
		return fail_argument("map %s: type %u (expected: %d, a ring buffer)", name, map->type,
				     BPF_MAP_TYPE_RINGBUF);
	error = take(reader);
	if (error)
		return error;
	if (reader->ring_count == RINGS_MAX) {
		error = fail_argument("ring reader: %d rings", RINGS_MAX);
		goto release;
	}
	/* a descriptor of our own: the reader outlives the object */
	ring.fd = fcntl(map->fd, F_DUPFD_CLOEXEC, 0);
	ring.size = map->max_entries;
	if (ring.fd < 0)
		error = fail_system(errno, "open ring %s", name);
	if (!error)
		error = map_ring(&ring, name);
	if (!error)
		error = watch(reader, ring.fd);
	if (error)
		close_ring(&ring);
	else
		reader->rings[reader->ring_count++] = ring;
release:
	pthread_mutex_unlock(&reader->busy);
	return error;
}

int reader_add_perf(struct reader *reader, struct object *object, const char *name, uint32_t bytes, uint32_t wake_bytes,
		    int look_millis)
{
	struct ring ring = { .fd = -1 };
	struct object_map *map;
	int index, error;

	index = object_find_map(object, name);
	if (index < 0)
		return index;
	map = &object->maps[index];
	if (map->type != BPF_MAP_TYPE_PERF_EVENT_ARRAY)
		return fail_argument("map %s: type %u (expected: %d, a perf event array)", name, map->type,
				     BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	error = take(reader);
	if (error)
		return error;
	if (reader->ring_count == RINGS_MAX) {
		error = fail_argument("ring reader: %d rings", RINGS_MAX);
		goto release;
	}
	error = perf_open(&ring.perf, map->fd, name, bytes, wake_bytes);
	if (!error)
		error = perf_watch(ring.perf, reader->epoll);
	if (error) {
		close_ring(&ring);
		goto release;
	}
	reader->rings[reader->ring_count++] = ring;
	if (!reader->look_millis || look_millis < reader->look_millis)
		reader->look_millis = look_millis;
release:
	pthread_mutex_unlock(&reader->busy);
	return error;
}

int reader_add_flag(struct reader *reader, struct object *object, const char *name)
{
	struct variable_place place;
	struct object_map *map;
	void *memory;
	int error;

	error = object_find_variable(object, name, &place);
	if (error)
		return error;
	map = &object->maps[place.map];
	if (place.bytes != sizeof(uint32_t) || place.offset % sizeof(uint32_t))
		return fail_argument("flag %s: %u bytes at %u (expected: 4, aligned)", name, place.bytes, place.offset);
	if (!map->memory || !map->writable)
		return fail_argument("flag %s: not writable", name);
	error = take(reader);
	if (error)
		return error;
	if (reader->flag_count == FLAGS_MAX) {
		error = fail_argument("ring reader: %d flags", FLAGS_MAX);
		goto release;
	}
	memory = mmap(NULL, map->memory_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, map->fd, 0);
	if (memory == MAP_FAILED) {
		error = fail_system(errno, "map flag %s", name);
		goto release;
	}
	reader->flags[reader->flag_count].memory = memory;
	reader->flags[reader->flag_count].memory_bytes = map->memory_bytes;
	reader->flags[reader->flag_count].value = (uint32_t *)((char *)memory + place.offset);
	reader->flag_count++;
release:
	pthread_mutex_unlock(&reader->busy);
	return error;
}

int reader_out_count(const struct reader *reader)
{
	return POLL_HEADER + POLL_PER_RING * reader->ring_count;
}

static int copy(const struct ring *ring, JNIEnv *env, uint64_t from, uint64_t to, jbyteArray slab, int at)
{
	if (from == to)
		return 0;
	(*env)->SetByteArrayRegion(env, slab, at, to - from, (const jbyte *)ring->data + (from & (ring->size - 1)));
	return (*env)->ExceptionCheck(env) ? -EFAULT : 0;
}

/*
 * Copies whole records of one BPF ring, in stretches between discarded ones, and
 * frees them. Returns the bytes copied, or -errno.
 */
static int drain(const struct ring *ring, JNIEnv *env, jbyteArray slab, int at, int room, uint64_t *too_large)
{
	uint64_t position = consumer_position(ring), stretch = position, bytes;
	int used = 0;
	uint32_t header;

	while (position < ring->sampled) {
		header = __atomic_load_n((const uint32_t *)(ring->data + (position & (ring->size - 1))),
					 __ATOMIC_ACQUIRE);
		if (header & BPF_RINGBUF_BUSY_BIT)
			break;
		bytes = (uint64_t)(header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT)) + BPF_RINGBUF_HDR_SZ;
		bytes = (bytes + 7) / 8 * 8;
		if (header & BPF_RINGBUF_DISCARD_BIT) {
			if (copy(ring, env, stretch, position, slab, at + used))
				return -EFAULT;
			used += position - stretch;
			position += bytes;
			stretch = position;
			continue;
		}
		if (used + (position - stretch) + bytes > (uint64_t)room) {
			*too_large = bytes;
			break;
		}
		position += bytes;
	}
	if (copy(ring, env, stretch, position, slab, at + used))
		return -EFAULT;
	used += position - stretch;
	__atomic_store_n((unsigned long *)ring->consumer, position, __ATOMIC_RELEASE);
	return used;
}

static int drain_any(const struct ring *ring, JNIEnv *env, jbyteArray slab, int at, int room, uint64_t *too_large)
{
	if (ring->perf)
		return perf_drain(ring->perf, env, slab, at, room, too_large);
	return drain(ring, env, slab, at, room, too_large);
}

/*
 * Clock first, then positions: what entered before the clock is below the positions.
 * So do those of all CPUs where there is a perf buffer for each. Last ring first: what a ring holds up to its position
 * was announced in an earlier ring before that one's position was read.
 */
static void sample(struct reader *reader)
{
	int i;

	reader->sampled_at = kernel_nanos();
	atomic_thread_fence(memory_order_seq_cst);
	for (i = reader->ring_count - 1; i >= 0; i--) {
		if (reader->rings[i].perf)
			perf_sample(reader->rings[i].perf);
		else
			reader->rings[i].sampled = producer_position(&reader->rings[i]);
	}
}

/* Bytes sampled and not yet drained. */
static uint64_t waiting(const struct ring *ring)
{
	uint64_t position;

	if (ring->perf)
		return perf_waiting(ring->perf);
	position = consumer_position(ring);
	return position < ring->sampled ? ring->sampled - position : 0;
}

static bool is_drained(const struct reader *reader)
{
	int i;

	for (i = 0; i < reader->ring_count; i++) {
		if (waiting(&reader->rings[i]))
			return false;
	}
	return true;
}

/*
 * Drains up to the sampled positions, in the order of the rings, over as many polls as that takes, and only then samples
 * anew: so nothing comes before what announced it, however much waits, and each ring gets its turn.
 */
int reader_poll(struct reader *reader, JNIEnv *env, jbyteArray slab, int offset, int capacity, jlong *out)
{
	bool sampled_before, drained;
	int i, used, total = 0, error;
	uint64_t too_large = 0;
	jlong *ring_out;
	struct ring *ring;

	error = take(reader);
	if (error)
		return error;
	sampled_before = !is_drained(reader);
	if (!sampled_before)
		sample(reader);
	for (i = 0; i < reader->ring_count; i++) {
		ring = &reader->rings[i];
		used = 0;
		/* one that is cut goes on in the next poll, before those after it */
		if (!too_large)
			used = drain_any(ring, env, slab, offset + total, capacity - total, &too_large);
		if (used < 0) {
			error = used;
			goto release;
		}
		if (too_large && total + used == 0) {
			error = fail_argument("slab: %d bytes (expected: >= %lu, the next record of ring "
					      "%d with its header)",
					      capacity, too_large, i);
			goto release;
		}
		ring_out = out + POLL_HEADER + POLL_PER_RING * i;
		ring_out[POLL_START] = offset + total;
		total += used;
		ring_out[POLL_END] = offset + total;
	}
	drained = is_drained(reader);
	if (drained)
		reader->watermark = reader->sampled_at;
	if (drained && sampled_before) {
		/* what has come since waits */
		sample(reader);
		drained = is_drained(reader);
		if (drained)
			reader->watermark = reader->sampled_at;
	}
	for (i = 0; i < reader->ring_count; i++) {
		ring = &reader->rings[i];
		ring_out = out + POLL_HEADER + POLL_PER_RING * i;
		ring_out[POLL_WAITING] = waiting(ring);
		ring_out[POLL_LOST] = ring->perf ? perf_lost(ring->perf) : 0;
	}
	out[POLL_DRAINED] = drained;
	out[POLL_WATERMARK] = reader->watermark;
release:
	pthread_mutex_unlock(&reader->busy);
	return error ? error : total;
}

static void set_flags(struct reader *reader, uint32_t value)
{
	int i;

	for (i = 0; i < reader->flag_count; i++)
		__atomic_store_n(reader->flags[i].value, value, __ATOMIC_RELAXED);
}

static bool something_waits(const struct reader *reader)
{
	const struct ring *ring;
	int i;

	for (i = 0; i < reader->ring_count; i++) {
		ring = &reader->rings[i];
		if (ring->perf ? perf_has_some(ring->perf) : producer_position(ring) != consumer_position(ring))
			return true;
	}
	return false;
}

/*
 * Sleeps until a descriptor is ready; whether one was, -errno. Perf buffers
 * wake nobody for a single record, so a waiting reader looks between naps.
 */
static int sleep_until_ready(struct reader *reader, int timeout_millis, int look_millis)
{
	uint64_t end = kernel_nanos() + (uint64_t)timeout_millis * 1000000, now;
	int ready, nap, left = timeout_millis;
	struct epoll_event event;

	for (;;) {
		nap = look_millis && left > look_millis ? look_millis : left;
		ready = epoll_wait(reader->epoll, &event, 1, nap);
		/* with a perf buffer this may be a wake-up for what has long been drained */
		if (ready > 0 && (event.data.fd == reader->event || something_waits(reader)))
			return ready;
		if (ready < 0 && errno != EINTR)
			return fail_system(errno, "wait for rings");
		now = kernel_nanos();
		left = now < end ? (int)((end - now + 999999) / 1000000) : 0;
		if (left == 0 || (look_millis && ready == 0 && something_waits(reader)))
			return 0;
	}
}

int reader_await(struct reader *reader, int timeout_millis, uint32_t depth)
{
	/* perf buffers end a doze by themselves, once enough has come: then there is nothing to look for */
	bool looks = depth != READER_DOZING || !reader->look_millis;
	uint64_t wakeups;
	int ready, error;

	error = take(reader);
	if (error)
		return error;
	/*
	 * The kernel side advances the producer position, then reads the flag;
	 * we set the flag, then read the position: one of us sees the other.
	 */
	set_flags(reader, depth);
	atomic_thread_fence(memory_order_seq_cst);
	ready = looks && something_waits(reader);
	if (!ready && !reader->closing) {
		error = sleep_until_ready(reader, timeout_millis, looks ? reader->look_millis : 0);
		ready = something_waits(reader);
	}
	set_flags(reader, 0);
	/* closing keeps its count, so that no later await sleeps */
	if (!reader->closing && read(reader->event, &wakeups, sizeof(wakeups)) < 0 && errno != EAGAIN && error >= 0)
		error = fail_system(errno, "wait for rings");
	pthread_mutex_unlock(&reader->busy);
	return error < 0 ? error : ready;
}

void reader_wakeup(struct reader *reader)
{
	uint64_t one = 1;

	/* fails only when the counter is full: then it wakes anyway */
	if (write(reader->event, &one, sizeof(one)) < 0)
		return;
}

void reader_interrupt(void *reader)
{
	struct reader *closing = reader;

	closing->closing = true;
	reader_wakeup(closing);
}
