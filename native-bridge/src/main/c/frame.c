/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "errors.h"
#include "frame.h"
#include "log.h"

static jclass string_class;

int frame_prepare(JNIEnv *env)
{
	jclass local = (*env)->FindClass(env, "java/lang/String");

	if (!local)
		return -ENOENT;
	string_class = (*env)->NewGlobalRef(env, local);
	return string_class ? 0 : -ENOMEM;
}

struct frame frame_begin(JNIEnv *env)
{
	log_clear();
	return (struct frame){ .env = env };
}

void frame_end(struct frame *frame)
{
	while (frame->handle_count)
		handle_release(frame->handles[--frame->handle_count]);
	while (frame->block_count)
		free(frame->blocks[--frame->block_count]);
	if (frame->result < 0)
		errors_throw(frame->env);
}

/* Java has thrown by itself: an index out of bounds, no memory. */
static void check_exception(struct frame *frame)
{
	if ((*frame->env)->ExceptionCheck(frame->env))
		frame->result = -EFAULT;
}

static void *use(struct frame *frame, int64_t handle, enum handle_kind kind)
{
	void *thing;

	if (!is_ok(frame))
		return NULL;
	thing = handle_use(handle, kind);
	if (thing)
		frame->handles[frame->handle_count++] = handle;
	else
		frame->result = -EBADFD;
	return thing;
}

struct object *use_object(struct frame *frame, jlong handle)
{
	return use(frame, handle, HANDLE_OBJECT);
}

struct reader *use_reader(struct frame *frame, jlong handle)
{
	return use(frame, handle, HANDLE_READER);
}

void *retire(struct frame *frame, jlong handle, enum handle_kind kind, void (*interrupt)(void *thing))
{
	void *thing = handle_retire(handle, kind, interrupt);

	if (!thing)
		frame->result = -EBADFD;
	return thing;
}

void read_name(struct frame *frame, jstring string, char name[NAME_BYTES])
{
	JNIEnv *env = frame->env;
	jsize bytes;

	if (!is_ok(frame))
		return;
	if (!string) {
		frame->result = fail_argument("name: null");
		return;
	}
	bytes = (*env)->GetStringUTFLength(env, string);
	if (bytes >= NAME_BYTES) {
		frame->result = fail_argument("name: %d bytes (expected: < %d)", bytes, NAME_BYTES);
		return;
	}
	(*env)->GetStringUTFRegion(env, string, 0, (*env)->GetStringLength(env, string), name);
	name[bytes] = 0;
	check_exception(frame);
}

struct object *use_named(struct frame *frame, jlong handle, jstring string, char name[NAME_BYTES])
{
	read_name(frame, string, name);
	return use_object(frame, handle);
}

int length_of(struct frame *frame, jarray array, const char *what)
{
	if (!is_ok(frame))
		return 0;
	if (array)
		return (*frame->env)->GetArrayLength(frame->env, array);
	frame->result = fail_argument("%s: null", what);
	return 0;
}

void *make_room(struct frame *frame, struct room *room, size_t bytes)
{
	void *block;

	if (!is_ok(frame))
		return NULL;
	if (bytes <= sizeof(room->few))
		return room->few;
	block = malloc(bytes);
	if (block)
		frame->blocks[frame->block_count++] = block;
	else
		frame->result = fail_system(ENOMEM, "copy %zu bytes", bytes);
	return block;
}

void get_bytes(struct frame *frame, jbyteArray array, void *to, size_t bytes)
{
	if (!is_ok(frame))
		return;
	(*frame->env)->GetByteArrayRegion(frame->env, array, 0, bytes, to);
	check_exception(frame);
}

void put_bytes(struct frame *frame, jbyteArray array, const void *from, size_t bytes)
{
	if (!is_ok(frame))
		return;
	(*frame->env)->SetByteArrayRegion(frame->env, array, 0, bytes, from);
	check_exception(frame);
}

void put_longs(struct frame *frame, jlongArray array, const jlong *from, int count)
{
	if (!is_ok(frame))
		return;
	(*frame->env)->SetLongArrayRegion(frame->env, array, 0, count, from);
	check_exception(frame);
}

void put_ints(struct frame *frame, jintArray array, const jint *from, int count)
{
	int length = length_of(frame, array, "result");

	if (!is_ok(frame))
		return;
	if (length < count) {
		frame->result = fail_argument("result: %d numbers (expected: %d)", length, count);
		return;
	}
	(*frame->env)->SetIntArrayRegion(frame->env, array, 0, count, from);
	check_exception(frame);
}

jobjectArray new_strings(struct frame *frame, int count)
{
	jobjectArray array;

	if (!is_ok(frame))
		return NULL;
	array = (*frame->env)->NewObjectArray(frame->env, count, string_class, NULL);
	check_exception(frame);
	return array;
}

void put_string(struct frame *frame, jobjectArray array, int index, const char *text)
{
	JNIEnv *env = frame->env;
	jstring string;

	if (!is_ok(frame))
		return;
	string = (*env)->NewStringUTF(env, text);
	if (string) {
		(*env)->SetObjectArrayElement(env, array, index, string);
		(*env)->DeleteLocalRef(env, string);
	}
	check_exception(frame);
}
