/* SPDX-License-Identifier: Apache-2.0 */
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "log.h"

#define LOG_BYTES 65536

static _Atomic int log_level = LIBBPF_WARN;
static __thread size_t log_length;
static __thread char log_buffer[LOG_BYTES + 1];

/* A verifier's log gives the reason at its end, so the beginning is dropped. */
static void make_room(size_t wanted)
{
	static const char mark[] = "[...]\n";
	size_t keep = LOG_BYTES / 2;

	if (log_length + wanted <= LOG_BYTES)
		return;
	if (wanted + keep > LOG_BYTES)
		keep = LOG_BYTES - wanted;
	if (keep > log_length)
		keep = log_length;
	if (keep < sizeof(mark))
		keep = 0;
	memmove(log_buffer, log_buffer + log_length - keep, keep);
	if (keep)
		memcpy(log_buffer, mark, sizeof(mark) - 1);
	log_length = keep;
}

static int keep_line(enum libbpf_print_level level, const char *format, va_list arguments)
{
	va_list again;
	size_t i, wanted;
	int length;

	if ((int)level > atomic_load_explicit(&log_level, memory_order_relaxed))
		return 0;
	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length <= 0)
		return 0;
	wanted = length > LOG_BYTES ? LOG_BYTES : (size_t)length;
	make_room(wanted);
	vsnprintf(log_buffer + log_length, LOG_BYTES - log_length + 1, format, arguments);
	for (i = log_length; i < log_length + wanted; i++)
		if ((log_buffer[i] & 0x80) || !log_buffer[i])
			log_buffer[i] = '?';
	log_length += wanted;
	log_buffer[log_length] = 0;
	return length;
}

void log_prepare(void)
{
	libbpf_set_print(keep_line);
}

void log_set_level(int level)
{
	atomic_store(&log_level, level);
}

void log_clear(void)
{
	log_length = 0;
	log_buffer[0] = 0;
}

const char *log_text(void)
{
	return log_buffer;
}
