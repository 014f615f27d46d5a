/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clocks.h"
#include "errors.h"
#include "log.h"
#include "object.h"

#define ITERATOR_BYTES_MAX (256UL << 20)
#define ITERATOR_BYTES_FIRST (64UL << 10)

static size_t round_up(size_t value, size_t to)
{
	return (value + to - 1) / to * to;
}

static bool begins_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_per_cpu(uint32_t type)
{
	return type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_LRU_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

static struct object_program *find_program(struct object *object, const char *name)
{
	int i;

	for (i = 0; i < object->program_count; i++)
		if (strcmp(bpf_program__name(object->programs[i].program), name) == 0)
			return &object->programs[i];
	fail_argument("program %s: not in object %s", name, object->name);
	return NULL;
}

static int find_map(struct object *object, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object->bpf, name);
	int i;

	for (i = 0; map && i < object->map_count; i++)
		if (object->maps[i].map == map)
			return i;
	return fail_argument("map %s: not in object %s", name, object->name);
}

/* Finds a global by the object's BTF. 1 found, 0 not. */
static int find_global(struct object *object, const char *name, bool constant, struct variable_place *place)
{
	const struct btf *btf = bpf_object__btf(object->bpf);
	const struct btf_type *section, *variable;
	const struct btf_var_secinfo *info;
	const char *section_name;
	struct bpf_map *map;
	uint32_t id, count;
	int i;

	count = btf ? btf__type_cnt(btf) : 0;
	for (id = 1; id < count; id++) {
		section = btf__type_by_id(btf, id);
		if (!btf_is_datasec(section))
			continue;
		section_name = btf__name_by_offset(btf, section->name_off);
		if (!begins_with(section_name, ".rodata") &&
		    (constant || (!begins_with(section_name, ".bss") && !begins_with(section_name, ".data"))))
			continue;
		map = bpf_object__find_map_by_name(object->bpf, section_name);
		if (!map)
			continue;
		info = btf_var_secinfos(section);
		for (i = 0; i < btf_vlen(section); i++, info++) {
			variable = btf__type_by_id(btf, info->type);
			if (strcmp(btf__name_by_offset(btf, variable->name_off), name) != 0)
				continue;
			place->map = find_map(object, section_name);
			place->offset = info->offset;
			place->bytes = info->size;
			return place->map >= 0;
		}
	}
	return 0;
}

/* Fills programs and maps from libbpf's object, which has been opened anew. */
static int index_object(struct object *object)
{
	struct bpf_program *program;
	struct bpf_map *map;
	int i;

	i = 0;
	bpf_object__for_each_program(program, object->bpf)
		i++;
	if (!object->programs) {
		object->programs = calloc(i + 1, sizeof(*object->programs));
		object->program_count = i;
	}
	i = 0;
	bpf_object__for_each_map(map, object->bpf)
		i++;
	if (!object->maps) {
		object->maps = calloc(i + 1, sizeof(*object->maps));
		object->map_count = i;
		while (object->maps && i-- > 0) {
			object->maps[i].fd = -1;
			object->maps[i].reused_fd = -1;
		}
	}
	if (!object->programs || !object->maps)
		return fail_system(ENOMEM, "open %s", object->name);
	i = 0;
	bpf_object__for_each_program(program, object->bpf)
		object->programs[i++].program = program;
	i = 0;
	bpf_object__for_each_map(map, object->bpf)
		object->maps[i++].map = map;
	return 0;
}

static int open_elf(struct object *object, struct bpf_object **opened)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = object->name);
	char kernel_name[BPF_OBJ_NAME_LEN] = "";
	size_t i;

	/* the kernel accepts letters, digits and '_' in names */
	for (i = 0; i < sizeof(kernel_name) - 1 && object->name[i]; i++) {
		kernel_name[i] = object->name[i];
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", kernel_name[i]))
			kernel_name[i] = '_';
	}
	options.object_name = kernel_name;
	*opened = bpf_object__open_mem(object->elf, object->elf_bytes, &options);
	if (!*opened)
		return fail_system(errno, "open object %s (%zu bytes)", object->name, object->elf_bytes);
	return 0;
}

int object_open(void *elf, size_t elf_bytes, const char *name, struct object **opened)
{
	struct object *object = calloc(1, sizeof(*object));
	int error;

	if (!object) {
		free(elf);
		return fail_system(ENOMEM, "open %s", name);
	}
	snprintf(object->name, sizeof(object->name), "%s", name);
	object->elf = elf;
	object->elf_bytes = elf_bytes;
	pthread_mutex_init(&object->lock, NULL);
	error = open_elf(object, &object->bpf);
	if (!error)
		error = index_object(object);
	if (error) {
		object_close(object);
		return error;
	}
	*opened = object;
	return 0;
}

void object_close(struct object *object)
{
	int i;

	for (i = 0; i < object->program_count; i++) {
		bpf_link__destroy(object->programs[i].link);
		free(object->programs[i].refused_log);
	}
	for (i = 0; i < object->map_count; i++) {
		if (object->maps[i].memory)
			munmap(object->maps[i].memory, object->maps[i].memory_bytes);
		if (object->maps[i].reused_fd >= 0)
			close(object->maps[i].reused_fd);
	}
	bpf_object__close(object->bpf);
	free(object->programs);
	free(object->maps);
	free(object->elf);
	pthread_mutex_destroy(&object->lock);
	free(object);
}

/* Takes the lock; the caller unlocks also after a refusal. */
static int lock_before_load(struct object *object, const char *act, const char *subject)
{
	pthread_mutex_lock(&object->lock);
	if (object->loaded || object->spoiled)
		return fail_state("%s %s: object %s has been loaded", act, subject, object->name);
	return 0;
}

static int lock_after_load(struct object *object, const char *act, const char *subject)
{
	pthread_mutex_lock(&object->lock);
	if (!object->loaded)
		return fail_state("%s %s: object %s is not loaded", act, subject, object->name);
	return 0;
}

bool object_is_loaded(struct object *object)
{
	return atomic_load_explicit(&object->loaded, memory_order_acquire);
}

int object_constant_size(struct object *object, const char *name)
{
	struct variable_place place;
	int found;

	pthread_mutex_lock(&object->lock);
	found = find_global(object, name, true, &place);
	pthread_mutex_unlock(&object->lock);
	return found ? (int)place.bytes : -1;
}

int object_set_constant(struct object *object, const char *name, const void *value, size_t bytes)
{
	struct variable_place place;
	size_t section_bytes = 0;
	const void *section;
	char *changed;
	int error;

	error = lock_before_load(object, "set constant", name);
	if (error)
		goto unlock;
	if (!find_global(object, name, true, &place)) {
		error = fail_argument("constant %s: not in object %s", name, object->name);
		goto unlock;
	}
	if (bytes != place.bytes) {
		error = fail_argument("constant %s: %zu bytes (expected: %u)", name, bytes, place.bytes);
		goto unlock;
	}
	section = bpf_map__initial_value(object->maps[place.map].map, &section_bytes);
	if (!section || place.offset + bytes > section_bytes) {
		error = fail_argument("constant %s: outside of its section (%zu bytes)", name, section_bytes);
		goto unlock;
	}
	changed = malloc(section_bytes);
	if (!changed) {
		error = fail_system(ENOMEM, "set constant %s", name);
		goto unlock;
	}
	memcpy(changed, section, section_bytes);
	memcpy(changed + place.offset, value, bytes);
	error = bpf_map__set_initial_value(object->maps[place.map].map, changed, section_bytes);
	if (error)
		error = fail_system(-error, "set constant %s", name);
	free(changed);
unlock:
	pthread_mutex_unlock(&object->lock);
	return error;
}

int object_set_max_entries(struct object *object, const char *map, uint32_t max_entries)
{
	int error, index;

	error = lock_before_load(object, "set max entries of", map);
	if (error)
		goto unlock;
	index = error = find_map(object, map);
	if (index < 0)
		goto unlock;
	error = bpf_map__set_max_entries(object->maps[index].map, max_entries);
	if (error)
		error = fail_system(-error, "set max entries of %s to %u", map, max_entries);
unlock:
	pthread_mutex_unlock(&object->lock);
	return error;
}

bool object_has_ring_buffers(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "kyanos_probe", 0, 0, sysconf(_SC_PAGESIZE), NULL);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno != EINVAL;
}

/* libbpf finds out the number of entries, one per CPU. */
static int make_perf_array(struct bpf_map *map)
{
	int error = bpf_map__set_type(map, BPF_MAP_TYPE_PERF_EVENT_ARRAY);

	if (!error)
		error = bpf_map__set_key_size(map, sizeof(int));
	if (!error)
		error = bpf_map__set_value_size(map, sizeof(int));
	if (!error)
		error = bpf_map__set_max_entries(map, 0);
	return error;
}

int object_use_perf_buffers(struct object *object, const char *map)
{
	int error, index;

	error = lock_before_load(object, "use perf buffers for", map);
	if (error)
		goto unlock;
	index = error = find_map(object, map);
	if (index < 0)
		goto unlock;
	error = 0;
	if (bpf_map__type(object->maps[index].map) != BPF_MAP_TYPE_RINGBUF) {
		error = fail_argument("use perf buffers for map %s: type %u (expected: %d, a ring buffer)", map,
				      bpf_map__type(object->maps[index].map), BPF_MAP_TYPE_RINGBUF);
		goto unlock;
	}
	error = make_perf_array(object->maps[index].map);
	if (error)
		error = fail_system(-error, "use perf buffers for map %s", map);
unlock:
	pthread_mutex_unlock(&object->lock);
	return error;
}

int object_reuse_map(struct object *object, const char *map, struct object *other, const char *other_map)
{
	struct object_map *mine, *others;
	int error, index;

	/* maps of a loaded object do not change: no lock on the other */
	if (!object_is_loaded(other))
		return fail_state("reuse map %s: object %s is not loaded", other_map, other->name);
	index = find_map(other, other_map);
	if (index < 0)
		return index;
	others = &other->maps[index];
	error = lock_before_load(object, "reuse map", map);
	if (error)
		goto unlock;
	index = error = find_map(object, map);
	if (index < 0)
		goto unlock;
	mine = &object->maps[index];
	error = 0;
	if (bpf_map__type(mine->map) != others->type || bpf_map__key_size(mine->map) != others->key_bytes ||
	    bpf_map__value_size(mine->map) != others->value_bytes) {
		error = fail_argument("reuse map %s for %s: type %u, key %u, value %u "
				      "(expected: type %u, key %u, value %u)",
				      other_map, map, others->type, others->key_bytes, others->value_bytes,
				      bpf_map__type(mine->map), bpf_map__key_size(mine->map),
				      bpf_map__value_size(mine->map));
		goto unlock;
	}
	if (mine->reused_fd >= 0) {
		error = fail_state("reuse map %s: it is another object's already", map);
		goto unlock;
	}
	mine->reused_fd = fcntl(others->fd, F_DUPFD_CLOEXEC, 0);
	if (mine->reused_fd < 0) {
		error = fail_system(errno, "reuse map %s", other_map);
		goto unlock;
	}
	error = bpf_map__reuse_fd(mine->map, mine->reused_fd);
	if (error)
		error = fail_system(-error, "reuse map %s for %s", other_map, map);
unlock:
	pthread_mutex_unlock(&object->lock);
	return error;
}

int object_set_autoload(struct object *object, const char *name, bool autoload)
{
	struct object_program *program;
	int error;

	error = lock_before_load(object, "set autoload of", name);
	if (error)
		goto unlock;
	program = find_program(object, name);
	if (!program)
		error = -EINVAL;
	else
		bpf_program__set_autoload(program->program, autoload);
unlock:
	pthread_mutex_unlock(&object->lock);
	return error;
}

/* libbpf refuses a second load of an object, so it is opened anew with all that was set. */
static int open_again(struct object *object)
{
	struct bpf_object *old = object->bpf, *opened;
	struct object_map *maps = object->maps;
	struct bpf_map *map;
	struct bpf_program *program;
	size_t bytes, old_bytes;
	const void *value, *old_value;
	int i, error;

	error = open_elf(object, &opened);
	if (error)
		return error;
	i = 0;
	bpf_object__for_each_program(program, opened)
		bpf_program__set_autoload(program, bpf_program__autoload(object->programs[i].program) &&
							   !object->programs[i].refused),
			i++;
	i = 0;
	bpf_object__for_each_map(map, opened) {
		old_value = bpf_map__initial_value(maps[i].map, &old_bytes);
		value = bpf_map__initial_value(map, &bytes);
		if (value && old_value && bytes == old_bytes)
			error = bpf_map__set_initial_value(map, old_value, bytes);
		else if (maps[i].reused_fd >= 0)
			error = bpf_map__reuse_fd(map, maps[i].reused_fd);
		else if (bpf_map__type(map) != bpf_map__type(maps[i].map))
			error = make_perf_array(map);
		else if (bpf_map__max_entries(map) != bpf_map__max_entries(maps[i].map))
			error = bpf_map__set_max_entries(map, bpf_map__max_entries(maps[i].map));
		if (error) {
			bpf_object__close(opened);
			return fail_system(-error, "set map %s of object %s again", bpf_map__name(maps[i].map),
					   object->name);
		}
		i++;
	}
	object->bpf = opened;
	error = index_object(object);
	bpf_object__close(old);
	return error;
}

/* The program that the failed load stopped at, as libbpf's last words name it. */
static struct object_program *find_refused(struct object *object)
{
	char line[NAME_BYTES + 32];
	int i;

	for (i = 0; i < object->program_count; i++) {
		snprintf(line, sizeof(line),
			 "prog '%s': failed to load: ", bpf_program__name(object->programs[i].program));
		if (!object->programs[i].refused && bpf_program__autoload(object->programs[i].program) &&
		    strstr(log_text(), line))
			return &object->programs[i];
	}
	return NULL;
}

static void map_memory(struct object_map *map)
{
	long page = sysconf(_SC_PAGESIZE);

	map->memory_bytes = round_up(round_up(map->value_bytes, 8) * (size_t)map->max_entries, page);
	map->writable = true;
	map->memory = mmap(NULL, map->memory_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, map->fd, 0);
	if (map->memory == MAP_FAILED) { /* constants are frozen */
		map->writable = false;
		map->memory = mmap(NULL, map->memory_bytes, PROT_READ, MAP_SHARED, map->fd, 0);
	}
	if (map->memory == MAP_FAILED)
		map->memory = NULL;
}

static void describe_maps(struct object *object)
{
	struct object_map *map;

	for (map = object->maps; map < object->maps + object->map_count; map++) {
		map->fd = bpf_map__fd(map->map);
		map->type = bpf_map__type(map->map);
		map->key_bytes = bpf_map__key_size(map->map);
		map->value_bytes = bpf_map__value_size(map->map);
		map->max_entries = bpf_map__max_entries(map->map);
		map->per_cpu = is_per_cpu(map->type);
		if (map->fd >= 0 && map->type == BPF_MAP_TYPE_ARRAY && (bpf_map__map_flags(map->map) & BPF_F_MMAPABLE))
			map_memory(map);
	}
}

int object_load(struct object *object)
{
	struct object_program *refused;
	int error;

	clock_measure(); /* now, before our own programs see the system calls of measuring */
	error = lock_before_load(object, "load", "object");
	while (!error) {
		log_clear();
		error = bpf_object__load(object->bpf);
		if (!error)
			break;
		refused = find_refused(object);
		if (!refused) {
			error = fail_system(-error, "load object %s", object->name);
			object->spoiled = true;
			break;
		}
		refused->refused = -error;
		refused->refused_log = strdup(log_text());
		error = open_again(object);
		if (error)
			object->spoiled = true;
	}
	if (!error) {
		describe_maps(object);
		atomic_store_explicit(&object->loaded, true, memory_order_release);
		/* the image was kept to open it again: not needed any more */
		free(object->elf);
		object->elf = NULL;
	}
	pthread_mutex_unlock(&object->lock);
	return error;
}

static bool is_iterator(const struct object_program *program)
{
	return bpf_program__expected_attach_type(program->program) == BPF_TRACE_ITER;
}

int object_is_attachable(struct object *object, const char *name)
{
	struct object_program *program;
	int answer;

	answer = lock_after_load(object, "attach", name);
	if (answer)
		goto unlock;
	program = find_program(object, name);
	if (!program)
		answer = -EINVAL;
	else
		answer = (program->refused || bpf_program__fd(program->program) >= 0) && !program->link &&
			 !is_iterator(program);
unlock:
	pthread_mutex_unlock(&object->lock);
	return answer;
}

/* object->lock is held. Finds a program that can run, or notes why it cannot. */
static int find_loaded(struct object *object, const char *act, const char *name, struct object_program **found)
{
	struct object_program *program = find_program(object, name);

	if (!program)
		return -EINVAL;
	*found = program;
	if (program->refused)
		return fail_system(program->refused, "load program %s", name);
	if (bpf_program__fd(program->program) < 0)
		return fail_state("%s %s: not loaded, as autoload is off", act, name);
	return 0;
}

/* The root of all cgroups; that of a cgroup namespace is one of the others, which have such a file. */
static bool is_root_of_cgroups(int folder)
{
	return faccessat(folder, "cgroup.events", F_OK, 0) != 0;
}

/* Programs at a cgroup: at the root of the newer hierarchy, wherever it is mounted. */
static struct bpf_link *attach_to_cgroups(struct bpf_program *program)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct bpf_link *link = NULL;
	struct mntent *mount;
	int root = -1, error;

	while (mounts && root < 0 && (mount = getmntent(mounts))) {
		if (strcmp(mount->mnt_type, "cgroup2") != 0)
			continue;
		root = open(mount->mnt_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (root >= 0 && !is_root_of_cgroups(root)) {
			close(root);
			root = -1;
		}
	}
	if (mounts)
		endmntent(mounts);
	if (root < 0) {
		errno = ENOENT;
		return NULL;
	}
	link = bpf_program__attach_cgroup(program, root);
	error = errno;
	close(root);
	errno = error;
	return link;
}

int object_attach(struct object *object, const char *name, bool *at_load, const char **log)
{
	struct object_program *program = NULL;
	int error;

	error = lock_after_load(object, "attach", name);
	if (error)
		goto unlock;
	error = find_loaded(object, "attach", name, &program);
	if (program && program->refused) {
		*at_load = true;
		*log = program->refused_log ? program->refused_log : "";
		error = program->refused;
		goto unlock;
	}
	if (error)
		goto unlock;
	if (program->link) {
		error = fail_state("attach %s: it is attached", name);
		goto unlock;
	}
	if (begins_with(bpf_program__section_name(program->program), "cgroup/"))
		program->link = attach_to_cgroups(program->program);
	else
		program->link = bpf_program__attach(program->program);
	if (!program->link)
		error = errno;
	*at_load = false;
	*log = log_text();
unlock:
	pthread_mutex_unlock(&object->lock);
	return error;
}

int object_detach(struct object *object, const char *name)
{
	struct object_program *program;
	int error = 0;

	pthread_mutex_lock(&object->lock);
	program = find_program(object, name);
	if (!program) {
		error = -EINVAL;
		goto unlock;
	}
	error = bpf_link__destroy(program->link);
	program->link = NULL;
	if (error)
		error = fail_system(-error, "detach %s", name);
unlock:
	pthread_mutex_unlock(&object->lock);
	return error;
}

static int64_t read_to_end(int fd, const char *name, char **bytes)
{
	size_t room = ITERATOR_BYTES_FIRST, used = 0;
	char *buffer = malloc(room), *larger;
	ssize_t got;

	for (;;) {
		if (!buffer)
			return fail_system(ENOMEM, "read iterator %s", name);
		got = read(fd, buffer + used, room - used);
		if (got == 0)
			break;
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue; /* the kernel's answer after a long time without output */
		if (got < 0) {
			free(buffer);
			return fail_system(errno, "read iterator %s", name);
		}
		used += got;
		if (used < room)
			continue;
		room *= 2;
		if (room > ITERATOR_BYTES_MAX) {
			free(buffer);
			return fail_system(EFBIG, "read iterator %s: more than %lu bytes", name, ITERATOR_BYTES_MAX);
		}
		larger = realloc(buffer, room);
		if (!larger)
			free(buffer);
		buffer = larger;
	}
	*bytes = buffer;
	return used;
}

int64_t object_read_iterator(struct object *object, const char *name, const char *map, char **bytes)
{
	union bpf_iter_link_info info = {};
	LIBBPF_OPTS(bpf_iter_attach_opts, options);
	struct object_program *program;
	struct bpf_link *link = NULL;
	int index, fd = -1;
	int64_t result;

	result = lock_after_load(object, "read iterator", name);
	if (!result)
		result = find_loaded(object, "read iterator", name, &program);
	if (!result && !is_iterator(program))
		result = fail_argument("program %s: no iterator", name);
	if (!result && map) {
		index = find_map(object, map);
		if (index < 0) {
			result = index;
		} else {
			info.map.map_fd = (uint32_t)bpf_map__fd(object->maps[index].map);
			options.link_info = &info;
			options.link_info_len = sizeof(info);
		}
	}
	if (!result) {
		link = bpf_program__attach_iter(program->program, &options);
		if (!link)
			result = fail_system(errno, "attach iterator %s", name);
	}
	if (link) {
		fd = bpf_iter_create(bpf_link__fd(link));
		if (fd < 0)
			result = fail_system(errno, "create iterator %s", name);
	}
	pthread_mutex_unlock(&object->lock);
	if (!result)
		result = read_to_end(fd, name, bytes);
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	return result;
}

int object_runs(struct object *object, const char *name, struct runs *runs)
{
	struct bpf_prog_info info = {};
	struct object_program *program;
	uint32_t bytes = sizeof(info);
	int error;

	error = lock_after_load(object, "count runs of", name);
	if (!error)
		error = find_loaded(object, "count runs of", name, &program);
	if (!error && bpf_obj_get_info_by_fd(bpf_program__fd(program->program), &info, &bytes))
		error = fail_system(errno, "count runs of %s", name);
	pthread_mutex_unlock(&object->lock);
	*runs = (struct runs){ .count = info.run_cnt, .nanos = info.run_time_ns };
	return error;
}

int object_find_map(struct object *object, const char *name)
{
	int index;

	index = lock_after_load(object, "find map", name);
	if (!index)
		index = find_map(object, name);
	pthread_mutex_unlock(&object->lock);
	return index;
}

int object_find_variable(struct object *object, const char *name, struct variable_place *place)
{
	int error;

	error = lock_after_load(object, "find variable", name);
	if (!error && !find_global(object, name, false, place))
		error = fail_argument("variable %s: not in object %s", name, object->name);
	pthread_mutex_unlock(&object->lock);
	return error;
}
