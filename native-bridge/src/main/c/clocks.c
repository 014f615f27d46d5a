/* SPDX-License-Identifier: Apache-2.0 */
#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "clocks.h"

#define READINGS 8
#define PACKET_BYTES 64 /* the input of a test run, which the program ignores */

/* Written once, under measured. */
static pthread_once_t measured = PTHREAD_ONCE_INIT;
static int64_t kernel_minus_own;
static int refusal;

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now); /* never fails for the clocks that we name */
	return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The program that writes bpf_ktime_get_ns() into the only element of the array `map`; -errno. */
static int load_clock_program(int map)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW,
		  .dst_reg = BPF_REG_6,
		  .src_reg = BPF_PSEUDO_MAP_VALUE,
		  .imm = map },
		{ 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_ktime_get_ns },
		{ .code = BPF_STX | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_6, .src_reg = BPF_REG_0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	/* of the types with test runs the only one that needs no more than CAP_BPF */
	return bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "kyanos_clock", "Apache-2.0", program,
			     sizeof(program) / sizeof(program[0]), NULL);
}

/*
 * Each reading bounds how far the kernel's clock is ahead of ours; all of them together, by the greatest lower and the
 * least upper bound. The lower bound is used, as a watermark must never be ahead; or 0 if that is within the bounds:
 * then there is no time namespace.
 */
static int bracket(int program, int map, int64_t *offset)
{
	int64_t least = INT64_MIN, most = INT64_MAX;
	uint64_t before, kernel, after;
	char packet[PACKET_BYTES] = {};
	uint32_t key = 0;
	int i, error;

	for (i = 0; i < READINGS; i++) {
		LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = sizeof(packet), .repeat = 1);

		before = read_clock(CLOCK_MONOTONIC);
		error = bpf_prog_test_run_opts(program, &run);
		after = read_clock(CLOCK_MONOTONIC);
		if (!error)
			error = bpf_map_lookup_elem(map, &key, &kernel);
		if (error)
			return error;
		if ((int64_t)(kernel - after) > least)
			least = kernel - after;
		if ((int64_t)(kernel - before) < most)
			most = kernel - before;
	}
	*offset = least <= 0 && most >= 0 ? 0 : least;
	return 0;
}

static void measure(void)
{
	int map, program = -1;

	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "kyanos_clock", sizeof(uint32_t), sizeof(uint64_t), 1, NULL);
	refusal = map < 0 ? -map : 0;
	if (!refusal) {
		program = load_clock_program(map);
		refusal = program < 0 ? -program : -bracket(program, map, &kernel_minus_own);
	}
	if (program >= 0)
		close(program);
	if (map >= 0)
		close(map);
}

void clock_measure(void)
{
	pthread_once(&measured, measure);
}

int clock_refusal(void)
{
	clock_measure();
	return refusal;
}

uint64_t kernel_nanos(void)
{
	clock_measure();
	return read_clock(CLOCK_MONOTONIC) + kernel_minus_own;
}

/* Of several readings the least interrupted one. */
int64_t realtime_minus_kernel_nanos(void)
{
	uint64_t before, wall, after, tightest = UINT64_MAX;
	int64_t offset = 0;
	int i;

	for (i = 0; i < READINGS; i++) {
		before = kernel_nanos();
		wall = read_clock(CLOCK_REALTIME);
		after = kernel_nanos();
		if (after - before >= tightest)
			continue;
		tightest = after - before;
		offset = (int64_t)(wall - (before + (after - before) / 2));
	}
	return offset;
}
