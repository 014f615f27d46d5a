/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The native methods of io.kyanos.bridge.Native, each in its frame: Java's
 * arguments into C's, then the call. One table registers them.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clocks.h"
#include "errors.h"
#include "frame.h"
#include "inodes.h"
#include "log.h"
#include "maps.h"

#define ELF_BYTES_MAX (64 << 20)
#define CURSOR_BYTES_MAX 512
#define STATISTICS_HANDLE_OFFSET 1 /* no thing is NULL, a descriptor may be 0 */

/* Kernel */

static void log_level(JNIEnv *env, jclass class, jint level)
{
	log_set_level(level);
}

static jint possible_cpus(JNIEnv *env, jclass class)
{
	FRAME(env);
	int count = libbpf_num_possible_cpus();

	TRY(count < 0 ? fail_system(-count, "count possible CPUs") : 0);
	return count;
}

static jint inodes_of_sockets(JNIEnv *env, jclass class, jintArray array)
{
	FRAME(env);
	int room = length_of(&frame, array, "inodes"), count = 0;
	struct room few;
	jint *inodes = make_room(&frame, &few, room * sizeof(*inodes));

	if (is_ok(&frame))
		count = socket_inodes((uint32_t *)inodes, room);
	TRY(count < 0 ? fail_system(-count, "number sockets on each CPU") : 0);
	put_ints(&frame, array, inodes, count);
	return count;
}

static jboolean ring_buffers(JNIEnv *env, jclass class)
{
	log_clear();
	return object_has_ring_buffers();
}

static jstring clock_refused(JNIEnv *env, jclass class)
{
	char text[ERROR_TEXT_BYTES];

	log_clear();
	return (*env)->NewStringUTF(env, error_text(clock_refusal(), text));
}

static jlong monotonic(JNIEnv *env, jclass class)
{
	return kernel_nanos();
}

static jlong realtime_minus_monotonic(JNIEnv *env, jclass class)
{
	return realtime_minus_kernel_nanos();
}

static jlong statistics_enable(JNIEnv *env, jclass class)
{
	FRAME(env);
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);

	TRY(fd < 0 ? fail_system(errno, "enable run statistics") : 0);
	TRY(handle_create(HANDLE_STATISTICS, (void *)(intptr_t)(fd + STATISTICS_HANDLE_OFFSET)));
	if (!is_ok(&frame) && fd >= 0)
		close(fd);
	return frame.result;
}

static void statistics_close(JNIEnv *env, jclass class, jlong handle)
{
	FRAME(env);
	void *thing = retire(&frame, handle, HANDLE_STATISTICS, NULL);

	if (thing)
		close((int)(intptr_t)thing - STATISTICS_HANDLE_OFFSET);
}

/* Objects */

static jlong open_object(JNIEnv *env, jclass class, jbyteArray elf, jstring string)
{
	FRAME(env);
	struct object *object = NULL;
	char name[NAME_BYTES];
	void *copy = NULL;
	int length;

	length = length_of(&frame, elf, "elf");
	read_name(&frame, string, name);
	TRY(length > ELF_BYTES_MAX ?
		    fail_argument("object %s: %d bytes (expected: <= %d)", name, length, ELF_BYTES_MAX) :
		    0);
	if (is_ok(&frame))
		copy = malloc(length + 1);
	TRY(copy ? 0 : fail_system(ENOMEM, "open object %s", name));
	get_bytes(&frame, elf, copy, length);
	if (!is_ok(&frame)) {
		free(copy);
		return 0;
	}
	TRY(object_open(copy, length, name, &object));
	TRY(handle_create(HANDLE_OBJECT, object));
	if (!is_ok(&frame) && object)
		object_close(object);
	return frame.result;
}

static void close_object(JNIEnv *env, jclass class, jlong handle)
{
	FRAME(env);
	struct object *object = retire(&frame, handle, HANDLE_OBJECT, NULL);

	if (object)
		object_close(object);
}

static jobjectArray programs(JNIEnv *env, jclass class, jlong handle)
{
	FRAME(env);
	struct object *object = use_object(&frame, handle);
	struct object_program *program;
	jobjectArray result;
	int i, at = 0;

	if (!object)
		return NULL;
	result = new_strings(&frame, object->program_count * 3);
	pthread_mutex_lock(&object->lock);
	for (i = 0; i < object->program_count; i++) {
		program = &object->programs[i];
		put_string(&frame, result, at++, bpf_program__name(program->program));
		put_string(&frame, result, at++, bpf_program__section_name(program->program));
		put_string(&frame, result, at++,
			   bpf_program__autoload(program->program) || program->refused ? "1" : "0");
	}
	pthread_mutex_unlock(&object->lock);
	return result;
}

static jint constant_size(JNIEnv *env, jclass class, jlong handle, jstring string)
{
	FRAME(env);
	char name[NAME_BYTES];
	struct object *object = use_named(&frame, handle, string, name);

	return object ? object_constant_size(object, name) : -1;
}

static void set_constant(JNIEnv *env, jclass class, jlong handle, jstring string, jbyteArray array)
{
	FRAME(env);
	struct object *object;
	char name[NAME_BYTES];
	struct room room;
	void *value;
	int length;

	read_name(&frame, string, name);
	length = length_of(&frame, array, "value");
	value = make_room(&frame, &room, length);
	get_bytes(&frame, array, value, length);
	object = use_object(&frame, handle);
	TRY(object_set_constant(object, name, value, length));
}

static void set_max_entries(JNIEnv *env, jclass class, jlong handle, jstring string, jint count)
{
	FRAME(env);
	char map[NAME_BYTES];
	struct object *object = use_named(&frame, handle, string, map);

	TRY(object_set_max_entries(object, map, count));
}

static void use_perf_buffers(JNIEnv *env, jclass class, jlong handle, jstring string)
{
	FRAME(env);
	char map[NAME_BYTES];
	struct object *object = use_named(&frame, handle, string, map);

	TRY(object_use_perf_buffers(object, map));
}

static void reuse_map(JNIEnv *env, jclass class, jlong handle, jstring string, jlong other_handle, jstring other_string)
{
	FRAME(env);
	char map[NAME_BYTES], other_map[NAME_BYTES];
	struct object *object, *other;

	read_name(&frame, string, map);
	read_name(&frame, other_string, other_map);
	object = use_object(&frame, handle);
	other = use_object(&frame, other_handle);
	TRY(object_reuse_map(object, map, other, other_map));
}

static void set_autoload(JNIEnv *env, jclass class, jlong handle, jstring string, jboolean autoload)
{
	FRAME(env);
	char program[NAME_BYTES];
	struct object *object = use_named(&frame, handle, string, program);

	TRY(object_set_autoload(object, program, autoload));
}

/* Four strings: what `first` says, the error's number and text, the log. */
static void put_result(struct frame *frame, jobjectArray array, int index, const char *first, int error,
		       const char *log)
{
	char number[16], text[ERROR_TEXT_BYTES];

	snprintf(number, sizeof(number), "%d", error);
	put_string(frame, array, index, first);
	put_string(frame, array, index + 1, number);
	put_string(frame, array, index + 2, error_text(error, text));
	put_string(frame, array, index + 3, log);
}

static jobjectArray load(JNIEnv *env, jclass class, jlong handle)
{
	FRAME(env);
	struct object *object = use_object(&frame, handle);
	struct object_program *program;
	jobjectArray result;
	int i, refused = 0;

	TRY(object_load(object));
	if (!is_ok(&frame))
		return NULL;
	for (i = 0; i < object->program_count; i++)
		refused += object->programs[i].refused != 0;
	result = new_strings(&frame, refused * 4);
	refused = 0;
	for (i = 0; i < object->program_count; i++) {
		program = &object->programs[i];
		if (program->refused)
			put_result(&frame, result, refused++ * 4, bpf_program__name(program->program), program->refused,
				   program->refused_log ? program->refused_log : "");
	}
	return result;
}

static jboolean is_attachable(JNIEnv *env, jclass class, jlong handle, jstring string)
{
	FRAME(env);
	char program[NAME_BYTES];
	struct object *object = use_named(&frame, handle, string, program);

	TRY(object_is_attachable(object, program));
	return frame.result > 0;
}

static jobjectArray attach(JNIEnv *env, jclass class, jlong handle, jstring string)
{
	FRAME(env);
	char program[NAME_BYTES];
	struct object *object = use_named(&frame, handle, string, program);
	bool at_load = false;
	const char *log = "";
	jobjectArray result;

	TRY(object_attach(object, program, &at_load, &log));
	result = new_strings(&frame, 4);
	put_result(&frame, result, 0, at_load ? "LOAD" : "ATTACH", frame.result, log);
	return result;
}

static void detach(JNIEnv *env, jclass class, jlong handle, jstring string)
{
	FRAME(env);
	char program[NAME_BYTES];
	struct object *object = use_named(&frame, handle, string, program);

	TRY(object_detach(object, program));
}

static jbyteArray read_iterator(JNIEnv *env, jclass class, jlong handle, jstring string, jstring map_string)
{
	FRAME(env);
	char program[NAME_BYTES], map[NAME_BYTES];
	jbyteArray result = NULL;
	struct object *object;
	char *bytes = NULL;

	read_name(&frame, string, program);
	read_name(&frame, map_string, map);
	object = use_object(&frame, handle);
	TRY(object_read_iterator(object, program, *map ? map : NULL, &bytes));
	if (is_ok(&frame))
		result = (*env)->NewByteArray(env, frame.result);
	if (result)
		put_bytes(&frame, result, bytes, frame.result);
	free(bytes);
	return result;
}

static void runs(JNIEnv *env, jclass class, jlong handle, jstring string, jlongArray out)
{
	FRAME(env);
	char program[NAME_BYTES];
	struct object *object = use_named(&frame, handle, string, program);
	struct runs runs = {};

	TRY(object_runs(object, program, &runs));
	if (is_ok(&frame))
		put_longs(&frame, out, (jlong[]){ runs.count, runs.nanos }, 2);
}

/* Maps and variables */

static void find_map(JNIEnv *env, jclass class, jlong handle, jstring string, jintArray facts)
{
	FRAME(env);
	struct object_map *map;
	char name[NAME_BYTES];
	struct object *object = use_named(&frame, handle, string, name);

	TRY(object_find_map(object, name));
	if (!is_ok(&frame))
		return;
	map = &object->maps[frame.result];
	put_ints(&frame, facts,
		 (jint[]){ frame.result, map->type, map->key_bytes, map->value_bytes, map->max_entries, map->per_cpu },
		 6);
}

static void find_variable(JNIEnv *env, jclass class, jlong handle, jstring string, jintArray facts)
{
	FRAME(env);
	struct variable_place place = {};
	char name[NAME_BYTES];
	struct object *object = use_named(&frame, handle, string, name);

	TRY(object_find_variable(object, name, &place));
	put_ints(&frame, facts, (jint[]){ place.map, place.offset, place.bytes }, 3);
}

static struct object_map *use_map(struct frame *frame, jlong handle, jint index)
{
	struct object *object = use_object(frame, handle);
	struct object_map *map = object ? map_at(object, index) : NULL;

	if (object && !map)
		frame->result = -EINVAL;
	return map;
}

/* A copy of a key for `map`, whose values are to have value_bytes; -1: whatever they have. */
static void *read_key(struct frame *frame, struct room *room, const struct object_map *map, jbyteArray array,
		      long value_bytes)
{
	int length = length_of(frame, array, "key");
	void *key;

	if (is_ok(frame))
		frame->result = map_check(map, length, value_bytes);
	key = make_room(frame, room, length);
	get_bytes(frame, array, key, length);
	return key;
}

static jboolean lookup(JNIEnv *env, jclass class, jlong handle, jint index, jbyteArray key_array, jbyteArray array)
{
	FRAME(env);
	int length = length_of(&frame, array, "value");
	struct object_map *map = use_map(&frame, handle, index);
	struct room key_room, value_room;
	void *key, *value;

	key = read_key(&frame, &key_room, map, key_array, length);
	TRY(map->per_cpu ? fail_argument("look up in map %s: per CPU (expected: sumPerCpu)", bpf_map__name(map->map)) :
			   0);
	value = make_room(&frame, &value_room, length);
	TRY(map_lookup(map, key, value));
	if (frame.result > 0)
		put_bytes(&frame, array, value, length);
	return frame.result > 0;
}

static jboolean sum_per_cpu(JNIEnv *env, jclass class, jlong handle, jint index, jbyteArray key_array, jlongArray array)
{
	FRAME(env);
	int count = length_of(&frame, array, "sums");
	struct object_map *map = use_map(&frame, handle, index);
	struct room key_room, sums_room;
	void *key, *sums;

	key = read_key(&frame, &key_room, map, key_array, -1);
	sums = make_room(&frame, &sums_room, (size_t)count * sizeof(jlong));
	TRY(map_sum_per_cpu(map, key, sums, count));
	if (frame.result > 0)
		put_longs(&frame, array, sums, count);
	return frame.result > 0;
}

static jboolean update(JNIEnv *env, jclass class, jlong handle, jint index, jbyteArray key_array, jbyteArray array,
		       jint mode)
{
	FRAME(env);
	size_t length = length_of(&frame, array, "value");
	struct object_map *map = use_map(&frame, handle, index);
	size_t stride = (length + 7) / 8 * 8, bytes, at;
	struct room key_room, value_room;
	void *key, *value;

	key = read_key(&frame, &key_room, map, key_array, length);
	if (!is_ok(&frame))
		return false;
	bytes = map_room(map) > length ? map_room(map) : length;
	value = make_room(&frame, &value_room, bytes);
	if (!value)
		return false;
	memset(value, 0, bytes);
	get_bytes(&frame, array, value, length);
	/* of a per-CPU map the kernel reads one value for each CPU */
	for (at = stride; length && at + length <= bytes; at += stride)
		memcpy((char *)value + at, value, length);
	TRY(map_update(map, key, value, mode));
	return frame.result > 0;
}

static jboolean delete_key(JNIEnv *env, jclass class, jlong handle, jint index, jbyteArray array)
{
	FRAME(env);
	struct object_map *map = use_map(&frame, handle, index);
	struct room room;
	void *key;

	key = read_key(&frame, &room, map, array, -1);
	TRY(map_delete(map, key));
	return frame.result > 0;
}

static jboolean next_key(JNIEnv *env, jclass class, jlong handle, jint index, jbyteArray array, jbyteArray next_array)
{
	FRAME(env);
	struct object_map *map = use_map(&frame, handle, index);
	struct room key_room, next_room;
	void *key, *next;
	int length;

	/* without a key, next's bytes stand in for the checks and are not used */
	key = read_key(&frame, &key_room, map, array ? array : next_array, -1);
	length = length_of(&frame, next_array, "next");
	TRY(map_check(map, length, -1));
	next = make_room(&frame, &next_room, length);
	TRY(map_next_key(map, array ? key : NULL, next));
	if (frame.result > 0)
		put_bytes(&frame, next_array, next, length);
	return frame.result > 0;
}

static jboolean pop(JNIEnv *env, jclass class, jlong handle, jint index, jbyteArray key_array, jbyteArray array)
{
	FRAME(env);
	int length = length_of(&frame, array, "value");
	struct object_map *map = use_map(&frame, handle, index);
	struct room key_room, value_room;
	void *value;

	read_key(&frame, &key_room, map, key_array, length);
	TRY(map->key_bytes ?
		    fail_argument("take from map %s: it has keys (expected: a queue)", bpf_map__name(map->map)) :
		    0);
	value = make_room(&frame, &value_room, length);
	TRY(map_pop(map, value));
	if (frame.result > 0)
		put_bytes(&frame, array, value, length);
	return frame.result > 0;
}

/* How many entries the arrays have room for, or -errno. */
static int64_t batch_size(const struct object_map *map, int cursor_bytes, int keys_bytes, int values_bytes)
{
	const char *name = bpf_map__name(map->map);
	int64_t count;

	if (map->per_cpu || map->key_bytes == 0)
		return fail_argument("read map %s: per CPU or without keys", name);
	if (cursor_bytes < 8 || cursor_bytes < (int)map->key_bytes || cursor_bytes > CURSOR_BYTES_MAX)
		return fail_argument("cursor of map %s: %d bytes", name, cursor_bytes);
	count = keys_bytes / map->key_bytes;
	if (count == 0 || keys_bytes % map->key_bytes || count * map->value_bytes != values_bytes)
		return fail_argument("read map %s: room for %d bytes of keys and %d of values", name, keys_bytes,
				     values_bytes);
	return count;
}

/* Entries read, or their complement when they are the last. */
static jint read_batch(JNIEnv *env, jclass class, jlong handle, jint index, jbyteArray cursor_array, jboolean first,
		       jbyteArray keys_array, jbyteArray values_array)
{
	FRAME(env);
	struct object_map *map = use_map(&frame, handle, index);
	int cursor_bytes = length_of(&frame, cursor_array, "cursor");
	int keys_bytes = length_of(&frame, keys_array, "keys");
	int values_bytes = length_of(&frame, values_array, "values");
	struct room keys_room, values_room;
	char cursor[CURSOR_BYTES_MAX];
	void *keys, *values;
	uint32_t count;
	bool more;

	TRY(batch_size(map, cursor_bytes, keys_bytes, values_bytes));
	count = frame.result;
	keys = make_room(&frame, &keys_room, keys_bytes);
	values = make_room(&frame, &values_room, values_bytes);
	get_bytes(&frame, cursor_array, cursor, cursor_bytes);
	TRY(map_read_batch(map, cursor, first, keys, values, &count));
	if (!is_ok(&frame))
		return 0;
	more = frame.result > 0;
	put_bytes(&frame, cursor_array, cursor, cursor_bytes);
	put_bytes(&frame, keys_array, keys, count * map->key_bytes);
	put_bytes(&frame, values_array, values, count * map->value_bytes);
	return more ? (jint)count : ~(jint)count;
}

static int check_access(jint size)
{
	if (size == sizeof(uint32_t) || size == sizeof(uint64_t))
		return 0;
	return fail_argument("access: %d bytes (expected: 4 or 8)", size);
}

static jlong read_mapped(JNIEnv *env, jclass class, jlong handle, jint index, jint element, jint offset, jint size)
{
	FRAME(env);
	struct object_map *map = use_map(&frame, handle, index);
	uint64_t value = 0;

	TRY(check_access(size));
	TRY(mapped_read(map, element, offset, size, &value));
	return value;
}

static void write_mapped(JNIEnv *env, jclass class, jlong handle, jint index, jint element, jint offset, jint size,
			 jlong value)
{
	FRAME(env);
	struct object_map *map = use_map(&frame, handle, index);

	TRY(check_access(size));
	TRY(mapped_write(map, element, offset, size, value));
}

/* Rings */

static jlong open_reader(JNIEnv *env, jclass class)
{
	FRAME(env);
	struct reader *reader = NULL;

	TRY(reader_open(&reader));
	TRY(handle_create(HANDLE_READER, reader));
	if (!is_ok(&frame) && reader)
		reader_close(reader);
	return frame.result;
}

static void add_ring(JNIEnv *env, jclass class, jlong handle, jlong object_handle, jstring string)
{
	FRAME(env);
	struct object *object;
	struct reader *reader;
	char map[NAME_BYTES];

	read_name(&frame, string, map);
	reader = use_reader(&frame, handle);
	object = use_object(&frame, object_handle);
	TRY(reader_add_ring(reader, object, map));
}

static void add_perf(JNIEnv *env, jclass class, jlong handle, jlong object_handle, jstring string, jint bytes,
		     jint wake_bytes, jint look_millis)
{
	FRAME(env);
	struct object *object;
	struct reader *reader;
	char map[NAME_BYTES];

	read_name(&frame, string, map);
	reader = use_reader(&frame, handle);
	object = use_object(&frame, object_handle);
	TRY(bytes < 0 || wake_bytes < 0 || look_millis < 1 ?
		    fail_argument("perf buffer %s: %d bytes, wake-up at %d, look every %d ms "
				  "(expected: >= 0, >= 0, >= 1)",
				  map, bytes, wake_bytes, look_millis) :
		    0);
	TRY(reader_add_perf(reader, object, map, bytes, wake_bytes, look_millis));
}

static void add_flag(JNIEnv *env, jclass class, jlong handle, jlong object_handle, jstring string)
{
	FRAME(env);
	struct object *object;
	struct reader *reader;
	char variable[NAME_BYTES];

	read_name(&frame, string, variable);
	reader = use_reader(&frame, handle);
	object = use_object(&frame, object_handle);
	TRY(reader_add_flag(reader, object, variable));
}

static int check_slab(int length, jint offset, jint capacity)
{
	if (offset < 0 || capacity < 0 || capacity > length || offset > length - capacity)
		return fail_argument("slab: %d+%d (expected: within %d)", offset, capacity, length);
	return 0;
}

static int check_answer(int length, int count)
{
	return length == count ? 0 : fail_argument("result: %d numbers (expected: %d, of newPoll)", length, count);
}

static jint poll_reader(JNIEnv *env, jclass class, jlong handle, jbyteArray slab, jint offset, jint capacity,
			jlongArray out)
{
	FRAME(env);
	jlong answer[POLL_HEADER + POLL_PER_RING * RINGS_MAX];
	int slab_bytes = length_of(&frame, slab, "slab");
	struct reader *reader;
	int length;

	TRY(check_slab(slab_bytes, offset, capacity));
	length = length_of(&frame, out, "result");
	reader = use_reader(&frame, handle);
	TRY(check_answer(length, reader_out_count(reader)));
	TRY(reader_poll(reader, env, slab, offset, capacity, answer));
	put_longs(&frame, out, answer, length);
	return frame.result;
}

static jboolean await_reader(JNIEnv *env, jclass class, jlong handle, jint timeout_millis, jint depth)
{
	FRAME(env);
	struct reader *reader = use_reader(&frame, handle);

	TRY(timeout_millis < 0 ? fail_argument("timeout: %d ms (expected: >= 0)", timeout_millis) : 0);
	TRY(reader_await(reader, timeout_millis, (uint32_t)depth));
	return frame.result > 0;
}

static void wakeup_reader(JNIEnv *env, jclass class, jlong handle)
{
	FRAME(env);
	struct reader *reader = use_reader(&frame, handle);

	if (reader)
		reader_wakeup(reader);
}

static void close_reader(JNIEnv *env, jclass class, jlong handle)
{
	FRAME(env);
	struct reader *reader = retire(&frame, handle, HANDLE_READER, reader_interrupt);

	if (reader)
		reader_close(reader);
}

#define STRING "Ljava/lang/String;"
#define STRINGS "[Ljava/lang/String;"

static const JNINativeMethod methods[] = {
	{ "logLevel", "(I)V", log_level },
	{ "hasRingBuffers", "()Z", ring_buffers },
	{ "possibleCpus", "()I", possible_cpus },
	{ "socketInodes", "([I)I", inodes_of_sockets },
	{ "clockRefusal", "()Ljava/lang/String;", clock_refused },
	{ "monotonicNanos", "()J", monotonic },
	{ "realtimeMinusMonotonicNanos", "()J", realtime_minus_monotonic },
	{ "runStatisticsEnable", "()J", statistics_enable },
	{ "runStatisticsClose", "(J)V", statistics_close },
	{ "objectOpen", "([B" STRING ")J", open_object },
	{ "objectClose", "(J)V", close_object },
	{ "objectPrograms", "(J)" STRINGS, programs },
	{ "objectConstantSize", "(J" STRING ")I", constant_size },
	{ "objectSetConstant", "(J" STRING "[B)V", set_constant },
	{ "objectSetMaxEntries", "(J" STRING "I)V", set_max_entries },
	{ "objectUsePerfBuffers", "(J" STRING ")V", use_perf_buffers },
	{ "objectReuseMap", "(J" STRING "J" STRING ")V", reuse_map },
	{ "objectSetAutoload", "(J" STRING "Z)V", set_autoload },
	{ "objectLoad", "(J)" STRINGS, load },
	{ "objectIsAttachable", "(J" STRING ")Z", is_attachable },
	{ "objectAttach", "(J" STRING ")" STRINGS, attach },
	{ "objectDetach", "(J" STRING ")V", detach },
	{ "objectReadIterator", "(J" STRING STRING ")[B", read_iterator },
	{ "objectRuns", "(J" STRING "[J)V", runs },
	{ "mapFind", "(J" STRING "[I)V", find_map },
	{ "variableFind", "(J" STRING "[I)V", find_variable },
	{ "mapLookup", "(JI[B[B)Z", lookup },
	{ "mapSumPerCpu", "(JI[B[J)Z", sum_per_cpu },
	{ "mapUpdate", "(JI[B[BI)Z", update },
	{ "mapDelete", "(JI[B)Z", delete_key },
	{ "mapNextKey", "(JI[B[B)Z", next_key },
	{ "mapPop", "(JI[B[B)Z", pop },
	{ "mapReadBatch", "(JI[BZ[B[B)I", read_batch },
	{ "mappedRead", "(JIIII)J", read_mapped },
	{ "mappedWrite", "(JIIIIJ)V", write_mapped },
	{ "readerOpen", "()J", open_reader },
	{ "readerAddRing", "(JJ" STRING ")V", add_ring },
	{ "readerAddPerf", "(JJ" STRING "III)V", add_perf },
	{ "readerAddFlag", "(JJ" STRING ")V", add_flag },
	{ "readerPoll", "(J[BII[J)I", poll_reader },
	{ "readerAwait", "(JII)Z", await_reader },
	{ "readerWakeup", "(J)V", wakeup_reader },
	{ "readerClose", "(J)V", close_reader },
};

/*
 * The class lacks a method of the table: it is of another version. Those before it are registered all the same, and this
 * library is unmapped when it is refused.
 */
static void take_back(JNIEnv *env, jclass natives)
{
	jthrowable because = (*env)->ExceptionOccurred(env);

	(*env)->ExceptionClear(env);
	(*env)->UnregisterNatives(env, natives);
	if (because)
		(*env)->Throw(env, because);
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved)
{
	jclass natives;
	JNIEnv *env;

	if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_10) != JNI_OK)
		return JNI_ERR;
	if (errors_prepare(env) || frame_prepare(env))
		return JNI_ERR;
	natives = (*env)->FindClass(env, "io/kyanos/bridge/Native");
	if (!natives)
		return JNI_ERR;
	if ((*env)->RegisterNatives(env, natives, methods, sizeof(methods) / sizeof(methods[0]))) {
		take_back(env, natives);
		return JNI_ERR;
	}
	log_prepare();
	return JNI_VERSION_10;
}
