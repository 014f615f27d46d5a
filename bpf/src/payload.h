/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Bytes of the caller's memory, gathered into the scratch of this CPU. */
#ifndef KYANOS_PAYLOAD_H
#define KYANOS_PAYLOAD_H

#include "maps.h"

/* Segments and messages of a call, as the kernel bounds them (UIO_MAXIOV). */
#define SEGMENTS_OF_A_CALL 1024
#define MESSAGES_OF_A_CALL 1024

static __always_inline struct scratch *this_scratch(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&scratches, &cpu);
}

/* Beside the number of bytes taken: memory could not be read. */
#define UNREADABLE (PAYLOAD_MASK + 1)

struct message {
	__u64 vector;
	__u64 segments;
	__u32 length;
};

static __always_inline __u64 take_flat(struct scratch *scratch, __u64 buffer, __u64 wanted)
{
	/* the mask is what the verifier believes, if clang does not fold it away; the limit is
	 * below */
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

/* What of a message is needed, as of index `index` among many that stand one behind the other. */
static __always_inline long read_message(struct message *message, __u64 vector, __u32 index,
					 __u32 compat)
{
	struct compat_mmsghdr narrow;
	struct user_mmsghdr wide;
	long error;

	if (compat) {
		error = bpf_probe_read_user(&narrow, sizeof(narrow),
					    (void *)(vector + index * sizeof(narrow)));
		message->vector = narrow.msg_hdr.msg_iov;
		message->segments = narrow.msg_hdr.msg_iovlen;
		message->length = narrow.msg_len;
	} else {
		error = bpf_probe_read_user(&wide, sizeof(wide),
					    (void *)(vector + index * sizeof(wide)));
		message->vector = wide.msg_hdr.msg_iov;
		message->segments = wide.msg_hdr.msg_iovlen;
		message->length = wide.msg_len;
	}
	return error;
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

/* Messages of sendmmsg and recvmmsg, one behind the other, as in the stream. */
static __always_inline void begin_messages(struct scratch *scratch, __u64 header, __u64 messages,
					   __u32 compat)
{
	scratch->gathering.segments = 0;
	scratch->gathering.room = 0;
	scratch->gathering.header = header;
	scratch->gathering.messages = messages;
	scratch->gathering.compat = compat;
}

/* Of gather_segment(), instead of a number of bytes. */
#define GATHER_FAULT (-1)
#define GATHER_END (-2)

/* Instead of a place: the bytes are passed over. */
#define NOWHERE (~0ULL)

/*
 * Takes what the next segment has of the bytes that are wanted; perhaps nothing.
 *
 * Global, as those that follow, so that the verifier walks it once, not once per turn of the loops
 * below. That is why they take numbers alone: 5.10 checks no other arguments of such functions.
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
		if (read_message(&message, gathering->header, 0, gathering->compat))
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
	/* another thread may have changed it since */
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

/* Puts the next `wanted` bytes there; returns how many came, and perhaps UNREADABLE. */
__noinline int gather(__u64 at, __u64 wanted)
{
	__u64 taken = 0;
	int more;

	for (__u32 i = 0; i < SEGMENTS_OF_A_CALL; i++) {
		if (taken >= wanted)
			break;
		more = gather_segment(at + taken, wanted - taken);
		if (more < 0)
			return more == GATHER_FAULT ? taken | UNREADABLE : taken;
		taken += more;
	}
	return taken;
}

/* Passes over so many bytes; less than zero if there are not so many. */
__noinline int skip(__u64 distance)
{
	__u64 passed = 0;
	int more;

	for (__u32 i = 0; i < SEGMENTS_OF_A_CALL; i++) {
		if (passed >= distance)
			return 0;
		more = gather_segment(NOWHERE, distance - passed);
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

/* The bytes never were in the caller's memory. */
static __always_inline bool moves_unseen(__u16 kind)
{
	return kind == KY_CALL_SENDFILE || kind == KY_CALL_SPLICE;
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
 * Takes the first bytes of what the call moved; returns how many, and perhaps UNREADABLE. Those
 * behind them follow by take_further().
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
		/* nothing can be found any more */
		scratch->gathering.segments = 0;
		scratch->gathering.messages = 0;
	}
	rest->gap = 0;
}

/*
 * Makes the event in the scratch that of the next piece of its call; returns its size, 0 if all is
 * told. Where bytes cannot be read the piece stands for all that is left.
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
	scratch->data.event.flags |= KY_FLAG_CONTINUED;
	scratch->data.position += scratch->data.length;
	scratch->data.length = length;
	scratch->data.captured = taken;
	return sizeof(struct ky_data) + taken;
}

/* How many bytes so many messages have moved; -1 if the caller's memory does not tell. */
__noinline int length_of_messages(__u64 vector, __u64 messages, __u32 compat)
{
	__u64 at = vector + (compat ? __builtin_offsetof(struct compat_mmsghdr, msg_len)
				    : __builtin_offsetof(struct user_mmsghdr, msg_len));
	__u64 step = compat ? sizeof(struct compat_mmsghdr) : sizeof(struct user_mmsghdr);
	__u32 sum = 0;
	__u32 length;

	for (__u32 i = 0; i < MESSAGES_OF_A_CALL; i++) {
		if (i >= messages)
			break;
		if (bpf_probe_read_user(&length, sizeof(length), (void *)(at + i * step)))
			return -1;
		sum += length;
	}
	return sum;
}

#endif
