/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "errors.h"
#include "handles.h"

#define SLOTS 1024

struct slot {
	void *thing;
	enum handle_kind kind;
	uint32_t generation; /* 31 bits, so that handles stay positive */
	uint32_t uses;
	bool retiring;
};

static pthread_mutex_t slots_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t slot_unused = PTHREAD_COND_INITIALIZER;
static struct slot slots[SLOTS];

static const char *const kind_names[] = {
	[HANDLE_NONE] = "nothing",
	[HANDLE_OBJECT] = "object",
	[HANDLE_READER] = "ring reader",
	[HANDLE_STATISTICS] = "run statistics",
};

int64_t handle_create(enum handle_kind kind, void *thing)
{
	int64_t handle = -1;
	uint32_t i;

	pthread_mutex_lock(&slots_lock);
	for (i = 0; i < SLOTS; i++) {
		if (slots[i].kind != HANDLE_NONE)
			continue;
		slots[i].thing = thing;
		slots[i].kind = kind;
		slots[i].generation = (slots[i].generation + 1) & 0x7fffffff;
		slots[i].uses = 0;
		slots[i].retiring = false;
		/* index + 1: 0 is never a handle, Java keeps it for closed */
		handle = (int64_t)slots[i].generation << 32 | (i + 1);
		break;
	}
	pthread_mutex_unlock(&slots_lock);
	if (handle < 0)
		return fail_system(EMFILE, "open %s: %d are open", kind_names[kind], SLOTS);
	return handle;
}

/* slots_lock is held. */
static struct slot *find(int64_t handle, enum handle_kind kind)
{
	uint64_t index = (handle & 0xffffffff) - 1;
	struct slot *slot;

	if (handle <= 0 || index >= SLOTS)
		return NULL;
	slot = &slots[index];
	if (slot->kind != kind || slot->generation != (uint64_t)handle >> 32 || slot->retiring)
		return NULL;
	return slot;
}

void *handle_use(int64_t handle, enum handle_kind kind)
{
	void *thing = NULL;
	struct slot *slot;

	pthread_mutex_lock(&slots_lock);
	slot = find(handle, kind);
	if (slot) {
		slot->uses++;
		thing = slot->thing;
	}
	pthread_mutex_unlock(&slots_lock);
	if (!thing)
		fail_state("%s: closed", kind_names[kind]);
	return thing;
}

void handle_release(int64_t handle)
{
	struct slot *slot = &slots[(handle & 0xffffffff) - 1];

	pthread_mutex_lock(&slots_lock);
	if (--slot->uses == 0 && slot->retiring)
		pthread_cond_broadcast(&slot_unused);
	pthread_mutex_unlock(&slots_lock);
}

void *handle_retire(int64_t handle, enum handle_kind kind, void (*interrupt)(void *thing))
{
	struct slot *slot;
	void *thing;

	pthread_mutex_lock(&slots_lock);
	slot = find(handle, kind);
	if (!slot) {
		pthread_mutex_unlock(&slots_lock);
		fail_state("%s: closed", kind_names[kind]);
		return NULL;
	}
	slot->retiring = true;
	thing = slot->thing;
	if (interrupt)
		interrupt(thing);
	while (slot->uses > 0)
		pthread_cond_wait(&slot_unused, &slots_lock);
	slot->thing = NULL;
	slot->kind = HANDLE_NONE;
	pthread_mutex_unlock(&slots_lock);
	return thing;
}
