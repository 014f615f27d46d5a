// SPDX-License-Identifier: Apache-2.0
/* syscalls COUNT: CPU nanoseconds (what others run meanwhile does not count) per getppid, per write to a file, and per loopback echo of 64 bytes. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <fcntl.h>
#include <unistd.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

/* Both ends in one thread: no switch of tasks between the calls that are timed. */
static void connect_pair(int pair[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(listener, (void *)&address, size) || listen(listener, 1) ||
	    getsockname(listener, (void *)&address, &size))
		exit(1);
	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(pair[0], (void *)&address, size))
		exit(1);
	pair[1] = accept(listener, NULL, NULL);
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 2000000;
	char bytes[64] = "";
	double start, getppid_ns, write_ns, transfer_ns;
	int pair[2];
	int file = open("/dev/shm/kyanos-syscalls", O_RDWR | O_CREAT | O_TRUNC, 0600);

	start = now();
	for (long i = 0; i < count; i++)
		syscall(SYS_getppid);
	getppid_ns = (now() - start) / count;
	start = now();
	for (long i = 0; i < count; i++)
		if (write(file, bytes, i % 64 ? 0 : 1) < 0)
			return 1;
	write_ns = (now() - start) / count;
	connect_pair(pair);
	count /= 20;
	start = now();
	for (long i = 0; i < count; i++)
		if (write(pair[0], bytes, sizeof(bytes)) != sizeof(bytes) ||
		    read(pair[1], bytes, sizeof(bytes)) != sizeof(bytes))
			return 1;
	transfer_ns = (now() - start) / count / 2;
	unlink("/dev/shm/kyanos-syscalls");
	printf("%.1f %.1f %.1f\n", getppid_ns, write_ns, transfer_ns);
	return 0;
}
