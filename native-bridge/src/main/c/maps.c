/* SPDX-License-Identifier: Apache-2.0 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "maps.h"

static const char *name_of(const struct object_map *map)
{
	return bpf_map__name(map->map);
}

static size_t stride(const struct object_map *map)
{
	return ((size_t)map->value_bytes + 7) / 8 * 8;
}

struct object_map *map_at(struct object *object, int index)
{
	if (!object_is_loaded(object)) {
		fail_state("map: object %s is not loaded", object->name);
		return NULL;
	}
	if (index < 0 || index >= object->map_count) {
		fail_argument("map: index %d (expected: < %d)", index, object->map_count);
		return NULL;
	}
	return &object->maps[index];
}

int map_check(const struct object_map *map, long key_bytes, long value_bytes)
{
	if (key_bytes != (long)map->key_bytes)
		return fail_argument("key of map %s: %ld bytes (expected: %u)", name_of(map), key_bytes,
				     map->key_bytes);
	if (value_bytes >= 0 && value_bytes != (long)map->value_bytes)
		return fail_argument("value of map %s: %ld bytes (expected: %u)", name_of(map), value_bytes,
				     map->value_bytes);
	return 0;
}

size_t map_room(const struct object_map *map)
{
	return map->per_cpu ? stride(map) * libbpf_num_possible_cpus() : map->value_bytes;
}

/* What the map said: absence is an answer, all else a fault. */
static int answer(const struct object_map *map, const char *act, int absence, int result)
{
	if (result == 0)
		return 1;
	if (errno == absence)
		return 0;
	return fail_system(errno, "%s map %s", act, name_of(map));
}

int map_lookup(const struct object_map *map, const void *key, void *value)
{
	return answer(map, "look up in", ENOENT, bpf_map_lookup_elem(map->fd, key, value));
}

int map_update(const struct object_map *map, const void *key, const void *value, uint64_t flags)
{
	int absence = flags == BPF_NOEXIST ? EEXIST : flags == BPF_EXIST ? ENOENT : 0;

	/* of a queue the kernel wants no key at all */
	return answer(map, "update", absence, bpf_map_update_elem(map->fd, map->key_bytes ? key : NULL, value, flags));
}

int map_delete(const struct object_map *map, const void *key)
{
	return answer(map, "delete from", ENOENT, bpf_map_delete_elem(map->fd, key));
}

int map_next_key(const struct object_map *map, const void *key, void *next)
{
	return answer(map, "iterate", ENOENT, bpf_map_get_next_key(map->fd, key, next));
}

int map_pop(const struct object_map *map, void *value)
{
	return answer(map, "take from", ENOENT, bpf_map_lookup_and_delete_elem(map->fd, NULL, value));
}

int map_read_batch(const struct object_map *map, void *cursor, bool first, void *keys, void *values, uint32_t *count)
{
	return answer(map, "read", ENOENT,
		      bpf_map_lookup_batch(map->fd, first ? NULL : cursor, cursor, keys, values, count, NULL));
}

int map_sum_per_cpu(const struct object_map *map, const void *key, uint64_t *sums, int count)
{
	int result, cpu, cpus = libbpf_num_possible_cpus(), i;
	uint64_t *values;

	if (!map->per_cpu)
		return fail_argument("sum of map %s: it is not per CPU", name_of(map));
	if (map->value_bytes % sizeof(*sums) || (size_t)count != map->value_bytes / sizeof(*sums))
		return fail_argument("sum of map %s: %d numbers of 8 bytes (expected: %u bytes)", name_of(map), count,
				     map->value_bytes);
	values = calloc(cpus, map->value_bytes);
	if (!values)
		return fail_system(ENOMEM, "sum of map %s", name_of(map));
	result = map_lookup(map, key, values);
	memset(sums, 0, count * sizeof(*sums));
	for (cpu = 0; result > 0 && cpu < cpus; cpu++)
		for (i = 0; i < count; i++)
			sums[i] += values[(size_t)cpu * count + i];
	free(values);
	return result;
}

static int locate(const struct object_map *map, int element, int offset, int size, char **place)
{
	if (!map->memory)
		return fail_argument("map %s: not a mappable array", name_of(map));
	if (element < 0 || (uint32_t)element >= map->max_entries)
		return fail_argument("map %s: element %d (expected: < %u)", name_of(map), element, map->max_entries);
	if (offset < 0 || offset % size || (uint64_t)offset + size > map->value_bytes)
		return fail_argument("map %s: %d bytes at %d (expected: aligned, within %u)", name_of(map), size,
				     offset, map->value_bytes);
	*place = map->memory + (size_t)element * stride(map) + offset;
	return 0;
}

int mapped_read(const struct object_map *map, int element, int offset, int size, uint64_t *value)
{
	char *place;
	int error = locate(map, element, offset, size, &place);

	if (error)
		return error;
	if (size == sizeof(uint32_t))
		*value = __atomic_load_n((uint32_t *)place, __ATOMIC_ACQUIRE);
	else
		*value = __atomic_load_n((uint64_t *)place, __ATOMIC_ACQUIRE);
	return 0;
}

int mapped_write(const struct object_map *map, int element, int offset, int size, uint64_t value)
{
	char *place;
	int error = locate(map, element, offset, size, &place);

	if (error)
		return error;
	if (!map->writable)
		return fail_argument("map %s: constant after load", name_of(map));
	if (size == sizeof(uint32_t))
		__atomic_store_n((uint32_t *)place, value, __ATOMIC_SEQ_CST);
	else
		__atomic_store_n((uint64_t *)place, value, __ATOMIC_SEQ_CST);
	return 0;
}
