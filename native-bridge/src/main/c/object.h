/* SPDX-License-Identifier: Apache-2.0 */
/* A BPF object: opening, setting, loading, attaching, iterating. */
#ifndef KYANOS_OBJECT_H
#define KYANOS_OBJECT_H

#include <bpf/libbpf.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_BYTES 256

struct object_program {
	struct bpf_program *program;
	struct bpf_link *link;
	int refused; /* errno of the load that failed because of it */
	char *refused_log;
};

struct object_map {
	struct bpf_map *map;
	int fd;
	uint32_t type;
	uint32_t key_bytes;
	uint32_t value_bytes;
	uint32_t max_entries;
	bool per_cpu;
	char *memory; /* of a mappable array, else NULL */
	size_t memory_bytes;
	bool writable;
	int reused_fd; /* another object's map that takes this one's place, or -1 */
};

/*
 * Locking: lock guards libbpf's object and the programs. The maps are written
 * before loaded is set and never after, so map access needs no lock.
 */
struct object {
	char name[NAME_BYTES];
	void *elf;
	size_t elf_bytes;
	pthread_mutex_t lock;
	atomic_bool loaded;
	bool spoiled; /* a load failed for good */
	struct bpf_object *bpf;
	struct object_program *programs;
	int program_count;
	struct object_map *maps;
	int map_count;
};

struct variable_place {
	int map;
	uint32_t offset;
	uint32_t bytes;
};

/* Whether the kernel has BPF ring buffers; also yes when it may not be asked. */
bool object_has_ring_buffers(void);

/* Takes elf (allocated by malloc) over, also when it fails. */
int object_open(void *elf, size_t elf_bytes, const char *name, struct object **opened);
void object_close(struct object *object);

/* Bytes, or -1 without a fault when there is none of this name. */
int object_constant_size(struct object *object, const char *name);
int object_set_constant(struct object *object, const char *name, const void *value, size_t bytes);
int object_set_max_entries(struct object *object, const char *map, uint32_t max_entries);
/* Makes a ring buffer map one of perf buffers. */
int object_use_perf_buffers(struct object *object, const char *map);
int object_reuse_map(struct object *object, const char *map, struct object *other, const char *other_map);
int object_set_autoload(struct object *object, const char *program, bool autoload);
int object_load(struct object *object);
bool object_is_loaded(struct object *object);

/* 1 when attach would be of use: loaded or refused, no iterator, not attached. */
int object_is_attachable(struct object *object, const char *program);

/* 0 or the refusal's errno, positive; *at_load tells which step refused. */
int object_attach(struct object *object, const char *program, bool *at_load, const char **log);
int object_detach(struct object *object, const char *program);

/* Bytes read into *bytes (to be freed), or -errno. `map`: the one to walk, or NULL. */
int64_t object_read_iterator(struct object *object, const char *program, const char *map, char **bytes);

/* What the kernel has counted of a program since load. */
struct runs {
	uint64_t count;
	uint64_t nanos;
};
int object_runs(struct object *object, const char *program, struct runs *runs);

/* Index of a map, or -errno. After load. */
int object_find_map(struct object *object, const char *name);
int object_find_variable(struct object *object, const char *name, struct variable_place *place);

#endif
