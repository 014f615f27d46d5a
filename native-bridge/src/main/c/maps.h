/* SPDX-License-Identifier: Apache-2.0 */
/* Access to the maps of a loaded object, by index. Sizes are checked here. */
#ifndef KYANOS_MAPS_H
#define KYANOS_MAPS_H

#include "object.h"

/* NULL with a noted fault when the object is not loaded or has no such map. */
struct object_map *map_at(struct object *object, int index);

/* Checks the sizes of the caller's key and value; value_bytes -1 where there is none. */
int map_check(const struct object_map *map, long key_bytes, long value_bytes);

/* 1 found or done, 0 not there, or -errno. value holds map_room() bytes. */
int map_lookup(const struct object_map *map, const void *key, void *value);
int map_update(const struct object_map *map, const void *key, const void *value, uint64_t flags);
int map_delete(const struct object_map *map, const void *key);
int map_next_key(const struct object_map *map, const void *key, void *next);
int map_pop(const struct object_map *map, void *value);

/*
 * Up to *count entries, going on after *cursor (8 bytes or a key's, whichever is more; none
 * before the first call). 1 there is more, 0 these were the last, or -errno.
 */
int map_read_batch(const struct object_map *map, void *cursor, bool first, void *keys, void *values, uint32_t *count);

/* Bytes that the kernel copies for a value: of a per-CPU map the ones of all CPUs. */
size_t map_room(const struct object_map *map);

/* Sums the values of all CPUs, each an array of count u64. */
int map_sum_per_cpu(const struct object_map *map, const void *key, uint64_t *sums, int count);

/* One aligned access of size 4 or 8 to mapped memory. */
int mapped_read(const struct object_map *map, int element, int offset, int size, uint64_t *value);
int mapped_write(const struct object_map *map, int element, int offset, int size, uint64_t value);

#endif
