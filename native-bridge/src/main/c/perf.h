/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Perf buffers: in place of one BPF ring where the transport is perf,
 * one buffer for each CPU that is online.
 */
#ifndef KYANOS_PERF_H
#define KYANOS_PERF_H

#include <jni.h>
#include <stdbool.h>
#include <stdint.h>

struct perf_buffers;

/* The sizes are of one CPU: of its data, a power of two of pages, and of what wakes the reader. */
int perf_open(struct perf_buffers **opened, int map_fd, const char *name, uint32_t bytes, uint32_t wake_bytes);
void perf_close(struct perf_buffers *buffers);

/* Adds the buffers to an epoll. */
int perf_watch(const struct perf_buffers *buffers, int epoll);

/* Notes how far the kernel has written. */
void perf_sample(struct perf_buffers *buffers);

/* Bytes noted and not yet drained. */
uint64_t perf_waiting(const struct perf_buffers *buffers);
/* Whether anything is in a buffer, noted or not. */
bool perf_has_some(const struct perf_buffers *buffers);

/* Records that the kernel says found no room, as far as it has said so. */
uint64_t perf_lost(const struct perf_buffers *buffers);

/*
 * Copies whole records, framed as a BPF ring frames them, and frees them. They
 * come in order of the u64 that each begins with, whatever CPU they are from.
 * Returns the bytes copied, or -errno.
 */
int perf_drain(struct perf_buffers *buffers, JNIEnv *env, jbyteArray slab, int at, int room, uint64_t *too_large);

#endif
