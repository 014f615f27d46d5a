/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KYANOS_INODES_H
#define KYANOS_INODES_H

#include <stdint.h>

/*
 * Inode numbers that the kernel gives to new sockets: one for each CPU that this thread may run on, up to `room` of them,
 * each the last that the CPU has given; then one from a batch that no CPU had taken before. Returns how many, or -errno.
 * Takes some 1000 sockets, one at a time, a millisecond or two.
 */
int socket_inodes(uint32_t *inodes, int room);

#endif
