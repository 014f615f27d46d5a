// SPDX-License-Identifier: Apache-2.0
/*
 * Exchanges of one GET of Redis, as cheap for the client as they can be, so that what is measured is not the load.
 *
 *   exchange calls CHUNKS            both ends in this one thread, no server: CPU nanoseconds (what others run meanwhile
 *                                    does not count) per getppid and per exchange of four calls; of chunks of 50 the
 *                                    10th percentile, as other work of the machine only adds. Prints the number of
 *                                    exchanges too.
 *   exchange keep PORT OPEN RATE     on OPEN connections, RATE per second in turn; 0: each asks again when answered
 *   exchange short PORT RATE         each on a connection of its own, RATE per second
 *
 * The last two read a number per line and do so many exchanges; then they print the seconds that took and the
 * CPU seconds of this process. They end with their input.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CHUNK 50
#define PAIRS 50
#define WARM_CHUNKS 20
#define PERCENTILE 0.1
#define READY 1024
#define ABSENT_BYTES 5 /* what a server says of a key that it has not */
#define SOURCES 16 /* addresses to connect from: each has its own ports for connections that have ended */

static const char get[] = "*2\r\n$3\r\nGET\r\n$16\r\nkey:__rand_int__\r\n";
static const char value[] = "$3\r\nxxx\r\n";
static char bytes[4096];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double seconds(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void sleep_until(double moment)
{
	struct timespec time = { .tv_sec = moment, .tv_nsec = (moment - (long)moment) * 1e9 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
		;
}

static struct sockaddr_in loopback(int port, int source)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + source),
		.sin_port = htons(port),
	};
}

static int connect_to(int port, long number)
{
	struct sockaddr_in from = loopback(0, number % SOURCES), to = loopback(port, 0);
	int client = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (client < 0)
		die("socket");
	setsockopt(client, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (bind(client, (void *)&from, sizeof(from)))
		die("bind");
	if (connect(client, (void *)&to, sizeof(to)))
		die("connect");
	return client;
}

static void ask(int client)
{
	if (write(client, get, sizeof(get) - 1) != sizeof(get) - 1)
		die("write");
}

static long take(int client)
{
	long count = read(client, bytes, sizeof(bytes));

	if (count <= 0)
		die("read");
	return count;
}

/* calls */

static int ends[PAIRS][2];

static void connect_pairs(void)
{
	struct sockaddr_in address = loopback(0, 0);
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (bind(listener, (void *)&address, size) || listen(listener, PAIRS) ||
	    getsockname(listener, (void *)&address, &size))
		die("listen");
	for (int i = 0; i < PAIRS; i++) {
		ends[i][0] = connect_to(ntohs(address.sin_port), 0);
		ends[i][1] = accept(listener, NULL, NULL);
		setsockopt(ends[i][1], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	}
	close(listener);
}

static void exchange(const int *end)
{
	ask(end[0]);
	take(end[1]);
	if (write(end[1], value, sizeof(value) - 1) != sizeof(value) - 1)
		die("write");
	take(end[0]);
}

static int ascending(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double least(double *chunks, long count)
{
	qsort(chunks, count, sizeof(*chunks), ascending);
	return chunks[(long)(PERCENTILE * (count - 1))] * 1e9 / CHUNK;
}

static int calls(long count)
{
	double *exchanges = calloc(count, sizeof(*exchanges)), *others = calloc(count, sizeof(*others)), start;

	connect_pairs();
	for (int i = 0; i < WARM_CHUNKS * CHUNK; i++)
		exchange(ends[i % PAIRS]);
	for (long i = 0; i < count; i++) {
		start = seconds(CLOCK_THREAD_CPUTIME_ID);
		for (int j = 0; j < CHUNK; j++)
			exchange(ends[j % PAIRS]);
		exchanges[i] = seconds(CLOCK_THREAD_CPUTIME_ID) - start;
		start = seconds(CLOCK_THREAD_CPUTIME_ID);
		for (int j = 0; j < CHUNK; j++)
			syscall(SYS_getppid);
		others[i] = seconds(CLOCK_THREAD_CPUTIME_ID) - start;
	}
	printf("%.1f %.1f %ld\n", least(others, count), least(exchanges, count), (count + WARM_CHUNKS) * CHUNK);
	return 0;
}

/* keep, short */

static int *clients, poll_fd;
static long taken; /* bytes */

static void open_all(int port, long open)
{
	struct epoll_event event = { .events = EPOLLIN };

	clients = calloc(open, sizeof(*clients));
	poll_fd = epoll_create1(0);
	for (long i = 0; i < open; i++) {
		clients[i] = event.data.fd = connect_to(port, i);
		if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, clients[i], &event))
			die("epoll_ctl");
	}
}

/* Takes what has been answered; each that was asks again while there is more to ask. */
static void take_ready(int wait_ms, long *more)
{
	struct epoll_event ready[READY];
	int count = epoll_wait(poll_fd, ready, READY, wait_ms);

	for (int i = 0; i < count; i++) {
		taken += take(ready[i].data.fd);
		if (*more > 0) {
			--*more;
			ask(ready[i].data.fd);
		}
	}
}

static void ask_at_once(long open, long count)
{
	long asked = open < count ? open : count, more = count - asked;

	taken = 0;
	for (long i = 0; i < asked; i++)
		ask(clients[i]);
	while (taken < count * ABSENT_BYTES)
		take_ready(-1, &more);
}

static void ask_in_turn(long open, double rate, long count)
{
	double start = seconds(CLOCK_MONOTONIC);
	long none = 0;

	taken = 0;
	for (long asked = 0; asked < count; asked++) {
		sleep_until(start + asked / rate);
		ask(clients[asked % open]);
		take_ready(0, &none);
	}
	while (taken < count * ABSENT_BYTES)
		take_ready(-1, &none);
}

static void connect_in_turn(int port, double rate, long count)
{
	double start = seconds(CLOCK_MONOTONIC);

	for (long i = 0; i < count; i++) {
		sleep_until(start + i / rate);
		int client = connect_to(port, i);

		ask(client);
		take(client);
		close(client);
	}
}

static double own_cpu(void)
{
	return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

int main(int argc, char **argv)
{
	int keeps = argc == 5 && !strcmp(argv[1], "keep"), is_short = argc == 4 && !strcmp(argv[1], "short");
	struct rlimit files;
	double rate, start, cpu;
	long open = 0, count;

	if (argc == 3 && !strcmp(argv[1], "calls"))
		return calls(atol(argv[2]));
	if (!keeps && !is_short) {
		fprintf(stderr, "usage: exchange calls CHUNKS | keep PORT OPEN RATE | short PORT RATE\n");
		return 2;
	}
	prctl(PR_SET_TIMERSLACK, 1);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	rate = atof(argv[keeps ? 4 : 3]);
	if (keeps)
		open_all(atoi(argv[2]), open = atol(argv[3]));
	while (scanf("%ld", &count) == 1) {
		start = seconds(CLOCK_MONOTONIC);
		cpu = own_cpu();
		if (is_short)
			connect_in_turn(atoi(argv[2]), rate, count);
		else if (rate > 0)
			ask_in_turn(open, rate, count);
		else
			ask_at_once(open, count);
		printf("%.6f %.6f\n", seconds(CLOCK_MONOTONIC) - start, own_cpu() - cpu);
		fflush(stdout);
	}
	return 0;
}
