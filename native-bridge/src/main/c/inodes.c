/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inodes.h"

/*
 * The kernel numbers inodes without a disk by a counter that each CPU takes so many numbers of at once (get_next_ino).
 * The first number of a batch is one more than a multiple of it.
 */
#define BATCH 1024

static int next_inode(uint32_t *inode)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat status;
	int error = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status))
		error = -errno;
	close(fd);
	*inode = status.st_ino;
	return error;
}

static uint32_t batch_of(uint32_t inode)
{
	return (inode - 1) / BATCH;
}

/* Goes on until this CPU, or one that the thread is moved to, takes a batch that was not seen before. */
static int fresh_inode(const uint32_t *seen, int count, uint32_t *fresh)
{
	uint32_t newest = 0;
	int i, error;

	for (i = 0; i < count; i++) {
		if (i == 0 || (int32_t)(seen[i] - newest) > 0)
			newest = seen[i];
	}
	for (i = 0; i < 64 * BATCH; i++) {
		error = next_inode(fresh);
		if (error)
			return error;
		if (count == 0)
			newest = *fresh, count = 1;
		else if ((int32_t)(*fresh - newest) > 0 && batch_of(*fresh) != batch_of(newest))
			return 0;
	}
	return -EAGAIN;
}

int socket_inodes(uint32_t *inodes, int room)
{
	int cpus = sysconf(_SC_NPROCESSORS_CONF), count = 0, cpu, error = 0;
	size_t bytes = CPU_ALLOC_SIZE(cpus);
	cpu_set_t *allowed = CPU_ALLOC(cpus), *one = CPU_ALLOC(cpus);

	if (!allowed || !one) {
		error = -ENOMEM;
		goto out;
	}
	if (sched_getaffinity(0, bytes, allowed)) {
		error = -errno;
		goto out;
	}
	for (cpu = 0; cpu < cpus && count < room - 1 && !error; cpu++) {
		if (!CPU_ISSET_S(cpu, bytes, allowed))
			continue;
		CPU_ZERO_S(bytes, one);
		CPU_SET_S(cpu, bytes, one);
		/* it may have gone offline */
		if (!sched_setaffinity(0, bytes, one))
			error = next_inode(&inodes[count++]);
	}
	if (!error)
		error = fresh_inode(inodes, count, &inodes[count]);
	if (sched_setaffinity(0, bytes, allowed) && !error)
		error = -errno;
out:
	CPU_FREE(allowed);
	CPU_FREE(one);
	return error ? error : count + 1;
}
