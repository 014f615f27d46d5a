/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame of a native method: what one call from Java uses, and what has come
 * of it. FRAME opens it; at the end of the scope, by whatever way, it gives
 * back what was used and throws the fault that was noted. After a fault every
 * function here does nothing, and TRY tries nothing: a method reads top-down.
 */
#ifndef KYANOS_FRAME_H
#define KYANOS_FRAME_H

#include <jni.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "handles.h"
#include "object.h"
#include "rings.h"

#define FRAME_HANDLES 2
#define FRAME_BLOCKS 2

struct frame {
	JNIEnv *env;
	int64_t result; /* of the last TRY: negative after a fault */
	int handle_count;
	int block_count;
	int64_t handles[FRAME_HANDLES];
	void *blocks[FRAME_BLOCKS];
};

/* Room for few bytes on the stack, so that most calls need no allocation. */
struct room {
	char few[512];
};

/* Looks up the classes that frames need, once. */
int frame_prepare(JNIEnv *env);

struct frame frame_begin(JNIEnv *env);
void frame_end(struct frame *frame);

#define FRAME(env) struct frame frame __attribute__((cleanup(frame_end))) = frame_begin(env)

#define TRY(call) ((void)(frame.result < 0 || (frame.result = (call))))

static inline bool is_ok(const struct frame *frame)
{
	return frame->result >= 0;
}

/* What a handle stands for, kept alive until the end of the frame; else NULL. */
struct object *use_object(struct frame *frame, jlong handle);
struct reader *use_reader(struct frame *frame, jlong handle);

/* As handle_retire. */
void *retire(struct frame *frame, jlong handle, enum handle_kind kind, void (*interrupt)(void *thing));

void read_name(struct frame *frame, jstring string, char name[NAME_BYTES]);

/* An object, and the name of something in it. */
struct object *use_named(struct frame *frame, jlong handle, jstring string, char name[NAME_BYTES]);

/* 0 after a fault, as of an array that is null: `what` names it. */
int length_of(struct frame *frame, jarray array, const char *what);

/* Memory until the end of the frame: `room` where that is enough; NULL after a fault. */
void *make_room(struct frame *frame, struct room *room, size_t bytes);

void get_bytes(struct frame *frame, jbyteArray array, void *to, size_t bytes);
void put_bytes(struct frame *frame, jbyteArray array, const void *from, size_t bytes);
void put_longs(struct frame *frame, jlongArray array, const jlong *from, int count);

/* Into an array called "result", which may be longer. */
void put_ints(struct frame *frame, jintArray array, const jint *from, int count);

/* NULL after a fault. */
jobjectArray new_strings(struct frame *frame, int count);
void put_string(struct frame *frame, jobjectArray array, int index, const char *text);

#endif
