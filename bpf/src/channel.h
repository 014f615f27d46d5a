/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Sending events: one buffer per channel, counted, with as few wake-ups as the reader needs. The
 * buffer is a BPF ring, or a perf buffer per CPU, as user space has created the map.
 */
#ifndef KYANOS_CHANNEL_H
#define KYANOS_CHANNEL_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "events.h"

#define READER_AWAKE 0 /* it polls: no wake-up */
#define READER_ASLEEP 1 /* wake it for anything */
#define READER_DOZING 2 /* wake it once wake_bytes wait in one ring */

/* The channels' maps are perf event arrays, not BPF rings. */
const volatile bool perf_transport = false;

/* Set by user space through the mapped .bss before it waits; the program that wakes clears it. */
volatile __u32 reader_asleep;

/* What may wait in a ring before a dozing reader is woken. Less than the ring. Perf buffers have a
 * watermark of their own in the kernel. */
const volatile __u32 wake_bytes = 65536;

/* enum ky_counter -> count */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, KY_COUNTER_MAX);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

static __always_inline void count(__u32 counter, __u64 amount)
{
	__u64 *value = bpf_map_lookup_elem(&counters, &counter);

	/* atomic, as a soft interrupt may come between the load and the store */
	if (value)
		__sync_fetch_and_add(value, amount);
}

/* For counters that only one context writes: system calls, which are not preempted inside a
 * program. */
static __always_inline void count_alone(__u32 counter, __u64 amount)
{
	__u64 *value = bpf_map_lookup_elem(&counters, &counter);

	if (value)
		*value += amount;
}

static __always_inline bool reader_waits_for(void *ring, __u32 state, __u64 more)
{
	if (state == READER_AWAKE)
		return false;
	return state == READER_ASLEEP ||
	       bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) + more >= wake_bytes;
}

/*
 * The kernel wakes the reader, at the buffer's watermark; a sleeping reader also looks from time to
 * time. A CPU without a buffer (it was offline) is a loss, too.
 */
static __always_inline bool send_perf(void *ctx, void *buffers, struct ky_event *event, __u64 size,
				      bool timed)
{
	if (!timed)
		event->emitted_at = bpf_ktime_get_ns();
	return !bpf_perf_event_output(ctx, buffers, BPF_F_CURRENT_CPU, event, size);
}

/*
 * The reader sets reader_asleep, looks at the rings once more, then waits. For an event that enters
 * between that look and our first test, the second test must wake it without an event: with a
 * discarded record. If the state has not changed since the first test, there is no need.
 */
static __always_inline bool send_ring(void *ring, struct ky_event *event, __u64 size, bool timed)
{
	__u64 wakeup = BPF_RB_NO_WAKEUP;
	__u32 before = reader_asleep;
	__u32 after;
	void *empty;

	if (reader_waits_for(ring, before, size)) {
		reader_asleep = READER_AWAKE;
		wakeup = BPF_RB_FORCE_WAKEUP;
	}
	if (!timed)
		event->emitted_at = bpf_ktime_get_ns();
	if (bpf_ringbuf_output(ring, event, size, wakeup))
		return false;
	if (wakeup != BPF_RB_NO_WAKEUP)
		return true;
	after = reader_asleep;
	if (after != before && reader_waits_for(ring, after, 0)) {
		empty = bpf_ringbuf_reserve(ring, 8, 0);
		if (empty) {
			reader_asleep = READER_AWAKE;
			bpf_ringbuf_discard(empty, BPF_RB_FORCE_WAKEUP);
		}
	}
	return true;
}

/*
 * `timed`: emitted_at has just been read. Decided before load: the verifier never sees the other
 * branch.
 */
static __always_inline bool send_timed(void *ctx, void *buffer, struct ky_event *event, __u64 size,
				       bool timed)
{
	if (perf_transport)
		return send_perf(ctx, buffer, event, size, timed);
	return send_ring(buffer, event, size, timed);
}

static __always_inline bool send(void *ctx, void *buffer, struct ky_event *event, __u64 size)
{
	return send_timed(ctx, buffer, event, size, false);
}

#endif
