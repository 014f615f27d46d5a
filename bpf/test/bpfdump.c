// SPDX-License-Identifier: Apache-2.0
/*
 * bpfdump [-qfS] [-r BYTES] [-t TGID]... [-x EXECUTABLE] [-l PORT] [-p PORT] [-i IP/BITS] [-s SIDE]
 * SOCKET.bpf.o PROCESS.bpf.o
 *
 * A reader without ambition: prints each event as a line of text, keeps the
 * books of every connection and prints what does not balance. It ends on
 * SIGINT or SIGTERM. For looking at the kernel side alone.
 *
 *   -q  no event lines, only the books   -r  bytes of each ring
 *   -S  see the bytes at the sockets, not at system calls
 *   -f  all bytes of all connections     -t  trace this process and its children
 *   -x  trace executables of this file name, from their start on
 *   -w  sleep until woken: 1 by anything, 2 once enough waits (else it polls every millisecond)
 *   -l, -p, -i, -s   only this local port, remote port, prefix of remote addresses, side (1 client,
 * 2 server)
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <arpa/inet.h>
#include <sys/mman.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <linux/types.h>
#include "connection.h"
#include "knobs.h"

#define BOOKS (1 << 20)

/* What is known of a connection, found by generation. */
struct book {
	uint64_t generation;
	uint64_t bytes[2]; /* sums of lengths */
	uint64_t next[2]; /* one past the last byte */
	uint64_t captured[2];
	uint64_t events[2];
	uint64_t holes[2]; /* events that did not begin where the last one of their direction ended
			    */
	uint64_t end[2]; /* as CLOSED tells */
	struct ky_opened opened;
	bool closed;
};

static struct book *books;
static unsigned long opened, closed, inferred, data_events, concurrent, unreadable;
static unsigned long unbalanced, holes, processes, lost_books;
static bool quiet;
static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static struct book *book_of(uint64_t generation)
{
	for (uint64_t i = generation % BOOKS, n = 0; n < BOOKS; i = (i + 1) % BOOKS, n++) {
		if (books[i].generation == generation)
			return &books[i];
		if (books[i].generation == 0) {
			books[i].generation = generation;
			return &books[i];
		}
	}
	lost_books++;
	return NULL;
}

static const char *text_of(const struct ky_address *address, char *text, size_t size)
{
	char ip[INET6_ADDRSTRLEN] = "?";

	if (address->family == 1) {
		snprintf(text, size, "unix");
		return text;
	}
	if (address->family == 4)
		inet_ntop(AF_INET, address->ip + 12, ip, sizeof(ip));
	else
		inet_ntop(AF_INET6, address->ip, ip, sizeof(ip));
	snprintf(text, size, address->family == 4 ? "%s:%u" : "[%s]:%u", ip, address->port);
	return text;
}

static void on_opened(const struct ky_opened *event)
{
	struct book *book = book_of(event->event.generation);
	char local[80], remote[80];

	opened++;
	if (book)
		book->opened = *event;
	if (!quiet)
		printf("OPENED   g=%" PRIu64
		       " tgid=%u fd=%u %s > %s origin=%u side=%u netns=%u state=%u base=%u,%u\n",
		       (uint64_t)event->event.generation, (unsigned)(event->event.tgid_fd >> 32),
		       (unsigned)event->event.tgid_fd, text_of(&event->local, local, sizeof(local)),
		       text_of(&event->remote, remote, sizeof(remote)), event->origin, event->side,
		       event->netns, event->trace_state, event->egress_base, event->ingress_base);
}

static void on_closed(const struct ky_closed *event)
{
	struct book *book = book_of(event->event.generation);

	closed++;
	if (!quiet)
		printf("CLOSED   g=%" PRIu64 " end=%" PRIu64 ",%" PRIu64 " reason=%u first=%u\n",
		       (uint64_t)event->event.generation, (uint64_t)event->egress_end,
		       (uint64_t)event->ingress_end, event->reason, event->first_end);
	if (!book)
		return;
	book->closed = true;
	book->end[KY_EGRESS] = event->egress_end;
	book->end[KY_INGRESS] = event->ingress_end;
}

/* Only at the end: the rings are read one after the other, so an end may come before its data. */
static void check_books(void)
{
	for (struct book *book = books; book < books + BOOKS; book++) {
		holes += book->holes[0] + book->holes[1];
		if (!book->closed)
			continue;
		for (int direction = 0; direction < 2; direction++) {
			if (book->next[direction] == book->end[direction] &&
			    book->bytes[direction] == book->end[direction])
				continue;
			unbalanced++;
			printf("UNBALANCED g=%" PRIu64 " direction=%d end=%" PRIu64 " next=%" PRIu64
			       " sum=%" PRIu64 " port=%u>%u\n",
			       book->generation, direction, book->end[direction],
			       book->next[direction], book->bytes[direction],
			       book->opened.local.port, book->opened.remote.port);
		}
	}
}

static int on_conn(void *context, void *record, size_t size)
{
	const struct ky_event *event = record;

	(void)context;
	(void)size;
	if (event->kind == KY_KIND_OPENED) {
		on_opened(record);
	} else if (event->kind == KY_KIND_CLOSED) {
		on_closed(record);
	} else {
		const struct ky_inferred *guess = record;

		inferred++;
		if (!quiet)
			printf("INFERRED g=%" PRIu64 " protocol=%u message=%u direction=%u\n",
			       (uint64_t)event->generation, guess->protocol, guess->message,
			       event->direction);
	}
	return 0;
}

static int on_data(void *context, void *record, size_t size)
{
	const struct ky_data *data = record;
	struct book *book = book_of(data->event.generation);
	int direction = data->event.direction;

	(void)context;
	data_events++;
	if (data->event.flags & KY_FLAG_CONCURRENT)
		concurrent++;
	if (data->event.flags & KY_FLAG_UNREADABLE)
		unreadable++;
	if (size != data->data_offset + data->captured)
		printf("SIZE     %zu for %u captured\n", size, data->captured);
	if (book) {
		if (data->position != book->next[direction]) {
			book->holes[direction]++;
			if (!quiet)
				printf("HOLE     g=%" PRIu64 " at %" PRIu64 " expected %" PRIu64
				       "\n",
				       (uint64_t)data->event.generation, (uint64_t)data->position,
				       book->next[direction]);
		}
		book->next[direction] = data->position + data->length;
		book->bytes[direction] += data->length;
		book->captured[direction] += data->captured;
		book->events[direction]++;
	}
	if (!quiet) {
		char head[33] = "";
		const char *bytes = (const char *)record + data->data_offset;

		for (unsigned i = 0; i < 32 && i < data->captured; i++)
			head[i] = bytes[i] >= ' ' && bytes[i] < 127 ? bytes[i] : '.',
			head[i + 1] = 0;
		printf("DATA     g=%" PRIu64 " %s call=%u pos=%" PRIu64
		       " length=%u captured=%u took=%" PRIu64 "us state=%u flags=%u '%s'\n",
		       (uint64_t)data->event.generation, direction ? "in " : "out", data->call,
		       (uint64_t)data->position, data->length, data->captured,
		       (uint64_t)(data->exited_at - data->entered_at) / 1000, data->trace_state,
		       data->event.flags, head);
	}
	return 0;
}

static int on_process(void *context, void *record, size_t size)
{
	static const char *const kinds[] = { "RUNNING", "EXEC", "FORK", "EXIT" };
	const struct ky_process *process = record;

	(void)context;
	(void)size;
	processes++;
	if (!quiet)
		printf("%-8s tgid=%u parent=%u ns_tgid=%u pidns=%u netns=%u name=%s comm=%s "
		       "started_as=%s\n",
		       kinds[process->event.kind - KY_KIND_RUNNING], process->tgid,
		       process->parent_tgid, process->tgid_in_namespace, process->pid_namespace,
		       process->netns, process->name, process->comm, process->started_as);
	return 0;
}

static void print_counters(struct bpf_object *object)
{
	static const char *const names[] = { "lost_conn",	 "lost_syscall",
					     "lost_process",	 "lost_syscall_bytes",
					     "connections_full", "calls_full",
					     "sent_conn",	 "sent_syscall",
					     "sent_process",	 "traced_full" };
	struct bpf_map *map = bpf_object__find_map_by_name(object, "counters");
	int cpus = libbpf_num_possible_cpus();
	uint64_t values[cpus];

	printf("%s:", bpf_object__name(object));
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint64_t sum = 0;

		if (bpf_map__lookup_elem(map, &i, sizeof(i), values, sizeof(values), 0))
			continue;
		for (int cpu = 0; cpu < cpus; cpu++)
			sum += values[cpu];
		printf(" %s=%" PRIu64, names[i], sum);
	}
	printf("\n");
}

static void print_programs(struct bpf_object *object)
{
	struct bpf_program *program;

	bpf_object__for_each_program (program, object) {
		struct bpf_prog_info info = {};
		__u32 size = sizeof(info);

		if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			continue;
		printf("  %-18s runs=%llu ns/run=%llu misses=%llu verified=%u\n",
		       bpf_program__name(program), info.run_cnt,
		       info.run_cnt ? info.run_time_ns / info.run_cnt : 0, info.recursion_misses,
		       info.verified_insns);
	}
}

static void print_open(struct bpf_object *object)
{
	int fd = bpf_map__fd(bpf_object__find_map_by_name(object, "connections"));
	uint64_t key, *last = NULL;
	unsigned long entries = 0;

	while (bpf_map_get_next_key(fd, last, &key) == 0) {
		last = &key;
		entries++;
	}
	printf("entries left in connections: %lu\n", entries);
}

/* Adds a key to the map of a filter, and switches that filter on. */
static void allow_port(struct bpf_object *object, const char *map, const char *port)
{
	uint16_t key = (uint16_t)strtoul(port, NULL, 0);
	uint8_t one = 1;

	bpf_map__update_elem(bpf_object__find_map_by_name(object, map), &key, sizeof(key), &one,
			     sizeof(one), 0);
}

static void allow_prefix(struct bpf_object *object, char *prefix)
{
	struct {
		uint32_t length;
		uint8_t ip[16];
	} key = { .length = 128 };
	char *bits = strchr(prefix, '/');
	uint8_t one = 1;

	if (bits) {
		*bits = 0;
		key.length = (uint32_t)strtoul(bits + 1, NULL, 0);
	}
	if (inet_pton(AF_INET, prefix, key.ip + 12) == 1) {
		key.ip[10] = key.ip[11] = 0xff;
		key.length = bits ? key.length + 96 : 128;
	} else if (inet_pton(AF_INET6, prefix, key.ip) != 1) {
		fprintf(stderr, "%s: not an address\n", prefix);
		exit(2);
	}
	if (bpf_map__update_elem(bpf_object__find_map_by_name(object, "remote_ips"), &key,
				 sizeof(key), &one, sizeof(one), 0)) {
		perror("remote_ips");
		exit(1);
	}
}

/* reader_asleep as the programs see it: the kernel's memory, not the first value that libbpf keeps.
 */
static unsigned int *map_flag(struct bpf_object *object)
{
	char *first = knob(object, ".bss", "reader_asleep");
	struct bpf_map *map;
	size_t size;

	bpf_object__for_each_map (map, object) {
		const char *name = bpf_map__name(map);
		char *begin, *memory;

		if (!strstr(name, ".bss"))
			continue;
		begin = (char *)bpf_map__initial_value(map, &size);
		memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
		if (memory == MAP_FAILED)
			break;
		return (unsigned int *)(memory + (first - begin));
	}
	perror(".bss");
	exit(1);
}

static void switch_on(struct bpf_object *object, const char *name, bool on)
{
	bool *value = knob(object, ".rodata", name);

	if (value)
		*value = on;
}

int main(int argc, char **argv)
{
	unsigned int ring_bytes = 64 << 20;
	struct bpf_object *objects[2];
	const char *executable = NULL, *local_port = NULL, *remote_port = NULL;
	unsigned int wait = 0, *asleep[2];
	unsigned long wakeups = 0;
	unsigned char side = 0;
	char *prefix = NULL;
	unsigned int tgids[64];
	int tgid_count = 0;
	bool full = false;
	bool sockets = false;
	struct ring_buffer *rings;
	int option;

	while ((option = getopt(argc, argv, "qfSr:t:x:l:p:i:s:w:")) != -1) {
		if (option == 'q')
			quiet = true;
		else if (option == 'f')
			full = true;
		else if (option == 'S')
			sockets = true;
		else if (option == 'r')
			ring_bytes = (unsigned int)strtoul(optarg, NULL, 0);
		else if (option == 't' && tgid_count < 64)
			tgids[tgid_count++] = (unsigned int)strtoul(optarg, NULL, 0);
		else if (option == 'x')
			executable = optarg;
		else if (option == 'l')
			local_port = optarg;
		else if (option == 'p')
			remote_port = optarg;
		else if (option == 'i')
			prefix = optarg;
		else if (option == 'w')
			wait = (unsigned int)strtoul(optarg, NULL, 0);
		else if (option == 's')
			side = (unsigned char)strtoul(optarg, NULL, 0);
		else
			return 2;
	}
	if (argc - optind != 2) {
		fprintf(stderr, "usage: bpfdump [-qf] [-r BYTES] [-t TGID]... [-x EXECUTABLE] "
				"SOCKET.bpf.o PROCESS.bpf.o\n");
		return 2;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	books = calloc(BOOKS, sizeof(*books));
	for (int i = 0; i < 2; i++) {
		unsigned int *undecided;
		unsigned char *only_side;

		objects[i] = bpf_object__open_file(argv[optind + i], NULL);
		if (!objects[i])
			return perror("open"), 1;
		set_knobs(objects[i], ring_bytes);
		see_from(objects[i], sockets);
		/* RULE_PROCESSES */
		if (tgid_count > 0 && knob(objects[i], ".bss", "rules"))
			*(unsigned int *)knob(objects[i], ".bss", "rules") = 2;
		switch_on(objects[i], "filter_by_name", executable);
		switch_on(objects[i], "filter_by_local_port", local_port);
		switch_on(objects[i], "filter_by_remote_port", remote_port);
		switch_on(objects[i], "filter_by_remote_ip", prefix);
		undecided = knob(objects[i], ".rodata", "undecided_bytes");
		only_side = knob(objects[i], ".rodata", "side_filter");
		if (only_side)
			*only_side = side;
		if (undecided && full)
			*undecided = UINT32_MAX;
		if (i == 1)
			bpf_map__reuse_fd(bpf_object__find_map_by_name(objects[1], "traced_tgids"),
					  bpf_map__fd(bpf_object__find_map_by_name(
						  objects[0], "traced_tgids")));
		if (bpf_object__load(objects[i]))
			return perror("load"), 1;
	}
	for (int i = 0; i < tgid_count; i++) {
		uint8_t one = 1;

		bpf_map__update_elem(bpf_object__find_map_by_name(objects[0], "traced_tgids"),
				     &tgids[i], sizeof(tgids[i]), &one, sizeof(one), 0);
	}
	if (local_port)
		allow_port(objects[0], "local_ports", local_port);
	if (remote_port)
		allow_port(objects[0], "remote_ports", remote_port);
	if (prefix)
		allow_prefix(objects[0], prefix);
	if (executable) {
		char name[KY_PROCESS_NAME] = "";
		uint8_t one = 1;

		snprintf(name, sizeof(name), "%s", executable);
		bpf_map__update_elem(bpf_object__find_map_by_name(objects[1], "traced_names"), name,
				     sizeof(name), &one, sizeof(one), 0);
	}
	for (int i = 0; i < 2; i++) {
		struct bpf_program *program;

		bpf_object__for_each_program (program, objects[i]) {
			/* what walks a map is not run here: the ends that it would find are not
			 * told */
			if (strcmp(bpf_program__section_name(program), "iter/bpf_map_elem") == 0 ||
			    strncmp(bpf_program__section_name(program), "cgroup/", 7) == 0 ||
			    !bpf_program__autoload(program))
				continue;
			if (!bpf_program__attach(program))
				return perror(bpf_program__name(program)), 1;
		}
	}
	/* conn first: what is read of data must find its connection opened */
	rings = ring_buffer__new(bpf_object__find_map_fd_by_name(objects[0], "conn_events"),
				 on_conn, NULL, NULL);
	if (!rings ||
	    ring_buffer__add(rings, bpf_object__find_map_fd_by_name(objects[0], "syscall_events"),
			     on_data, NULL) ||
	    ring_buffer__add(rings, bpf_object__find_map_fd_by_name(objects[1], "process_events"),
			     on_process, NULL))
		return perror("rings"), 1;
	printf("ready\n");
	fflush(stdout);
	for (int i = 0; i < 2; i++)
		asleep[i] = map_flag(objects[i]);
	while (!stop) {
		struct timespec pause = { 0, 1000000 };

		if (ring_buffer__consume(rings) > 0)
			continue;
		fflush(stdout);
		if (!wait) {
			nanosleep(&pause, NULL);
			continue;
		}
		/* set the flag, look once more, only then wait: see src/channel.h */
		for (int i = 0; i < 2; i++)
			__atomic_store_n(asleep[i], wait, __ATOMIC_SEQ_CST);
		if (ring_buffer__consume(rings) == 0 && ring_buffer__poll(rings, 1000) > 0)
			wakeups++;
	}
	ring_buffer__consume(rings);
	check_books();
	printf("opened=%lu closed=%lu inferred=%lu data=%lu processes=%lu unbalanced=%lu holes=%lu "
	       "concurrent=%lu unreadable=%lu lost_books=%lu\n",
	       opened, closed, inferred, data_events, processes, unbalanced, holes, concurrent,
	       unreadable, lost_books);
	for (int i = 0; i < 2; i++) {
		print_counters(objects[i]);
		print_programs(objects[i]);
	}
	print_open(objects[0]);
	printf("wake-ups: %lu\n", wakeups);
	return 0;
}
