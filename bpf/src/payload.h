/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Bytes of the caller's memory, gathered into the scratch of this CPU. */
#ifndef KYANOS_PAYLOAD_H
#define KYANOS_PAYLOAD_H

#include "maps.h"

/* Parts of a vector that are followed; what is behind shows in the length alone. */
#define SEGMENT_LIMIT 64
/* Messages of one call whose bytes are gathered; likewise. */
#define MESSAGE_LIMIT 64
/* The kernel moves no more messages in one call (UIO_MAXIOV). */
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
	/* the mask is what the verifier believes; the limit is far below */
	wanted &= PAYLOAD_MASK;
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

/*
 * Goes on behind the first `taken` bytes until there are `wanted`.
 *
 * Global, as those that follow, so that the verifier walks the loop once, not once per way to get
 * here. That is why they take numbers alone: 5.10 checks no other arguments of such functions.
 */
__noinline int take_vector(__u64 vector, __u64 segments, __u64 taken, __u64 wanted, __u32 compat)
{
	struct scratch *scratch = this_scratch();
	struct iovec segment;
	__u64 chunk;

	if (!scratch)
		return 0;
	for (__u32 i = 0; i < SEGMENT_LIMIT; i++) {
		if (i >= segments || taken >= wanted)
			break;
		if (read_segment(&segment, vector, i, compat))
			return taken | UNREADABLE;
		chunk = segment.iov_len;
		if (chunk > wanted - taken)
			chunk = wanted - taken;
		/* keeps clang from folding the masks away, the verifier wants to see them */
		asm volatile("%0 &= 0x7fff" : "+r"(chunk));
		asm volatile("%0 &= 0x7fff" : "+r"(taken));
		if (bpf_probe_read_user(scratch->bytes + taken, chunk, (void *)segment.iov_base))
			return taken | UNREADABLE;
		taken += chunk;
	}
	return taken;
}

__noinline int take_message(__u64 message, __u64 wanted, __u32 compat)
{
	struct compat_msghdr narrow;
	struct user_msghdr wide;

	if (compat) {
		if (bpf_probe_read_user(&narrow, sizeof(narrow), (void *)message))
			return UNREADABLE;
		return take_vector(narrow.msg_iov, narrow.msg_iovlen, 0, wanted, compat);
	}
	if (bpf_probe_read_user(&wide, sizeof(wide), (void *)message))
		return UNREADABLE;
	return take_vector(wide.msg_iov, wide.msg_iovlen, 0, wanted, compat);
}

/* Of the first messages of sendmmsg and recvmmsg, one behind the other, as in the stream. */
__noinline int take_messages(__u64 vector, __u64 messages, __u64 wanted, __u32 compat)
{
	struct message message;
	__u64 taken = 0;
	__u64 end;

	for (__u32 i = 0; i < MESSAGE_LIMIT; i++) {
		if (i >= messages || taken >= wanted)
			break;
		if (read_message(&message, vector, i, compat))
			return taken | UNREADABLE;
		end = taken + message.length;
		if (end > wanted)
			end = wanted;
		taken = take_vector(message.vector, message.segments, taken, end, compat);
		/* what is behind a part that is not here would stand in its place */
		if (taken != end)
			break;
	}
	return taken;
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

/* Takes up to `wanted` bytes of what the call moved; returns how many, and perhaps UNREADABLE. */
static __always_inline __u64 take_payload(struct scratch *scratch, const struct call *call,
					  __u16 kind, __u64 wanted)
{
	__u64 vector = call->buffer;
	__u64 segments = call->segments;

	switch (kind) {
	case KY_CALL_SENDMSG:
	case KY_CALL_RECVMSG:
		return take_message(vector, wanted, call->compat);
	case KY_CALL_SENDMMSG:
	case KY_CALL_RECVMMSG:
		return take_messages(vector, segments, wanted, call->compat);
	case KY_CALL_READV:
	case KY_CALL_WRITEV:
		break;
	case KY_CALL_SENDFILE:
	case KY_CALL_SPLICE:
		/* the bytes never were in the caller's memory */
		return 0;
	default:
		return take_flat(scratch, call->buffer, wanted);
	}
	return take_vector(vector, segments, 0, wanted, call->compat);
}

#endif
