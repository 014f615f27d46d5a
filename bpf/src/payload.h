/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copies the caller's memory into the scratch of this CPU. */
#ifndef KYANOS_PAYLOAD_H
#define KYANOS_PAYLOAD_H

#include "maps.h"

/* Segments and messages per call: the kernel's own bound (UIO_MAXIOV). */
#define SEGMENTS_OF_A_CALL 1024
#define MESSAGES_OF_A_CALL 1024
/* The verifier walks each turn of a loop. Loops of a global function within one of another are
 * walked one after the other: 32 and 32 turns for 1024. */
#define AT_ONCE 32

static __always_inline struct scratch *this_scratch(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&scratches, &cpu);
}

/* A flag alongside the number of bytes taken: memory could not be read. */
#define UNREADABLE (PAYLOAD_MASK + 1)

struct message {
	__u64 vector;
	__u64 segments;
	__u32 length;
};

static __always_inline __u64 take_flat(struct scratch *scratch, __u64 buffer, __u64 wanted)
{
	/* the verifier believes the mask, unless clang folds it away; the limit is below */
	asm volatile("%0 &= 0x7fff" : "+r"(wanted));
	if (bpf_probe_read_user(scratch->bytes, wanted, (void *)buffer))
		return UNREADABLE;
	return wanted;
}

static __always_inline long read_segment(struct iovec *segment, __u64 vector, __u32 index,
					 __u32 compat)
{
	struct compat_iovec narrow;
	long error;

	if (!compat)
		return bpf_probe_read_user(segment, sizeof(*segment),
					   (void *)(vector + index * sizeof(*segment)));
	error = bpf_probe_read_user(&narrow, sizeof(narrow),
				    (void *)(vector + index * sizeof(narrow)));
	segment->iov_base = narrow.iov_base;
	segment->iov_len = narrow.iov_len;
	return error;
}

/* Only the fields that are needed: the stack of a call chain ends at 512 bytes. */
static __always_inline long read_message(struct message *message, __u64 header, __u32 compat)
{
	__u64 length_at = header + (compat ? __builtin_offsetof(struct compat_mmsghdr, msg_len)
					   : __builtin_offsetof(struct user_mmsghdr, msg_len));
	__u32 narrow[2];

	if (bpf_probe_read_user(&message->length, sizeof(message->length), (void *)length_at))
		return -1;
	if (!compat)
		return bpf_probe_read_user(
			&message->vector, 2 * sizeof(__u64),
			(void *)(header + __builtin_offsetof(struct user_msghdr, msg_iov)));
	if (bpf_probe_read_user(
		    narrow, sizeof(narrow),
		    (void *)(header + __builtin_offsetof(struct compat_msghdr, msg_iov))))
		return -1;
	message->vector = narrow[0];
	message->segments = narrow[1];
	return 0;
}

static __always_inline void begin_vector(struct scratch *scratch, __u64 vector, __u64 segments,
					 __u32 compat)
{
	scratch->gathering.vector = vector;
	scratch->gathering.segments = segments;
	scratch->gathering.within = 0;
	scratch->gathering.room = ~0ULL;
	scratch->gathering.messages = 0;
	scratch->gathering.compat = compat;
}

/* Messages of sendmmsg and recvmmsg, one after the other, as in the stream. */
static __always_inline void begin_messages(struct scratch *scratch, __u64 header, __u64 messages,
					   __u32 compat)
{
	scratch->gathering.segments = 0;
	scratch->gathering.room = 0;
	scratch->gathering.header = header;
	scratch->gathering.messages = messages;
	scratch->gathering.compat = compat;
}

/* Returned by gather_segment() instead of a number of bytes. */
#define GATHER_FAULT (-1)
#define GATHER_END (-2)

/* Instead of a place: pass over the bytes. */
#define NOWHERE (~0ULL)

/*
 * Takes what the next segment has of the wanted bytes; perhaps nothing.
 *
 * Global, like those that follow, so that the verifier walks it once, not once per iteration below.
 * Hence numbers as arguments: 5.10 checks no others of global functions.
 */
__noinline int gather_segment(__u64 at, __u64 wanted)
{
	struct scratch *scratch = this_scratch();
	struct gathering *gathering;
	struct message message;
	struct iovec segment;
	__u64 chunk, base;

	if (!scratch)
		return GATHER_FAULT;
	gathering = &scratch->gathering;
	if (!gathering->segments || !gathering->room) {
		if (!gathering->messages)
			return GATHER_END;
		if (read_message(&message, gathering->header, gathering->compat))
			return GATHER_FAULT;
		gathering->vector = message.vector;
		gathering->segments = message.segments;
		gathering->within = 0;
		gathering->room = message.length;
		gathering->header += sizeof(struct user_mmsghdr) >> (gathering->compat & 1);
		gathering->messages--;
		if (!gathering->segments || !gathering->room)
			return 0;
	}
	if (read_segment(&segment, gathering->vector, 0, gathering->compat))
		return GATHER_FAULT;
	base = segment.iov_base + gathering->within;
	/* another thread may have changed it in the meantime */
	chunk = segment.iov_len > gathering->within ? segment.iov_len - gathering->within : 0;
	if (wanted > gathering->room)
		wanted = gathering->room;
	if (chunk > wanted) {
		chunk = wanted;
		gathering->within += chunk;
	} else {
		gathering->vector += sizeof(struct iovec) >> (gathering->compat & 1);
		gathering->segments--;
		gathering->within = 0;
	}
	gathering->room -= chunk;
	if (at == NOWHERE)
		return chunk;
	/* keeps clang from folding the masks away, the verifier wants to see them */
	asm volatile("%0 &= 0x7fff" : "+r"(chunk));
	asm volatile("%0 &= 0x7fff" : "+r"(at));
	if (bpf_probe_read_user(scratch->bytes + at, chunk, (void *)base))
		return GATHER_FAULT;
	return chunk;
}

/* As gather(), out of so many segments at most. */
__noinline int gather_some(__u64 at, __u64 wanted)
{
	__u64 taken = 0;
	int more;

	for (__u32 i = 0; i < AT_ONCE; i++) {
		if (taken >= wanted)
			break;
		more = gather_segment(at + taken, wanted - taken);
		if (more < 0)
			return more == GATHER_FAULT ? taken | UNREADABLE : taken;
		taken += more;
	}
	return taken;
}

/* Copies the next `wanted` bytes there; returns how many, perhaps with UNREADABLE. */
__noinline int gather(__u64 at, __u64 wanted)
{
	__u64 taken = 0;
	int more;

	for (__u32 i = 0; i < SEGMENTS_OF_A_CALL / AT_ONCE; i++) {
		if (taken >= wanted)
			break;
		more = gather_some(at + taken, wanted - taken);
		if (more & UNREADABLE)
			return taken + more;
		taken += more;
	}
	return taken;
}

/* Passes over so many bytes, or over so many segments; returns how many bytes, negative if there
 * are fewer. */
__noinline int skip_some(__u64 distance)
{
	__u64 passed = 0;
	int more;

	for (__u32 i = 0; i < AT_ONCE; i++) {
		if (passed >= distance)
			break;
		more = gather_segment(NOWHERE, distance - passed);
		if (more < 0)
			return more;
		passed += more;
	}
	return passed;
}

/* Passes over so many bytes; negative if there are fewer. */
__noinline int skip(__u64 distance)
{
	__u64 passed = 0;
	int more;

	for (__u32 i = 0; i < SEGMENTS_OF_A_CALL / AT_ONCE; i++) {
		if (passed >= distance)
			return 0;
		more = skip_some(distance - passed);
		if (more < 0)
			return more;
		passed += more;
	}
	return GATHER_END;
}

static __always_inline bool has_flat_buffer(__u16 kind)
{
	return kind == KY_CALL_READ || kind == KY_CALL_WRITE || kind == KY_CALL_SENDTO ||
	       kind == KY_CALL_RECVFROM;
}

/* The bytes were never in the caller's memory, or nobody knows where. */
static __always_inline bool moves_unseen(__u16 kind)
{
	return kind == KY_CALL_NONE || kind == KY_CALL_SENDFILE || kind == KY_CALL_SPLICE;
}

/* The first bytes of a call whose buffer is not flat. */
__noinline int gather_first(__u64 vector, __u64 segments, __u32 kind, __u32 compat, __u64 wanted)
{
	struct scratch *scratch = this_scratch();
	struct compat_msghdr narrow;
	struct user_msghdr wide;

	if (!scratch)
		return UNREADABLE;
	switch (kind) {
	case KY_CALL_SENDMSG:
	case KY_CALL_RECVMSG:
		if (compat) {
			if (bpf_probe_read_user(&narrow, sizeof(narrow), (void *)vector))
				return UNREADABLE;
			begin_vector(scratch, narrow.msg_iov, narrow.msg_iovlen, compat);
		} else {
			if (bpf_probe_read_user(&wide, sizeof(wide), (void *)vector))
				return UNREADABLE;
			begin_vector(scratch, wide.msg_iov, wide.msg_iovlen, compat);
		}
		break;
	case KY_CALL_SENDMMSG:
	case KY_CALL_RECVMMSG:
		begin_messages(scratch, vector, segments, compat);
		break;
	default:
		begin_vector(scratch, vector, segments, compat);
	}
	return gather(0, wanted);
}

/*
 * Copies the first bytes that the call moved; returns how many, perhaps with UNREADABLE.
 * make_piece() continues.
 */
static __always_inline __u64 take_first(struct scratch *scratch, const struct call *call,
					__u16 kind, __u64 wanted)
{
	if (has_flat_buffer(kind))
		return take_flat(scratch, call->buffer, wanted);
	return gather_first(call->buffer, call->segments, kind, call->compat, wanted);
}

static __always_inline void pass_gap(struct scratch *scratch)
{
	struct rest *rest = &scratch->rest;

	if (rest->address) {
		rest->address += rest->gap;
	} else if (rest->gap && skip(rest->gap)) {
		/* the rest cannot be found any more */
		scratch->gathering.segments = 0;
		scratch->gathering.messages = 0;
	}
	rest->gap = 0;
}

/*
 * Turns the event in the scratch into that of the call's next piece; returns its size, 0 when all
 * is sent. If bytes cannot be read, the piece covers all that is left.
 */
__noinline int make_piece(void)
{
	struct scratch *scratch = this_scratch();
	__u64 piece, taken, length;
	struct rest *rest;

	if (!scratch || !scratch->rest.left)
		return 0;
	rest = &scratch->rest;
	pass_gap(scratch);
	if (rest->wanted) {
		piece = rest->wanted < PAYLOAD_LIMIT ? rest->wanted : PAYLOAD_LIMIT;
		rest->wanted -= piece;
		length = rest->wanted ? piece : rest->left - rest->tail;
	} else {
		piece = length = rest->left;
	}
	if (rest->address)
		taken = take_flat(scratch, rest->address, piece);
	else
		taken = (__u32)gather(0, piece);
	if (taken != piece)
		length = rest->left;
	if (taken & UNREADABLE)
		scratch->data.event.flags |= KY_FLAG_UNREADABLE;
	taken &= PAYLOAD_MASK;
	if (rest->address)
		rest->address += piece;
	rest->gap = length - piece;
	rest->left -= length;
	rest->captured += taken;
	scratch->data.event.flags &= ~KY_FLAG_PASSED_OVER;
	scratch->data.event.flags |= KY_FLAG_CONTINUED;
	scratch->data.position += scratch->data.length;
	scratch->data.length = length;
	scratch->data.captured = taken;
	return sizeof(struct ky_data) + taken;
}

/* As length_of_messages(), of so many at most. */
__noinline int length_of_some(__u64 at, __u64 messages, __u32 step)
{
	__u32 sum = 0;
	__u32 length;

	for (__u32 i = 0; i < AT_ONCE; i++) {
		if (i >= messages)
			break;
		if (bpf_probe_read_user(&length, sizeof(length), (void *)(at + i * step)))
			return -1;
		sum += length;
	}
	return sum & 0x7fffffff;
}

/* How many bytes so many messages moved; -1 if the caller's memory cannot be read. */
__noinline int length_of_messages(__u64 vector, __u64 messages, __u32 compat)
{
	__u64 at = vector + (compat ? __builtin_offsetof(struct compat_mmsghdr, msg_len)
				    : __builtin_offsetof(struct user_mmsghdr, msg_len));
	__u32 step = compat ? sizeof(struct compat_mmsghdr) : sizeof(struct user_mmsghdr);
	__u32 sum = 0;
	int more;

	for (__u32 i = 0; i < MESSAGES_OF_A_CALL / AT_ONCE; i++) {
		if (i * AT_ONCE >= messages)
			break;
		more = length_of_some(at + i * AT_ONCE * step, messages - i * AT_ONCE, step);
		if (more < 0)
			return -1;
		sum += more;
	}
	return sum & 0x7fffffff;
}

#endif
