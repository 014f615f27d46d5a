/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* A cheap guess at the protocol from the first bytes of a turn. It gives priority; user space
 * decides. */
#ifndef KYANOS_GUESS_H
#define KYANOS_GUESS_H

#include "vmlinux.h"
#include "events.h"

/* Bytes that the guess needs. */
#define GUESS_HEAD 16

struct guess {
	__u8 protocol;
	__u8 message;
};

#define BYTES4(a, b, c, d) ((__u32)(a) | (__u32)(b) << 8 | (__u32)(c) << 16 | (__u32)(d) << 24)

static __always_inline __u32 four_bytes(const __u8 *head)
{
	return BYTES4(head[0], head[1], head[2], head[3]);
}

/* https://www.rfc-editor.org/rfc/rfc9110#section-9 and PATCH of RFC 5789 */
static __always_inline __u8 http_message(const __u8 *head, __u64 length)
{
	if (length < 5)
		return KY_MESSAGE_UNKNOWN;
	switch (four_bytes(head)) {
	case BYTES4('G', 'E', 'T', ' '):
	case BYTES4('P', 'U', 'T', ' '):
		return KY_MESSAGE_REQUEST;
	case BYTES4('H', 'E', 'A', 'D'):
	case BYTES4('P', 'O', 'S', 'T'):
		return head[4] == ' ' ? KY_MESSAGE_REQUEST : KY_MESSAGE_UNKNOWN;
	case BYTES4('P', 'A', 'T', 'C'):
		return head[4] == 'H' && head[5] == ' ' ? KY_MESSAGE_REQUEST : KY_MESSAGE_UNKNOWN;
	case BYTES4('T', 'R', 'A', 'C'):
		return head[4] == 'E' && head[5] == ' ' ? KY_MESSAGE_REQUEST : KY_MESSAGE_UNKNOWN;
	case BYTES4('D', 'E', 'L', 'E'):
		return head[4] == 'T' && head[5] == 'E' && head[6] == ' ' ? KY_MESSAGE_REQUEST
									  : KY_MESSAGE_UNKNOWN;
	case BYTES4('O', 'P', 'T', 'I'):
		return four_bytes(head + 4) == BYTES4('O', 'N', 'S', ' ') ? KY_MESSAGE_REQUEST
									  : KY_MESSAGE_UNKNOWN;
	case BYTES4('C', 'O', 'N', 'N'):
		return four_bytes(head + 4) == BYTES4('E', 'C', 'T', ' ') ? KY_MESSAGE_REQUEST
									  : KY_MESSAGE_UNKNOWN;
	case BYTES4('H', 'T', 'T', 'P'):
		return head[4] == '/' && head[5] == '1' && head[6] == '.' ? KY_MESSAGE_RESPONSE
									  : KY_MESSAGE_UNKNOWN;
	default:
		return KY_MESSAGE_UNKNOWN;
	}
}

static __always_inline bool is_digit(__u8 byte)
{
	return byte >= '0' && byte <= '9';
}

static __always_inline bool has_line_end(const __u8 *head)
{
#pragma unroll
	for (int i = 1; i < GUESS_HEAD - 1; i++)
		if (head[i] == '\r' && head[i + 1] == '\n')
			return true;
	return false;
}

/*
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 * The first byte names the type; what may follow depends on it. A line longer than the head must
 * end with the last two bytes.
 */
static __always_inline bool is_redis(const __u8 *head, __u64 length, bool ends_with_line_end)
{
	bool plausible;

	if (length < 3)
		return false;
	switch (head[0]) {
	case '*':
	case '$':
	case '%':
	case '~':
	case '>':
	case '=':
	case '!':
	case '|':
		plausible = is_digit(head[1]) || (head[1] == '-' && head[2] == '1');
		return plausible && has_line_end(head);
	case ':':
	case '(':
		plausible = is_digit(head[1]) ||
			    ((head[1] == '-' || head[1] == '+') && is_digit(head[2]));
		break;
	case ',':
		plausible = is_digit(head[1]) || head[1] == '-' || head[1] == 'i' || head[1] == 'n';
		break;
	case '#':
		plausible = (head[1] == 't' || head[1] == 'f') && head[2] == '\r';
		break;
	case '_':
		plausible = head[1] == '\r';
		break;
	case '+':
		plausible = head[1] >= ' ' && head[1] < 0x7f;
		break;
	case '-':
		plausible = head[1] >= 'A' && head[1] <= 'Z';
		break;
	default:
		return false;
	}
	return plausible && (ends_with_line_end || has_line_end(head));
}

/* An array is a request on the way to a server, but may be a reply as well. */
static __always_inline __u8 redis_message(__u8 type)
{
	return type == '*' ? KY_MESSAGE_UNKNOWN : KY_MESSAGE_RESPONSE;
}

static __always_inline __u32 big_endian(const __u8 *bytes)
{
	return (__u32)bytes[0] << 24 | (__u32)bytes[1] << 16 | (__u32)bytes[2] << 8 | bytes[3];
}

/*
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 * A start-up, or a wish for encryption before it, or a query with readable text.
 */
static __always_inline bool is_postgresql(const __u8 *head, __u64 length)
{
	__u32 size = big_endian(head);
	__u32 code = big_endian(head + 4);

	if (length < 8)
		return false;
	if (head[0] == 'Q')
		return head[1] == 0 && head[5] >= '\n' && head[6] >= '\n' && head[7] >= '\n';
	if (code >= 80877102 && code <= 80877104)
		return size == 8 || (code == 80877102 && size <= 268);
	return code >> 16 == 3 && (code & 0xffff) < 100 && size > 8 && size <= 10000;
}

/*
 * https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html
 * A server's greeting, the client's answer to it, or a query or a statement to prepare with
 * readable text.
 */
static __always_inline __u8 mysql_message(const __u8 *head, __u64 length)
{
	__u32 size = head[0] | (__u32)head[1] << 8 | (__u32)head[2] << 16;

	if (length < 8 || size < 4)
		return KY_MESSAGE_UNKNOWN;
	if (head[3] == 1)
		return size >= 32 && size < 0x10000 && (head[5] & 2) != 0 && head[13] == 0 &&
				       head[14] == 0 && head[15] == 0 && length >= 36
			       ? KY_MESSAGE_REQUEST
			       : KY_MESSAGE_UNKNOWN;
	if (head[3] != 0)
		return KY_MESSAGE_UNKNOWN;
	if (head[4] == 10)
		return size >= 45 && size <= 512 && is_digit(head[5]) ? KY_MESSAGE_RESPONSE
								      : KY_MESSAGE_UNKNOWN;
	if (head[4] != 3 && head[4] != 0x16)
		return KY_MESSAGE_UNKNOWN;
	return head[5] >= '\t' && head[6] >= '\t' && head[7] >= '\t' ? KY_MESSAGE_REQUEST
								     : KY_MESSAGE_UNKNOWN;
}

/*
 * https://www.rfc-editor.org/rfc/rfc9113#section-4.1
 * The client's preface, the SETTINGS that a server begins with, or a header block on a stream that
 * a client has opened.
 */
static __always_inline bool is_http2(const __u8 *head, __u64 length)
{
	__u32 stream = big_endian(head + 5);

	if (length < 9)
		return false;
	if (head[0] == 'P')
		return four_bytes(head) == BYTES4('P', 'R', 'I', ' ') &&
		       four_bytes(head + 4) == BYTES4('*', ' ', 'H', 'T');
	if (head[0] != 0 || head[1] > 0x40)
		return false;
	if (head[3] == 4)
		return head[1] == 0 && head[4] == 0 && stream == 0;
	return head[3] == 1 && (head[4] & ~0x2d) == 0 && stream >> 24 == 0 && (stream & 1) != 0;
}

/* head: GUESS_HEAD bytes, zeros after the last known one. */
static __always_inline struct guess guess_protocol(const __u8 *head, __u64 length,
						   bool ends_with_line_end)
{
	struct guess guess = { KY_PROTOCOL_UNKNOWN, KY_MESSAGE_UNKNOWN };

	guess.message = http_message(head, length);
	if (guess.message != KY_MESSAGE_UNKNOWN) {
		guess.protocol = KY_PROTOCOL_HTTP;
	} else if (is_redis(head, length, ends_with_line_end)) {
		guess.protocol = KY_PROTOCOL_REDIS;
		guess.message = redis_message(head[0]);
	} else if (is_http2(head, length)) {
		guess.protocol = KY_PROTOCOL_HTTP2;
		if (head[0] == 'P')
			guess.message = KY_MESSAGE_REQUEST;
	} else if (is_postgresql(head, length)) {
		guess.protocol = KY_PROTOCOL_PGSQL;
		guess.message = KY_MESSAGE_REQUEST;
	} else {
		guess.message = mysql_message(head, length);
		if (guess.message != KY_MESSAGE_UNKNOWN)
			guess.protocol = KY_PROTOCOL_MYSQL;
	}
	return guess;
}

#endif
