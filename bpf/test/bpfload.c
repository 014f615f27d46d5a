// SPDX-License-Identifier: Apache-2.0
/*
 * bpfload [-ps] [-r SHELL-COMMAND] OBJECT...
 *
 * Loads each object and attaches each of its programs on its own, and says per
 * program how that went. With -p, the rings become perf buffers; with -s, the bytes of sockets are
 * seen at the sockets, where the kernel has the tracepoints. With -r, runs
 * a command meanwhile, then prints how many events each buffer holds. Exit
 * status 0: everything loaded and attached, and with -r every buffer but that
 * of a family without events holds some.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "knobs.h"

#define MAX_OBJECTS 8

static char last_log[1 << 16];

static int keep_log(enum libbpf_print_level level, const char *format, va_list args)
{
	size_t used = strlen(last_log);

	if (level == LIBBPF_DEBUG || used + 1 >= sizeof(last_log))
		return 0;
	return vsnprintf(last_log + used, sizeof(last_log) - used, format, args);
}

static struct bpf_link *attach_walker(struct bpf_object *object, struct bpf_program *program)
{
	union bpf_iter_link_info info = {
		.map.map_fd =
			(__u32)bpf_map__fd(bpf_object__find_map_by_name(object, "connections")),
	};
	LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &info,
		    .link_info_len = sizeof(info));

	return bpf_program__attach_iter(program, &options);
}

/* The root of the newer hierarchy where it mostly is; negative if it is not there. */
static int open_cgroups(void)
{
	if (access("/sys/fs/cgroup/cgroup.procs", F_OK))
		return -1;
	return open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool attach_all(struct bpf_object *object)
{
	struct bpf_program *program;
	int cgroups = open_cgroups();
	bool complete = true;

	bpf_object__for_each_program (program, object) {
		struct bpf_link *link;

		if (!bpf_program__autoload(program))
			continue;
		/* what walks a map is told which one when it runs */
		if (strcmp(bpf_program__section_name(program), "iter/bpf_map_elem") == 0)
			link = attach_walker(object, program);
		else if (strncmp(bpf_program__section_name(program), "cgroup/", 7) != 0)
			link = bpf_program__attach(program);
		else if (cgroups >= 0)
			link = bpf_program__attach_cgroup(program, cgroups);
		else
			/* loading them must do */
			continue;
		if (link) {
			printf("  %-20s %-32s ok\n", bpf_program__name(program),
			       bpf_program__section_name(program));
			continue;
		}
		printf("  %-20s %-32s %s\n", bpf_program__name(program),
		       bpf_program__section_name(program), strerror(errno));
		complete = false;
	}
	return complete;
}

static int count_event(void *context, void *data, size_t size)
{
	(void)data;
	(void)size;
	++*(unsigned long *)context;
	return 0;
}

static void count_sample(void *context, int cpu, void *data, __u32 size)
{
	(void)cpu;
	count_event(context, data, size);
}

/* A perf buffer takes nothing before it is open, unlike a ring. */
struct perf_count {
	struct bpf_map *map;
	struct perf_buffer *buffers;
	unsigned long events;
};

static struct perf_count perf_counts[MAX_OBJECTS * 4];
static int perf_maps;

static bool open_perf_buffers(struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map (map, object) {
		struct perf_count *count = &perf_counts[perf_maps];

		if (bpf_map__type(map) != BPF_MAP_TYPE_PERF_EVENT_ARRAY)
			continue;
		if (perf_maps == MAX_OBJECTS * 4)
			return false;
		count->map = map;
		count->buffers = perf_buffer__new(bpf_map__fd(map), 64, count_sample, NULL,
						  &count->events, NULL);
		if (!count->buffers) {
			printf("  %-20s open the perf buffers: %s\n", bpf_map__name(map),
			       strerror(errno));
			return false;
		}
		perf_maps++;
	}
	return true;
}

static bool count_perf_buffers(void)
{
	bool complete = true;

	for (int i = 0; i < perf_maps; i++) {
		perf_buffer__consume(perf_counts[i].buffers);
		printf("  %-20s %lu events in perf buffers\n", bpf_map__name(perf_counts[i].map),
		       perf_counts[i].events);
		complete &= perf_counts[i].events > 0;
	}
	return complete;
}

static bool count_rings(struct bpf_object *object)
{
	struct bpf_map *map;
	bool complete = true;

	bpf_object__for_each_map (map, object) {
		unsigned long events = 0;
		struct ring_buffer *ring;

		if (bpf_map__type(map) != BPF_MAP_TYPE_RINGBUF)
			continue;
		ring = ring_buffer__new(bpf_map__fd(map), count_event, &events, NULL);
		if (!ring) {
			printf("  %-20s map the ring: %s\n", bpf_map__name(map), strerror(errno));
			complete = false;
			continue;
		}
		ring_buffer__consume(ring);
		ring_buffer__free(ring);
		printf("  %-20s %lu events\n", bpf_map__name(map), events);
		if (events == 0)
			complete = false;
	}
	return complete;
}

static bool read_iterator(struct bpf_object *object)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, "dump_processes");
	struct bpf_link *link;
	char bytes[16384];
	long total = 0;
	ssize_t got;
	int fd;

	if (!program)
		return true;
	link = bpf_program__attach(program);
	fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1;
	while (fd >= 0 && (got = read(fd, bytes, sizeof(bytes))) > 0)
		total += got;
	printf("  %-20s %ld bytes\n", "dump_processes", total);
	return total > 0;
}

/* Programs that read other processes' memory need 5.18; libbpf takes one that is refused for the
 * end. */
static void leave_out_what_is_too_new(struct bpf_object *object)
{
	unsigned int major = 0, minor = 0;
	struct bpf_program *program;
	struct utsname system;

	if (!uname(&system))
		sscanf(system.release, "%u.%u", &major, &minor);
	bpf_object__for_each_program (program, object)
		if (strcmp(bpf_program__section_name(program), "iter.s/task") == 0)
			bpf_program__set_autoload(program,
						  major > 5 || (major == 5 && minor >= 18));
}

static bool has_tracepoints_at_sockets(void)
{
	return libbpf_find_vmlinux_btf_id("sock_send_length", BPF_TRACE_RAW_TP) > 0;
}

int main(int argc, char **argv)
{
	struct bpf_object *objects[MAX_OBJECTS];
	const char *command = NULL;
	bool complete = true;
	bool perf = false;
	bool sockets = false;
	int count = 0;
	int option;

	while ((option = getopt(argc, argv, "psr:")) != -1) {
		if (option == 'p')
			perf = true;
		else if (option == 's')
			sockets = has_tracepoints_at_sockets();
		else if (option == 'r')
			command = optarg;
		else
			return 2;
	}
	if (optind == argc || argc - optind > MAX_OBJECTS) {
		fprintf(stderr, "usage: bpfload [-ps] [-r COMMAND] OBJECT...\n");
		return 2;
	}
	libbpf_set_print(keep_log);
	for (int i = optind; i < argc; i++) {
		struct bpf_object *object = bpf_object__open_file(argv[i], NULL);

		last_log[0] = 0;
		printf("%s\n", argv[i]);
		if (!object) {
			printf("  open: %s\n", strerror(errno));
			complete = false;
			continue;
		}
		set_knobs(object, 1 << 20);
		leave_out_what_is_too_new(object);
		see_from(object, sockets);
		if (perf)
			use_perf_buffers(object);
		if (bpf_object__load(object)) {
			printf("  load: %s\n%s\n", strerror(errno), last_log);
			complete = false;
			continue;
		}
		complete &= open_perf_buffers(object);
		complete &= attach_all(object);
		objects[count++] = object;
	}
	fflush(stdout);
	if (command && complete) {
		int status = system(command);

		printf("command: status %d\n", status);
		complete &= status == 0;
		for (int i = 0; i < count; i++) {
			printf("%s\n", bpf_object__name(objects[i]));
			complete &= count_rings(objects[i]);
			complete &= read_iterator(objects[i]);
		}
		complete &= count_perf_buffers();
	}
	return complete ? 0 : 1;
}
