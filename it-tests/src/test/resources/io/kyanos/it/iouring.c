/*
 * iouring.c PORT: a server that reads and answers each connection's requests by turns: the first by read and write, the
 * second through io_uring, the third by read and write.
 */
#include <arpa/inet.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct io_uring_params parameters;
static struct io_uring_sqe *entries;
static char *submissions, *completions;
static int ring;

static void set_up(void)
{
	ring = syscall(SYS_io_uring_setup, 4, &parameters);
	if (ring < 0) {
		perror("io_uring_setup");
		exit(77);
	}
	submissions = mmap(0, parameters.sq_off.array + parameters.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED,
			   ring, IORING_OFF_SQ_RING);
	completions = mmap(0, parameters.cq_off.cqes + parameters.cq_entries * sizeof(struct io_uring_cqe),
			   PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_CQ_RING);
	entries = mmap(0, parameters.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring,
		       IORING_OFF_SQES);
}

static int transfer(int operation, int fd, void *buffer, int length)
{
	unsigned *tail = (unsigned *)(submissions + parameters.sq_off.tail);
	unsigned *head = (unsigned *)(completions + parameters.cq_off.head);
	unsigned mask = *(unsigned *)(submissions + parameters.sq_off.ring_mask);
	unsigned slot = *tail & mask;
	int result;

	memset(&entries[slot], 0, sizeof(entries[slot]));
	entries[slot].opcode = operation;
	entries[slot].fd = fd;
	entries[slot].addr = (unsigned long)buffer;
	entries[slot].len = length;
	((unsigned *)(submissions + parameters.sq_off.array))[slot] = slot;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, 0, 0) < 0)
		exit(3);
	mask = *(unsigned *)(completions + parameters.cq_off.ring_mask);
	result = ((struct io_uring_cqe *)(completions + parameters.cq_off.cqes))[*head & mask].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return result;
}

int main(int argc, char **argv)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
	struct sockaddr_in address = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;

	if (argc < 2)
		return 2;
	set_up();
	address.sin_port = htons(atoi(argv[1]));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 8))
		return 1;
	printf("listening\n");
	fflush(stdout);
	for (;;) {
		int fd = accept(listener, 0, 0);
		char request[4096];

		for (int i = 0;; i++) {
			int got = i == 1 ? transfer(IORING_OP_RECV, fd, request, sizeof(request)) :
					   (int)read(fd, request, sizeof(request));

			if (got <= 0)
				break;
			if ((i == 1 ? transfer(IORING_OP_SEND, fd, (void *)answer, sizeof(answer) - 1) :
				      (int)write(fd, answer, sizeof(answer) - 1)) < 0)
				break;
		}
		close(fd);
	}
}
