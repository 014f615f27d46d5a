/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The native methods of io.kyanos.bridge.Native: Java's arguments into C's,
 * the call, and the noted fault into an exception. One table registers them.
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
#include "handles.h"
#include "log.h"
#include "maps.h"
#include "object.h"
#include "rings.h"

#define ELF_BYTES_MAX (64 << 20)
#define SCRATCH_BYTES 512
#define STATISTICS_HANDLE_OFFSET 1 /* no thing is NULL, a descriptor may be 0 */

static jclass string_class;

static int read_name(JNIEnv *env, jstring string, char name[NAME_BYTES])
{
	jsize bytes;

	if (!string)
		return fail_argument("name: null");
	bytes = (*env)->GetStringUTFLength(env, string);
	if (bytes >= NAME_BYTES)
		return fail_argument("name: %d bytes (expected: < %d)", bytes, NAME_BYTES);
	(*env)->GetStringUTFRegion(env, string, 0, (*env)->GetStringLength(env, string), name);
	if ((*env)->ExceptionCheck(env))
		return -EFAULT;
	name[bytes] = 0;
	return 0;
}

/* The bytes of an array, on the stack when they are few. */
struct bytes {
	void *at;
	long count;
	char few[SCRATCH_BYTES];
};

static int make_room(struct bytes *bytes, size_t count)
{
	bytes->count = count;
	bytes->at = count <= sizeof(bytes->few) ? bytes->few : malloc(count);
	return bytes->at ? 0 : fail_system(ENOMEM, "copy %zu bytes", count);
}

static void free_bytes(struct bytes *bytes)
{
	if (bytes->at != bytes->few)
		free(bytes->at);
}

static int array_length(JNIEnv *env, jarray array, const char *what)
{
	return array ? (*env)->GetArrayLength(env, array) : fail_argument("%s: null", what);
}

static int get_bytes(JNIEnv *env, jbyteArray array, struct bytes *bytes)
{
	(*env)->GetByteArrayRegion(env, array, 0, bytes->count, bytes->at);
	return (*env)->ExceptionCheck(env) ? -EFAULT : 0;
}

static int set_bytes(JNIEnv *env, jbyteArray array, const void *from, size_t count)
{
	(*env)->SetByteArrayRegion(env, array, 0, count, from);
	return (*env)->ExceptionCheck(env) ? -EFAULT : 0;
}

static int set_ints(JNIEnv *env, jintArray array, const jint *from, int count)
{
	int length = array_length(env, array, "result");

	if (length < 0)
		return length;
	if (length < count)
		return fail_argument("result: %d numbers (expected: %d)", length, count);
	(*env)->SetIntArrayRegion(env, array, 0, count, from);
	return (*env)->ExceptionCheck(env) ? -EFAULT : 0;
}

static jobjectArray new_strings(JNIEnv *env, int count)
{
	return (*env)->NewObjectArray(env, count, string_class, NULL);
}

static int set_string(JNIEnv *env, jobjectArray array, int index, const char *text)
{
	jstring string = (*env)->NewStringUTF(env, text);

	if (!string)
		return -ENOMEM;
	(*env)->SetObjectArrayElement(env, array, index, string);
	(*env)->DeleteLocalRef(env, string);
	return (*env)->ExceptionCheck(env) ? -EFAULT : 0;
}

static int set_result(JNIEnv *env, jobjectArray array, int index, const char *first, int error, const char *log)
{
	char number[16], text[ERROR_TEXT_BYTES];
	int failed;

	snprintf(number, sizeof(number), "%d", error);
	failed = set_string(env, array, index, first);
	if (!failed)
		failed = set_string(env, array, index + 1, number);
	if (!failed)
		failed = set_string(env, array, index + 2, error_text(error, text));
	if (!failed)
		failed = set_string(env, array, index + 3, log);
	return failed;
}

/* Kernel */

static void log_level(JNIEnv *env, jclass class, jint level)
{
	(void)env;
	(void)class;
	log_set_level(level);
}

static jint possible_cpus(JNIEnv *env, jclass class)
{
	int count = libbpf_num_possible_cpus();

	(void)class;
	if (count < 0) {
		log_clear();
		fail_system(-count, "count possible CPUs");
		errors_throw(env);
	}
	return count;
}

static jboolean ring_buffers(JNIEnv *env, jclass class)
{
	(void)env;
	(void)class;
	log_clear();
	return object_has_ring_buffers();
}

static jstring clock_refused(JNIEnv *env, jclass class)
{
	char text[ERROR_TEXT_BYTES];

	(void)class;
	log_clear();
	return (*env)->NewStringUTF(env, error_text(clock_refusal(), text));
}

static jlong monotonic(JNIEnv *env, jclass class)
{
	(void)env;
	(void)class;
	return kernel_nanos();
}

static jlong realtime_minus_monotonic(JNIEnv *env, jclass class)
{
	(void)env;
	(void)class;
	return realtime_minus_kernel_nanos();
}

static jlong statistics_enable(JNIEnv *env, jclass class)
{
	int64_t handle;
	int fd;

	(void)class;
	log_clear();
	fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (fd < 0) {
		fail_system(errno, "enable run statistics");
		errors_throw(env);
		return 0;
	}
	handle = handle_create(HANDLE_STATISTICS, (void *)(intptr_t)(fd + STATISTICS_HANDLE_OFFSET));
	if (handle < 0) {
		close(fd);
		errors_throw(env);
	}
	return handle;
}

static void statistics_close(JNIEnv *env, jclass class, jlong handle)
{
	void *thing = handle_retire(handle, HANDLE_STATISTICS, NULL);

	(void)class;
	if (thing)
		close((int)(intptr_t)thing - STATISTICS_HANDLE_OFFSET);
	else
		errors_throw(env);
}

/* Objects */

static jlong open_object(JNIEnv *env, jclass class, jbyteArray elf, jstring string)
{
	char name[NAME_BYTES];
	struct object *object;
	int64_t handle = -1;
	void *copy = NULL;
	int length;

	(void)class;
	length = array_length(env, elf, "elf");
	if (length < 0 || read_name(env, string, name))
		goto out;
	if (length > ELF_BYTES_MAX) {
		fail_argument("object %s: %d bytes (expected: <= %d)", name, length, ELF_BYTES_MAX);
		goto out;
	}
	copy = malloc(length + 1);
	if (!copy) {
		fail_system(ENOMEM, "open object %s", name);
		goto out;
	}
	(*env)->GetByteArrayRegion(env, elf, 0, length, copy);
	if ((*env)->ExceptionCheck(env)) {
		free(copy);
		goto out;
	}
	if (object_open(copy, length, name, &object))
		goto out;
	handle = handle_create(HANDLE_OBJECT, object);
	if (handle < 0)
		object_close(object);
out:
	if (handle < 0)
		errors_throw(env);
	return handle;
}

static void close_object(JNIEnv *env, jclass class, jlong handle)
{
	struct object *object = handle_retire(handle, HANDLE_OBJECT, NULL);

	(void)class;
	if (object)
		object_close(object);
	else
		errors_throw(env);
}

static jobjectArray programs(JNIEnv *env, jclass class, jlong handle)
{
	struct object *object = handle_use(handle, HANDLE_OBJECT);
	struct bpf_program *program;
	jobjectArray result;
	int i, failed = 0;

	(void)class;
	if (!object) {
		errors_throw(env);
		return NULL;
	}
	result = new_strings(env, object->program_count * 3);
	pthread_mutex_lock(&object->lock);
	for (i = 0; result && !failed && i < object->program_count; i++) {
		program = object->programs[i].program;
		failed = set_string(env, result, i * 3, bpf_program__name(program));
		if (!failed)
			failed = set_string(env, result, i * 3 + 1, bpf_program__section_name(program));
		if (!failed)
			failed = set_string(env, result, i * 3 + 2,
					    bpf_program__autoload(program) || object->programs[i].refused ? "1" : "0");
	}
	pthread_mutex_unlock(&object->lock);
	handle_release(handle);
	return result;
}

static jint constant_size(JNIEnv *env, jclass class, jlong handle, jstring string)
{
	char name[NAME_BYTES];
	struct object *object;
	int size = -1;

	(void)class;
	if (read_name(env, string, name)) {
		errors_throw(env);
		return -1;
	}
	object = handle_use(handle, HANDLE_OBJECT);
	if (!object) {
		errors_throw(env);
		return -1;
	}
	size = object_constant_size(object, name);
	handle_release(handle);
	return size;
}

static void set_constant(JNIEnv *env, jclass class, jlong handle, jstring string, jbyteArray value)
{
	struct object *object = NULL;
	struct bytes bytes = { .at = NULL };
	char name[NAME_BYTES];
	int error;

	(void)class;
	error = read_name(env, string, name);
	if (!error)
		error = array_length(env, value, "value");
	if (error < 0)
		goto out;
	error = make_room(&bytes, error);
	if (!error)
		error = get_bytes(env, value, &bytes);
	if (error)
		goto out;
	object = handle_use(handle, HANDLE_OBJECT);
	error = object ? object_set_constant(object, name, bytes.at, bytes.count) : -EBADFD;
	if (object)
		handle_release(handle);
out:
	free_bytes(&bytes);
	if (error)
		errors_throw(env);
}

static void set_max_entries(JNIEnv *env, jclass class, jlong handle, jstring string, jint count)
{
	struct object *object;
	char name[NAME_BYTES];
	int error;

	(void)class;
	error = read_name(env, string, name);
	if (error)
		goto out;
	object = handle_use(handle, HANDLE_OBJECT);
	error = object ? object_set_max_entries(object, name, count) : -EBADFD;
	if (object)
		handle_release(handle);
out:
	if (error)
		errors_throw(env);
}

static void use_perf_buffers(JNIEnv *env, jclass class, jlong handle, jstring string)
{
	struct object *object;
	char name[NAME_BYTES];
	int error;

	(void)class;
	error = read_name(env, string, name);
	if (error)
		goto out;
	object = handle_use(handle, HANDLE_OBJECT);
	error = object ? object_use_perf_buffers(object, name) : -EBADFD;
	if (object)
		handle_release(handle);
out:
	if (error)
		errors_throw(env);
}

static void reuse_map(JNIEnv *env, jclass class, jlong handle, jstring string, jlong other_handle, jstring other_string)
{
	char name[NAME_BYTES], other_name[NAME_BYTES];
	struct object *object, *other = NULL;
	int error;

	(void)class;
	error = read_name(env, string, name);
	if (!error)
		error = read_name(env, other_string, other_name);
	if (error)
		goto out;
	error = -EBADFD;
	object = handle_use(handle, HANDLE_OBJECT);
	if (object)
		other = handle_use(other_handle, HANDLE_OBJECT);
	if (other)
		error = object_reuse_map(object, name, other, other_name);
	if (other)
		handle_release(other_handle);
	if (object)
		handle_release(handle);
out:
	if (error)
		errors_throw(env);
}

static void set_autoload(JNIEnv *env, jclass class, jlong handle, jstring string, jboolean autoload)
{
	struct object *object;
	char name[NAME_BYTES];
	int error;

	(void)class;
	error = read_name(env, string, name);
	if (error)
		goto out;
	object = handle_use(handle, HANDLE_OBJECT);
	error = object ? object_set_autoload(object, name, autoload) : -EBADFD;
	if (object)
		handle_release(handle);
out:
	if (error)
		errors_throw(env);
}

static jobjectArray load(JNIEnv *env, jclass class, jlong handle)
{
	struct object *object = handle_use(handle, HANDLE_OBJECT);
	struct object_program *program;
	jobjectArray result = NULL;
	int i, refused = 0;

	(void)class;
	if (!object || object_load(object))
		goto out;
	for (i = 0; i < object->program_count; i++)
		refused += object->programs[i].refused != 0;
	result = new_strings(env, refused * 4);
	refused = 0;
	for (i = 0; result && i < object->program_count; i++) {
		program = &object->programs[i];
		if (!program->refused)
			continue;
		if (set_result(env, result, refused++ * 4, bpf_program__name(program->program), program->refused,
			       program->refused_log ? program->refused_log : ""))
			break;
	}
out:
	if (object)
		handle_release(handle);
	if (!result)
		errors_throw(env);
	return result;
}

static jboolean is_attachable(JNIEnv *env, jclass class, jlong handle, jstring string)
{
	struct object *object;
	char name[NAME_BYTES];
	int answer;

	(void)class;
	answer = read_name(env, string, name);
	if (answer)
		goto out;
	object = handle_use(handle, HANDLE_OBJECT);
	answer = object ? object_is_attachable(object, name) : -EBADFD;
	if (object)
		handle_release(handle);
out:
	if (answer < 0)
		errors_throw(env);
	return answer > 0;
}

static jobjectArray attach(JNIEnv *env, jclass class, jlong handle, jstring string)
{
	struct object *object = NULL;
	jobjectArray result = NULL;
	char name[NAME_BYTES];
	bool at_load = false;
	const char *log = "";
	int error;

	(void)class;
	error = read_name(env, string, name);
	if (error)
		goto out;
	object = handle_use(handle, HANDLE_OBJECT);
	error = object ? object_attach(object, name, &at_load, &log) : -EBADFD;
	if (error < 0)
		goto out;
	result = new_strings(env, 4);
	if (result)
		set_result(env, result, 0, at_load ? "LOAD" : "ATTACH", error, log);
out:
	if (object)
		handle_release(handle);
	if (error < 0)
		errors_throw(env);
	return result;
}

static void detach(JNIEnv *env, jclass class, jlong handle, jstring string)
{
	struct object *object;
	char name[NAME_BYTES];
	int error;

	(void)class;
	error = read_name(env, string, name);
	if (error)
		goto out;
	object = handle_use(handle, HANDLE_OBJECT);
	error = object ? object_detach(object, name) : -EBADFD;
	if (object)
		handle_release(handle);
out:
	if (error)
		errors_throw(env);
}

static jbyteArray read_iterator(JNIEnv *env, jclass class, jlong handle, jstring string, jstring map_string)
{
	struct object *object;
	char name[NAME_BYTES], map[NAME_BYTES];
	jbyteArray result = NULL;
	char *bytes = NULL;
	int64_t count;

	(void)class;
	count = read_name(env, string, name);
	if (!count)
		count = read_name(env, map_string, map);
	if (count)
		goto out;
	object = handle_use(handle, HANDLE_OBJECT);
	count = object ? object_read_iterator(object, name, *map ? map : NULL, &bytes) : -EBADFD;
	if (object)
		handle_release(handle);
	if (count < 0)
		goto out;
	result = (*env)->NewByteArray(env, count);
	if (result)
		set_bytes(env, result, bytes, count);
	free(bytes);
out:
	if (count < 0)
		errors_throw(env);
	return result;
}

static jlong run_count(JNIEnv *env, jclass class, jlong handle, jstring string)
{
	struct object *object;
	char name[NAME_BYTES];
	int64_t count;

	(void)class;
	count = read_name(env, string, name);
	if (count)
		goto out;
	object = handle_use(handle, HANDLE_OBJECT);
	count = object ? object_run_count(object, name) : -EBADFD;
	if (object)
		handle_release(handle);
out:
	if (count < 0)
		errors_throw(env);
	return count;
}

/* Maps and variables */

static void find_map(JNIEnv *env, jclass class, jlong handle, jstring string, jintArray facts)
{
	struct object_map *map;
	struct object *object;
	char name[NAME_BYTES];
	jint values[6];
	int error;

	(void)class;
	error = read_name(env, string, name);
	if (error)
		goto out;
	object = handle_use(handle, HANDLE_OBJECT);
	if (!object) {
		error = -EBADFD;
		goto out;
	}
	error = object_find_map(object, name);
	if (error >= 0) {
		map = &object->maps[error];
		values[0] = error;
		values[1] = map->type;
		values[2] = map->key_bytes;
		values[3] = map->value_bytes;
		values[4] = map->max_entries;
		values[5] = map->per_cpu;
		error = set_ints(env, facts, values, 6);
	}
	handle_release(handle);
out:
	if (error < 0)
		errors_throw(env);
}

static void find_variable(JNIEnv *env, jclass class, jlong handle, jstring string, jintArray result)
{
	struct variable_place place;
	struct object *object;
	char name[NAME_BYTES];
	jint values[3];
	int error;

	(void)class;
	error = read_name(env, string, name);
	if (error)
		goto out;
	object = handle_use(handle, HANDLE_OBJECT);
	error = object ? object_find_variable(object, name, &place) : -EBADFD;
	if (object)
		handle_release(handle);
	if (error)
		goto out;
	values[0] = place.map;
	values[1] = place.offset;
	values[2] = place.bytes;
	error = set_ints(env, result, values, 3);
out:
	if (error)
		errors_throw(env);
}

/*
 * A call on a map with a key: uses the object, finds and checks the map, and
 * copies the key. Ended by end_map_call, also after a fault.
 */
struct map_call {
	jlong handle;
	struct object *object;
	struct object_map *map;
	struct bytes key;
	struct bytes value;
};

static int begin_map_call(JNIEnv *env, struct map_call *call, jlong handle, jint index, jbyteArray key,
			  long value_bytes)
{
	int error, length;

	call->handle = handle;
	call->key.at = call->key.few;
	call->value.at = call->value.few;
	call->object = handle_use(handle, HANDLE_OBJECT);
	if (!call->object)
		return -EBADFD;
	call->map = map_at(call->object, index);
	if (!call->map)
		return -EINVAL;
	length = array_length(env, key, "key");
	if (length < 0)
		return length;
	error = map_check(call->map, length, value_bytes);
	if (!error)
		error = make_room(&call->key, length);
	if (!error)
		error = get_bytes(env, key, &call->key);
	return error;
}

static void end_map_call(JNIEnv *env, struct map_call *call, int result)
{
	free_bytes(&call->key);
	free_bytes(&call->value);
	if (call->object)
		handle_release(call->handle);
	if (result < 0)
		errors_throw(env);
}

static jboolean lookup(JNIEnv *env, jclass class, jlong handle, jint index, jbyteArray key, jbyteArray value)
{
	struct map_call call;
	int result, length;

	(void)class;
	length = array_length(env, value, "value");
	if (length < 0) {
		errors_throw(env);
		return false;
	}
	result = begin_map_call(env, &call, handle, index, key, length);
	if (!result && call.map->per_cpu)
		result =
			fail_argument("look up in map %s: per CPU (expected: sumPerCpu)", bpf_map__name(call.map->map));
	if (!result)
		result = make_room(&call.value, length);
	if (!result)
		result = map_lookup(call.map, call.key.at, call.value.at);
	if (result > 0 && set_bytes(env, value, call.value.at, length))
		result = -EFAULT;
	end_map_call(env, &call, result);
	return result > 0;
}

static jboolean sum_per_cpu(JNIEnv *env, jclass class, jlong handle, jint index, jbyteArray key, jlongArray sums)
{
	struct map_call call;
	int result, length;

	(void)class;
	length = array_length(env, sums, "sums");
	if (length < 0) {
		errors_throw(env);
		return false;
	}
	result = begin_map_call(env, &call, handle, index, key, -1);
	if (!result)
		result = make_room(&call.value, (size_t)length * sizeof(jlong));
	if (!result)
		result = map_sum_per_cpu(call.map, call.key.at, call.value.at, length);
	if (result > 0) {
		(*env)->SetLongArrayRegion(env, sums, 0, length, call.value.at);
		if ((*env)->ExceptionCheck(env))
			result = -EFAULT;
	}
	end_map_call(env, &call, result);
	return result > 0;
}

static jboolean update(JNIEnv *env, jclass class, jlong handle, jint index, jbyteArray key, jbyteArray value, jint mode)
{
	struct map_call call;
	int result, length;
	size_t room, at;

	(void)class;
	length = array_length(env, value, "value");
	if (length < 0) {
		errors_throw(env);
		return false;
	}
	result = begin_map_call(env, &call, handle, index, key, length);
	if (!result) {
		room = map_room(call.map);
		result = make_room(&call.value, room > (size_t)length ? room : (size_t)length);
	}
	if (!result) {
		memset(call.value.at, 0, call.value.count);
		call.value.count = length;
		result = get_bytes(env, value, &call.value);
	}
	if (!result) {
		/* of a per-CPU map the kernel reads one value for each CPU */
		for (at = (length + 7) / 8 * 8; length && at + length <= room; at += (length + 7) / 8 * 8)
			memcpy((char *)call.value.at + at, call.value.at, length);
		result = map_update(call.map, call.key.at, call.value.at, mode);
	}
	end_map_call(env, &call, result);
	return result > 0;
}

static jboolean delete (JNIEnv *env, jclass class, jlong handle, jint index, jbyteArray key)
{
	struct map_call call;
	int result;

	(void)class;
	result = begin_map_call(env, &call, handle, index, key, -1);
	if (!result)
		result = map_delete(call.map, call.key.at);
	end_map_call(env, &call, result);
	return result > 0;
}

static jboolean next_key(JNIEnv *env, jclass class, jlong handle, jint index, jbyteArray key, jbyteArray next)
{
	struct map_call call;
	int result, length;

	(void)class;
	/* without a key, next's bytes stand in for the checks and are not used */
	result = begin_map_call(env, &call, handle, index, key ? key : next, -1);
	length = result ? result : array_length(env, next, "next");
	if (!result)
		result = length < 0 ? length : map_check(call.map, length, -1);
	if (!result)
		result = make_room(&call.value, length);
	if (!result)
		result = map_next_key(call.map, key ? call.key.at : NULL, call.value.at);
	if (result > 0 && set_bytes(env, next, call.value.at, length))
		result = -EFAULT;
	end_map_call(env, &call, result);
	return result > 0;
}

static jboolean pop(JNIEnv *env, jclass class, jlong handle, jint index, jbyteArray key, jbyteArray value)
{
	struct map_call call;
	int result, length;

	(void)class;
	length = array_length(env, value, "value");
	if (length < 0) {
		errors_throw(env);
		return false;
	}
	result = begin_map_call(env, &call, handle, index, key, length);
	if (!result && call.map->key_bytes)
		result = fail_argument("take from map %s: it has keys (expected: a queue)",
				       bpf_map__name(call.map->map));
	if (!result)
		result = make_room(&call.value, length);
	if (!result)
		result = map_pop(call.map, call.value.at);
	if (result > 0 && set_bytes(env, value, call.value.at, length))
		result = -EFAULT;
	end_map_call(env, &call, result);
	return result > 0;
}

/* Entries read, or their complement when they are the last. */
static jint read_batch(JNIEnv *env, jclass class, jlong handle, jint index, jbyteArray cursor, jboolean first,
		       jbyteArray keys, jbyteArray values)
{
	struct bytes key_bytes = { .at = key_bytes.few }, value_bytes = { .at = value_bytes.few };
	struct object *object = handle_use(handle, HANDLE_OBJECT);
	int result = -EBADFD, keys_length, values_length;
	struct object_map *map;
	char place[SCRATCH_BYTES];
	uint32_t count = 0;
	jsize room;

	(void)class;
	if (!object)
		goto out;
	map = map_at(object, index);
	result = -EINVAL;
	if (!map)
		goto out;
	room = array_length(env, cursor, "cursor");
	keys_length = array_length(env, keys, "keys");
	values_length = array_length(env, values, "values");
	if (room < 0 || keys_length < 0 || values_length < 0)
		goto out;
	if (map->per_cpu || map->key_bytes == 0) {
		result = fail_argument("read map %s: per CPU or without keys", bpf_map__name(map->map));
		goto out;
	}
	if (room < 8 || room < (jsize)map->key_bytes || room > (jsize)sizeof(place)) {
		result = fail_argument("cursor of map %s: %d bytes", bpf_map__name(map->map), room);
		goto out;
	}
	count = keys_length / map->key_bytes;
	if (count == 0 || keys_length % map->key_bytes ||
	    (uint64_t)count * map->value_bytes != (uint64_t)values_length) {
		result = fail_argument("read map %s: room for %d bytes of keys and %d of values",
				       bpf_map__name(map->map), keys_length, values_length);
		goto out;
	}
	result = make_room(&key_bytes, keys_length);
	if (!result)
		result = make_room(&value_bytes, values_length);
	if (result)
		goto out;
	(*env)->GetByteArrayRegion(env, cursor, 0, room, (jbyte *)place);
	result = map_read_batch(map, place, first, key_bytes.at, value_bytes.at, &count);
	if (result >= 0) {
		(*env)->SetByteArrayRegion(env, cursor, 0, room, (jbyte *)place);
		(*env)->SetByteArrayRegion(env, keys, 0, count * map->key_bytes, key_bytes.at);
		(*env)->SetByteArrayRegion(env, values, 0, count * map->value_bytes, value_bytes.at);
	}
out:
	free_bytes(&key_bytes);
	free_bytes(&value_bytes);
	if (object)
		handle_release(handle);
	if (result < 0) {
		errors_throw(env);
		return 0;
	}
	return result ? (jint)count : ~(jint)count;
}

static int check_access(jint size)
{
	if (size == sizeof(uint32_t) || size == sizeof(uint64_t))
		return 0;
	return fail_argument("access: %d bytes (expected: 4 or 8)", size);
}

static jlong read_mapped(JNIEnv *env, jclass class, jlong handle, jint index, jint element, jint offset, jint size)
{
	struct object *object = handle_use(handle, HANDLE_OBJECT);
	struct object_map *map;
	uint64_t value = 0;
	int error = -EBADFD;

	(void)class;
	if (!object)
		goto out;
	map = map_at(object, index);
	error = map ? check_access(size) : -EINVAL;
	if (!error)
		error = mapped_read(map, element, offset, size, &value);
	handle_release(handle);
out:
	if (error)
		errors_throw(env);
	return value;
}

static void write_mapped(JNIEnv *env, jclass class, jlong handle, jint index, jint element, jint offset, jint size,
			 jlong value)
{
	struct object *object = handle_use(handle, HANDLE_OBJECT);
	struct object_map *map;
	int error = -EBADFD;

	(void)class;
	if (!object)
		goto out;
	map = map_at(object, index);
	error = map ? check_access(size) : -EINVAL;
	if (!error)
		error = mapped_write(map, element, offset, size, value);
	handle_release(handle);
out:
	if (error)
		errors_throw(env);
}

/* Rings */

static jlong open_reader(JNIEnv *env, jclass class)
{
	struct reader *reader;
	int64_t handle = -1;

	(void)class;
	log_clear();
	if (!reader_open(&reader)) {
		handle = handle_create(HANDLE_READER, reader);
		if (handle < 0)
			reader_close(reader);
	}
	if (handle < 0)
		errors_throw(env);
	return handle;
}

static void add_to_reader(JNIEnv *env, jlong handle, jlong object_handle, jstring string,
			  int (*add)(struct reader *, struct object *, const char *))
{
	struct object *object = NULL;
	struct reader *reader;
	char name[NAME_BYTES];
	int error;

	error = read_name(env, string, name);
	if (error)
		goto out;
	error = -EBADFD;
	log_clear();
	reader = handle_use(handle, HANDLE_READER);
	if (reader)
		object = handle_use(object_handle, HANDLE_OBJECT);
	if (object)
		error = add(reader, object, name);
	if (object)
		handle_release(object_handle);
	if (reader)
		handle_release(handle);
out:
	if (error)
		errors_throw(env);
}

static void add_ring(JNIEnv *env, jclass class, jlong handle, jlong object, jstring map)
{
	(void)class;
	add_to_reader(env, handle, object, map, reader_add_ring);
}

static void add_perf(JNIEnv *env, jclass class, jlong handle, jlong object_handle, jstring string, jint bytes,
		     jint wake_bytes, jint look_millis)
{
	struct object *object = NULL;
	struct reader *reader;
	char name[NAME_BYTES];
	int error;

	(void)class;
	error = read_name(env, string, name);
	if (error)
		goto out;
	error = -EBADFD;
	log_clear();
	reader = handle_use(handle, HANDLE_READER);
	if (reader)
		object = handle_use(object_handle, HANDLE_OBJECT);
	if (object)
		error = bytes < 0 || wake_bytes < 0 || look_millis < 1 ?
				fail_argument("perf buffer %s: %d bytes, wake-up at %d, look every %d ms "
					      "(expected: >= 0, >= 0, >= 1)",
					      name, bytes, wake_bytes, look_millis) :
				reader_add_perf(reader, object, name, bytes, wake_bytes, look_millis);
	if (object)
		handle_release(object_handle);
	if (reader)
		handle_release(handle);
out:
	if (error)
		errors_throw(env);
}

static void add_flag(JNIEnv *env, jclass class, jlong handle, jlong object, jstring variable)
{
	(void)class;
	add_to_reader(env, handle, object, variable, reader_add_flag);
}

static int check_slab(JNIEnv *env, jbyteArray slab, jint offset, jint capacity)
{
	int length = array_length(env, slab, "slab");

	if (length < 0)
		return length;
	if (offset < 0 || capacity < 0 || capacity > length || offset > length - capacity)
		return fail_argument("slab: %d+%d (expected: within %d)", offset, capacity, length);
	return 0;
}

static jint poll_reader(JNIEnv *env, jclass class, jlong handle, jbyteArray slab, jint offset, jint capacity,
			jlongArray out)
{
	jlong answer[POLL_HEADER + POLL_PER_RING * RINGS_MAX];
	struct reader *reader;
	int result, length = 0, count;

	(void)class;
	result = check_slab(env, slab, offset, capacity);
	if (!result)
		result = length = array_length(env, out, "result");
	if (result < 0)
		goto out;
	reader = handle_use(handle, HANDLE_READER);
	result = -EBADFD;
	if (!reader)
		goto out;
	count = reader_out_count(reader);
	if (length != count)
		result = fail_argument("result: %d numbers (expected: %d, of newPoll)", length, count);
	else
		result = reader_poll(reader, env, slab, offset, capacity, answer);
	handle_release(handle);
	if (result >= 0) {
		(*env)->SetLongArrayRegion(env, out, 0, count, answer);
		if ((*env)->ExceptionCheck(env))
			result = -EFAULT;
	}
out:
	if (result < 0)
		errors_throw(env);
	return result;
}

static jboolean await_reader(JNIEnv *env, jclass class, jlong handle, jint timeout_millis, jint depth)
{
	struct reader *reader = handle_use(handle, HANDLE_READER);
	int result = -EBADFD;

	(void)class;
	if (reader) {
		log_clear();
		result = timeout_millis < 0 ? fail_argument("timeout: %d ms (expected: >= 0)", timeout_millis) :
					      reader_await(reader, timeout_millis, (uint32_t)depth);
		handle_release(handle);
	}
	if (result < 0)
		errors_throw(env);
	return result > 0;
}

static void wakeup_reader(JNIEnv *env, jclass class, jlong handle)
{
	struct reader *reader = handle_use(handle, HANDLE_READER);

	(void)class;
	if (!reader) {
		errors_throw(env);
		return;
	}
	reader_wakeup(reader);
	handle_release(handle);
}

static void close_reader(JNIEnv *env, jclass class, jlong handle)
{
	struct reader *reader = handle_retire(handle, HANDLE_READER, reader_interrupt);

	(void)class;
	if (reader)
		reader_close(reader);
	else
		errors_throw(env);
}

#define STRING "Ljava/lang/String;"
#define STRINGS "[Ljava/lang/String;"

static const JNINativeMethod methods[] = {
	{ "logLevel", "(I)V", log_level },
	{ "hasRingBuffers", "()Z", ring_buffers },
	{ "possibleCpus", "()I", possible_cpus },
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
	{ "objectRunCount", "(J" STRING ")J", run_count },
	{ "mapFind", "(J" STRING "[I)V", find_map },
	{ "variableFind", "(J" STRING "[I)V", find_variable },
	{ "mapLookup", "(JI[B[B)Z", lookup },
	{ "mapSumPerCpu", "(JI[B[J)Z", sum_per_cpu },
	{ "mapUpdate", "(JI[B[BI)Z", update },
	{ "mapDelete", "(JI[B)Z", delete },
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

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved)
{
	jclass natives, string;
	JNIEnv *env;

	(void)reserved;
	if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_10) != JNI_OK)
		return JNI_ERR;
	if (errors_prepare(env))
		return JNI_ERR;
	string = (*env)->FindClass(env, "java/lang/String");
	if (!string)
		return JNI_ERR;
	string_class = (*env)->NewGlobalRef(env, string);
	natives = (*env)->FindClass(env, "io/kyanos/bridge/Native");
	if (!string_class || !natives)
		return JNI_ERR;
	if ((*env)->RegisterNatives(env, natives, methods, sizeof(methods) / sizeof(methods[0])))
		return JNI_ERR;
	log_prepare();
	return JNI_VERSION_10;
}
