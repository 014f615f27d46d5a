/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of several BPF ring buffers, or of perf buffers in their place. */
#ifndef KYANOS_RINGS_H
#define KYANOS_RINGS_H

#include <jni.h>
#include <stdint.h>

#include "object.h"

#define RINGS_MAX 64
#define FLAGS_MAX 64

/* Shape of poll's answer; RingPoll.java reads it. */
#define POLL_WATERMARK 0
#define POLL_DRAINED 1
#define POLL_HEADER 2
#define POLL_START 0
#define POLL_END 1
#define POLL_WAITING 2
#define POLL_LOST 3
#define POLL_PER_RING 4

/* A depth of await: sleep until enough has come; RingReader.java has the same. */
#define READER_DOZING 2

struct reader;

int reader_open(struct reader **opened);
int reader_add_ring(struct reader *reader, struct object *object, const char *map);
int reader_add_perf(struct reader *reader, struct object *object, const char *map, uint32_t bytes, uint32_t wake_bytes,
		    int look_millis);
int reader_add_flag(struct reader *reader, struct object *object, const char *variable);

/* Bytes copied into slab, or -errno. Fills out[0, reader_out_count). */
int reader_poll(struct reader *reader, JNIEnv *env, jbyteArray slab, int offset, int capacity, jlong *out);
int reader_out_count(const struct reader *reader);

/* 1 something may wait, 0 not, or -errno. */
int reader_await(struct reader *reader, int timeout_millis, uint32_t depth);
void reader_wakeup(struct reader *reader);

/* Ends an await and makes later ones return at once. */
void reader_interrupt(void *reader);
void reader_close(struct reader *reader);

#endif
