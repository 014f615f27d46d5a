/* SPDX-License-Identifier: Apache-2.0 */
/* What libbpf says, kept per thread and bounded, so that errors can carry it. */
#ifndef KYANOS_LOG_H
#define KYANOS_LOG_H

void log_prepare(void);

/* 0 warnings, 1 information, 2 debugging; for all threads. */
void log_set_level(int level);

/* Forgets the calling thread's lines. Each frame begins with it. */
void log_clear(void);

/* The calling thread's lines since then, ASCII, valid until the next. */
const char *log_text(void);

#endif
