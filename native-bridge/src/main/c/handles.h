/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles: what Java holds of our things. A handle names a slot of a table and
 * the slot's generation, so a stale or invented number is refused, never
 * followed. A use of a handle keeps the thing alive; retiring it waits for the
 * uses in progress.
 */
#ifndef KYANOS_HANDLES_H
#define KYANOS_HANDLES_H

#include <stdint.h>

enum handle_kind {
	HANDLE_NONE,
	HANDLE_OBJECT,
	HANDLE_READER,
	HANDLE_STATISTICS,
};

/* Positive handle, or -errno. */
int64_t handle_create(enum handle_kind kind, void *thing);

/* The thing, until handle_release; NULL with a noted fault. */
void *handle_use(int64_t handle, enum handle_kind kind);
void handle_release(int64_t handle);

/*
 * Refuses new uses, calls interrupt(thing) if given, waits for the last use,
 * frees the slot. Returns the thing, which is the caller's alone from now on;
 * NULL with a noted fault.
 */
void *handle_retire(int64_t handle, enum handle_kind kind, void (*interrupt)(void *thing));

#endif
