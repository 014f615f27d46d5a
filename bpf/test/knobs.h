/* SPDX-License-Identifier: Apache-2.0 */
/* What every loader of the objects must set before load, for the tools of this folder. */
#ifndef KYANOS_TEST_KNOBS_H
#define KYANOS_TEST_KNOBS_H

#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

/*
 * The address of a variable in a section of data (".rodata", ".bss"), before
 * load. Its offset comes from the object's type information.
 */
static inline void *knob(struct bpf_object *object, const char *section, const char *name)
{
	const struct btf *btf = bpf_object__btf(object);
	int id = btf__find_by_name_kind(btf, section, BTF_KIND_DATASEC);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;
	const struct btf_var_secinfo *variable;
	struct bpf_map *map;
	size_t size;
	char *bytes;

	if (!type)
		return NULL;
	bpf_object__for_each_map (map, object) {
		const char *suffix = strrchr(bpf_map__name(map), '.');

		if (!suffix || strcmp(suffix, section) != 0)
			continue;
		bytes = (char *)bpf_map__initial_value(map, &size);
		variable = btf_var_secinfos(type);
		for (int i = 0; bytes && i < btf_vlen(type); i++, variable++) {
			const struct btf_type *var = btf__type_by_id(btf, variable->type);

			if (strcmp(btf__name_by_offset(btf, var->name_off), name) == 0)
				return bytes + variable->offset;
		}
	}
	return NULL;
}

/* Makes the rings perf buffers instead. Before load. */
static inline void use_perf_buffers(struct bpf_object *object)
{
	bool *transport = knob(object, ".rodata", "perf_transport");
	struct bpf_map *map;

	if (transport)
		*transport = true;
	bpf_object__for_each_map (map, object) {
		if (bpf_map__type(map) != BPF_MAP_TYPE_RINGBUF)
			continue;
		bpf_map__set_type(map, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
		bpf_map__set_key_size(map, sizeof(int));
		bpf_map__set_value_size(map, sizeof(int));
		bpf_map__set_max_entries(map, (unsigned int)libbpf_num_possible_cpus());
	}
}

static inline bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

/* Chooses the programs that see the bytes of sockets: at the sockets, or at system calls. Before
 * load.
 */
static inline void see_from(struct bpf_object *object, bool sockets)
{
	static const char *const at_sockets[] = { "on_send",
						  "on_recv",
						  "on_sending",
						  "on_space_adjust",
						  "on_sender4",
						  "on_sender6",
						  "on_datagram4",
						  "on_datagram6",
						  "on_accepted4",
						  "on_accepted6",
						  "on_writing",
						  "on_submit",
						  NULL };
	static const char *const at_calls[] = { "on_sys_enter", "on_sys_exit", "presume_calls",
						NULL };
	bool *by_sockets = knob(object, ".rodata", "by_sockets");
	struct bpf_program *program;

	if (!by_sockets)
		return;
	*by_sockets = sockets;
	bpf_object__for_each_program (program, object)
		if (is_one_of(bpf_program__name(program), sockets ? at_calls : at_sockets))
			bpf_program__set_autoload(program, false);
	/* the second is for kernels that do not have the first */
	program = bpf_object__find_program_by_name(
		object, libbpf_find_vmlinux_btf_id("tcp_sendmsg_locked", BPF_TRACE_RAW_TP) > 0
				? "on_writing"
				: "on_sending");
	if (program)
		bpf_program__set_autoload(program, false);
}

static inline void set_knobs(struct bpf_object *object, unsigned int ring_bytes)
{
	int cpus = libbpf_num_possible_cpus();
	unsigned int *lanes = knob(object, ".rodata", "cpu_lanes");
	unsigned int *own = knob(object, ".rodata", "own_tgid");
	struct bpf_map *scratches = bpf_object__find_map_by_name(object, "scratches");
	struct bpf_map *map;

	if (lanes)
		*lanes = (unsigned int)cpus;
	if (own)
		*own = (unsigned int)getpid();
	if (scratches)
		bpf_map__set_max_entries(scratches, (unsigned int)cpus);
	bpf_object__for_each_map (map, object)
		if (bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF)
			bpf_map__set_max_entries(map, ring_bytes);
}

#endif
