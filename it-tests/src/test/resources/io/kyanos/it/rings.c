/*
 * rings.c KIND TRANSPORT: moves bytes by io_uring over a connection to itself, in one direction, once it is told to;
 * prints them. Ends with 77 where the kernel lacks the kind of call, which it tries first.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <liburing.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* as liburing 2.3 does not have them */
#define READ_MULTISHOT 49
#define READV_FIXED 60
#define WRITEV_FIXED 61

static struct io_uring ring;
static char sent[1 << 16], area[4096];
static int length, number;
static const char *kind;
static bool trying, tcp;

static void check(int ok, const char *what)
{
	if (!ok) {
		perror(what);
		exit(1);
	}
}

/* The next bytes to send: no two of the same. */
static char *next(int bytes)
{
	char *begin = sent + length;
	int head = sprintf(begin, "<%d>", number++);

	memset(begin + head, 'a' + number % 26, bytes - head);
	length += bytes;
	return begin;
}

static struct io_uring_sqe *request(void)
{
	return io_uring_get_sqe(&ring);
}

static void submit(void)
{
	check(io_uring_submit(&ring) > 0, "submit");
}

static void expect(int result, int wanted, const char *what)
{
	if (result == wanted)
		return;
	fprintf(stderr, "%s: %d (expected: %d)\n", what, result, wanted);
	if (trying && (result == -EINVAL || result == -EOPNOTSUPP || result == -ENOSYS || result == -EPERM)) {
		printf("skipped, as this kernel lacks: %s of io_uring\n", kind);
		exit(77);
	}
	exit(1);
}

static int finish(int wanted, const char *what)
{
	struct io_uring_cqe *cqe;
	int result, flags;

	check(!io_uring_wait_cqe(&ring, &cqe), "wait");
	result = cqe->res;
	flags = cqe->flags;
	io_uring_cqe_seen(&ring, cqe);
	expect(result, wanted, what);
	return flags;
}

static void plain_read(int fd, int bytes)
{
	while (bytes) {
		int got = read(fd, area, bytes < 4096 ? bytes : 4096);

		check(got > 0, "read");
		bytes -= got;
	}
}

static void plain_write(int fd, int bytes)
{
	check(write(fd, next(bytes), bytes) == bytes, "write");
}

/* Ends what goes on by itself. */
static void cancel(void)
{
	struct io_uring_cqe *cqe;
	int i;

	io_uring_prep_cancel(request(), NULL, IORING_ASYNC_CANCEL_ANY);
	submit();
	for (i = 0; i < 2; i++) {
		check(!io_uring_wait_cqe(&ring, &cqe), "wait");
		io_uring_cqe_seen(&ring, cqe);
	}
}

static void provide_buffers(int count)
{
	io_uring_prep_provide_buffers(request(), area, 4096 / count, count, 1, 0);
	submit();
	finish(0, "provide buffers");
}

static void basic(int a, int b)
{
	struct iovec out[2], in[2];
	struct msghdr to = { .msg_iov = out }, from = { .msg_iov = in };
	struct io_uring_sqe *sqe;
	int i, flags;

	for (i = 0; i < 10; i++) {
		/* one that finds its bytes, one that waits for them */
		io_uring_prep_send(request(), a, next(100), 100, 0);
		submit();
		finish(100, "send");
		io_uring_prep_recv(request(), b, area, sizeof(area), 0);
		submit();
		finish(100, "recv");
		io_uring_prep_recv(request(), b, area, sizeof(area), 0);
		submit();
		plain_write(a, 50);
		finish(50, "recv that waits");
		io_uring_prep_write(request(), a, next(200), 200, 0);
		submit();
		finish(200, "write");
		io_uring_prep_read(request(), b, area, sizeof(area), 0);
		submit();
		finish(200, "read");
		out[0] = (struct iovec){ next(300), 300 };
		in[0] = (struct iovec){ area, sizeof(area) };
		to.msg_iovlen = from.msg_iovlen = 1;
		io_uring_prep_sendmsg(request(), a, &to, 0);
		submit();
		finish(300, "sendmsg");
		io_uring_prep_recvmsg(request(), b, &from, 0);
		submit();
		finish(300, "recvmsg");
		/* in two pieces of memory: counted, not looked at */
		out[0] = (struct iovec){ next(30), 30 };
		out[1] = (struct iovec){ next(50), 50 };
		to.msg_iovlen = 2;
		io_uring_prep_sendmsg(request(), a, &to, 0);
		submit();
		finish(80, "sendmsg in two");
		plain_read(b, 80);
		out[0] = (struct iovec){ next(30), 30 };
		out[1] = (struct iovec){ next(50), 50 };
		io_uring_prep_writev(request(), a, out, 2, 0);
		submit();
		finish(80, "writev");
		plain_read(b, 80);
		/* by a worker of the ring */
		sqe = request();
		io_uring_prep_send(sqe, a, next(60), 60, 0);
		sqe->flags |= IOSQE_ASYNC;
		submit();
		finish(60, "send by a worker");
		plain_read(b, 60);
	}
	/* a chain: which of them it is that sends is not certain */
	sqe = request();
	io_uring_prep_send(sqe, a, next(40), 40, 0);
	sqe->flags |= IOSQE_IO_LINK;
	io_uring_prep_send(request(), a, next(40), 40, 0);
	submit();
	finish(40, "first of a chain");
	finish(40, "second of a chain");
	plain_read(b, 80);
	/* two that wait: which of them gets the bytes is not certain */
	for (i = 0; i < 2; i++) {
		io_uring_prep_recv(request(), b, area + i * 100, 100, 0);
		submit();
	}
	for (i = 0; i < 2; i++) {
		plain_write(a, 30);
		finish(30, "recv of two that wait");
	}
	if (tcp) {
		for (i = 0; i < 3; i++) {
			io_uring_prep_send_zc(request(), a, next(700), 700, 0, 0);
			submit();
			flags = finish(700, "send_zc");
			plain_read(b, 700);
			if (flags & IORING_CQE_F_MORE)
				finish(0, "notification");
		}
	}
	/* many receives of one request */
	provide_buffers(8);
	sqe = request();
	io_uring_prep_recv_multishot(sqe, b, NULL, 0, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = 1;
	submit();
	for (i = 0; i < 5; i++) {
		plain_write(a, 90);
		check(finish(90, "receive of many") & IORING_CQE_F_MORE, "more");
	}
	cancel();
}

/* Requests that name their socket by its place in the ring's own table. */
static void fixed_files(int a, int b)
{
	int files[2] = { a, b }, i;
	struct io_uring_sqe *sqe;

	check(!io_uring_register_files(&ring, files, 2), "register files");
	for (i = 0; i < 5; i++) {
		sqe = request();
		io_uring_prep_send(sqe, 0, next(100), 100, 0);
		sqe->flags |= IOSQE_FIXED_FILE;
		submit();
		finish(100, "send");
		sqe = request();
		io_uring_prep_recv(sqe, 1, area, sizeof(area), 0);
		sqe->flags |= IOSQE_FIXED_FILE;
		submit();
		finish(100, "recv");
		sqe = request();
		io_uring_prep_recv(sqe, 1, area, sizeof(area), 0);
		sqe->flags |= IOSQE_FIXED_FILE;
		submit();
		plain_write(a, 50);
		finish(50, "recv that waits");
		sqe = request();
		io_uring_prep_write(sqe, 0, next(200), 200, 0);
		sqe->flags |= IOSQE_FIXED_FILE;
		submit();
		finish(200, "write");
		sqe = request();
		io_uring_prep_read(sqe, 1, area, sizeof(area), 0);
		sqe->flags |= IOSQE_FIXED_FILE;
		submit();
		finish(200, "read");
	}
	check(!io_uring_unregister_files(&ring), "unregister files");
}

/* A thread of the kernel submits what it finds in the ring. */
static void submission_thread(int a, int b)
{
	struct iovec out[1], in[1] = { { area, sizeof(area) } };
	struct msghdr to = { .msg_iov = out, .msg_iovlen = 1 }, from = { .msg_iov = in, .msg_iovlen = 1 };
	int i;

	for (i = 0; i < 5; i++) {
		io_uring_prep_send(request(), a, next(100), 100, 0);
		submit();
		finish(100, "send");
		io_uring_prep_recv(request(), b, area, sizeof(area), 0);
		submit();
		finish(100, "recv");
		io_uring_prep_recv(request(), b, area, sizeof(area), 0);
		submit();
		plain_write(a, 50);
		finish(50, "recv that waits");
		io_uring_prep_write(request(), a, next(200), 200, 0);
		submit();
		finish(200, "write");
		io_uring_prep_read(request(), b, area, sizeof(area), 0);
		submit();
		finish(200, "read");
		out[0] = (struct iovec){ next(300), 300 };
		io_uring_prep_sendmsg(request(), a, &to, 0);
		submit();
		finish(300, "sendmsg");
		io_uring_prep_recvmsg(request(), b, &from, 0);
		submit();
		finish(300, "recvmsg");
	}
}

/* The ring chooses the buffer, once there is something to put in. */
static void selected_buffers(int a, int b)
{
	int i, waits;

	provide_buffers(8);
	for (i = 0; i < 8; i++) {
		struct io_uring_sqe *sqe = request();

		waits = i & 2;
		if (!waits)
			plain_write(a, 90);
		if (i & 1)
			io_uring_prep_recv(sqe, b, NULL, 512, 0);
		else
			io_uring_prep_read(sqe, b, NULL, 512, 0);
		sqe->flags |= IOSQE_BUFFER_SELECT;
		sqe->buf_group = 1;
		submit();
		if (waits)
			plain_write(a, 90);
		finish(90, "read into a buffer of the ring");
	}
}

static void many_reads(int a, int b)
{
	struct io_uring_sqe *sqe;
	int i;

	provide_buffers(8);
	plain_write(a, 70);
	sqe = request();
	io_uring_prep_rw(READ_MULTISHOT, sqe, b, NULL, 0, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = 1;
	submit();
	check(finish(70, "first read of many") & IORING_CQE_F_MORE, "more");
	for (i = 0; i < 5; i++) {
		plain_write(a, 90);
		check(finish(90, "read of many") & IORING_CQE_F_MORE, "more");
	}
	cancel();
}

/* What comes is preceded in its buffer by a description. */
static void many_messages(int a, int b)
{
	struct msghdr from = { 0 };
	struct io_uring_sqe *sqe;
	int described = sizeof(struct io_uring_recvmsg_out), i;

	provide_buffers(8);
	plain_write(a, 70);
	sqe = request();
	io_uring_prep_recvmsg_multishot(sqe, b, &from, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = 1;
	submit();
	check(finish(described + 70, "first message of many") & IORING_CQE_F_MORE, "more");
	for (i = 0; i < 5; i++) {
		plain_write(a, 90);
		check(finish(described + 90, "message of many") & IORING_CQE_F_MORE, "more");
	}
	cancel();
}

static void messages_without_copy(int a, int b)
{
	struct msghdr to = { 0 };
	struct iovec out[2];
	int i, flags;

	to.msg_iov = out;
	for (i = 0; i < 6; i++) {
		/* in one piece of memory, in two: those are counted, not looked at */
		to.msg_iovlen = 1 + i % 2;
		out[0] = (struct iovec){ next(700), 700 };
		if (i % 2)
			out[1] = (struct iovec){ next(200), 200 };
		io_uring_prep_sendmsg_zc(request(), a, &to, 0);
		submit();
		flags = finish(i % 2 ? 900 : 700, "sendmsg_zc");
		plain_read(b, i % 2 ? 900 : 700);
		if (flags & IORING_CQE_F_MORE)
			finish(0, "notification");
	}
}

static void register_buffers(void)
{
	struct iovec buffers[2] = { { sent, sizeof(sent) }, { area, sizeof(area) } };

	check(!io_uring_register_buffers(&ring, buffers, 2), "register buffers");
}

static void fixed_buffers(int a, int b)
{
	int i, flags;

	register_buffers();
	for (i = 0; i < 5; i++) {
		io_uring_prep_write_fixed(request(), a, next(200), 200, 0, 0);
		submit();
		finish(200, "write_fixed");
		io_uring_prep_read_fixed(request(), b, area, sizeof(area), 0, 1);
		submit();
		finish(200, "read_fixed");
		/* not at the beginning of the buffer */
		io_uring_prep_read_fixed(request(), b, area + 1000, 1000, 0, 1);
		submit();
		plain_write(a, 50);
		finish(50, "read_fixed that waits");
	}
	for (i = 0; tcp && i < 3; i++) {
		io_uring_prep_send_zc_fixed(request(), a, next(700), 700, 0, 0, 0);
		submit();
		flags = finish(700, "send_zc of a registered buffer");
		plain_read(b, 700);
		if (flags & IORING_CQE_F_MORE)
			finish(0, "notification");
	}
	check(!io_uring_unregister_buffers(&ring), "unregister buffers");
}

/* Between two calls that are looked at, so that the bytes of one could be taken for the other's. */
static void fixed_vectors(int a, int b)
{
	struct iovec out[2], in[1] = { { area, sizeof(area) } };
	struct io_uring_sqe *sqe;
	int i;

	register_buffers();
	for (i = 0; i < 5; i++) {
		io_uring_prep_send(request(), a, next(100), 100, 0);
		submit();
		finish(100, "send");
		io_uring_prep_recv(request(), b, area, sizeof(area), 0);
		submit();
		finish(100, "recv");
		out[0] = (struct iovec){ next(30), 30 };
		out[1] = (struct iovec){ next(50), 50 };
		sqe = request();
		io_uring_prep_rw(WRITEV_FIXED, sqe, a, out, 2, 0);
		sqe->buf_index = 0;
		submit();
		finish(80, "writev_fixed");
		sqe = request();
		io_uring_prep_rw(READV_FIXED, sqe, b, in, 1, 0);
		sqe->buf_index = 1;
		submit();
		finish(80, "readv_fixed");
	}
	check(!io_uring_unregister_buffers(&ring), "unregister buffers");
}

static const struct {
	const char *name;
	unsigned flags;
	void (*exchange)(int a, int b);
} kinds[] = {
	{ "basic", 0, basic },
	{ "fixed_files", 0, fixed_files },
	{ "submission_thread", IORING_SETUP_SQPOLL, submission_thread },
	{ "selected_buffers", 0, selected_buffers },
	{ "read_multishot", 0, many_reads },
	{ "recvmsg_multishot", 0, many_messages },
	{ "sendmsg_zc", 0, messages_without_copy },
	{ "fixed_buffers", 0, fixed_buffers },
	{ "fixed_vectors", 0, fixed_vectors },
};

static void connect_ends(int ends[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int listener;

	if (!tcp) {
		check(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
		return;
	}
	listener = socket(AF_INET, SOCK_STREAM, 0);
	check(!bind(listener, (struct sockaddr *)&address, size) && !listen(listener, 1) &&
		      !getsockname(listener, (struct sockaddr *)&address, &size),
	      "listen");
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	check(!connect(ends[0], (struct sockaddr *)&address, size), "connect");
	ends[1] = accept(listener, NULL, NULL);
	close(listener);
}

static void run(int i)
{
	int ends[2];

	length = number = 0;
	connect_ends(ends);
	kinds[i].exchange(ends[0], ends[1]);
	close(ends[0]);
	check(read(ends[1], area, 1) == 0, "end");
	close(ends[1]);
}

int main(int argc, char **argv)
{
	int count = sizeof(kinds) / sizeof(kinds[0]), i = 0;

	if (argc != 3)
		return 2;
	kind = argv[1];
	tcp = !strcmp(argv[2], "tcp");
	while (i < count && strcmp(kinds[i].name, kind))
		i++;
	if (i == count)
		return 2;
	trying = true;
	expect(io_uring_queue_init(32, &ring, kinds[i].flags), 0, "ring");
	run(i);
	io_uring_queue_exit(&ring);
	trying = false;
	check(!io_uring_queue_init(32, &ring, kinds[i].flags), "ring");
	printf("ready\n");
	fflush(stdout);
	getchar();
	run(i);
	printf("done %.*s\n", length, sent);
	fflush(stdout);
	getchar();
	return 0;
}
