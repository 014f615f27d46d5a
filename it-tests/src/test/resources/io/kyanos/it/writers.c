/*
 * writers.c PORT COUNT: two processes share one connection to 127.0.0.1 and write COUNT requests each, none waiting for
 * the other. Each request is one write and names its writer. Then reads to the end, and says how many bytes it wrote.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char padding[20000];

static long write_requests(int fd, const char *writer, int count)
{
	static char request[sizeof(padding) + 200];
	long written = 0;

	for (int i = 0; i < count; i++) {
		/* every tenth fills the socket's buffer, so that both writers come to wait in the kernel */
		int length = sprintf(request, "GET /%s/%d HTTP/1.1\r\nHost: it\r\nPadding: %.*s\r\n\r\n", writer, i,
				     i % 10 == 9 ? (int)sizeof(padding) : i % 7, padding);
		if (write(fd, request, length) != length)
			exit(3);
		written += length;
	}
	return written;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int count = argc > 2 ? atoi(argv[2]) : 0;
	long written, of_child = 0;
	int size = 4096;
	int told[2];

	if (argc < 3)
		return 2;
	memset(padding, 'p', sizeof(padding));
	address.sin_port = htons(atoi(argv[1]));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (pipe(told) || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return 1;
	if (fork() == 0) {
		written = write_requests(fd, "child", count);
		if (write(told[1], &written, sizeof(written)) != sizeof(written))
			exit(4);
		exit(0);
	}
	written = write_requests(fd, "parent", count);
	if (read(told[0], &of_child, sizeof(of_child)) != sizeof(of_child))
		return 5;
	wait(0);
	shutdown(fd, SHUT_WR);
	while (read(fd, padding, sizeof(padding)) > 0)
		;
	printf("written %ld\n", written + of_child);
	fflush(stdout);
	return 0;
}
