"""Stands before a MariaDB and offers what only MySQL 8 has: query attributes. Clients then send them; the server never sees them.

Usage: relay.py PORT SERVERS-PORT. Prints "listening". Speaks for clients that neither encrypt nor compress.
"""

import asyncio
import struct
import sys

QUERY_ATTRIBUTES = 1 << 27
QUERY, EXECUTE = 0x03, 0x17
PARAMETER_COUNT_AVAILABLE = 0x08
FIXED = {0x01: 1, 0x02: 2, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 0, 0x08: 8, 0x0D: 2}


async def packet(reader):
    head = await reader.readexactly(4)
    return head[3], await reader.readexactly(int.from_bytes(head[:3], "little"))


def framed(number, payload):
    return struct.pack("<I", len(payload) | number << 24) + payload


def lenenc(payload, at):
    first = payload[at]
    if first < 0xFB:
        return first, at + 1
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}[first]
    return int.from_bytes(payload[at + 1 : at + 1 + size], "little"), at + 1 + size


def parameters(payload, at, count):
    """The null bitmap, the flag, the types, each with its name, and where the values begin."""
    bitmap = payload[at : at + (count + 7) // 8]
    at += len(bitmap)
    is_bound = payload[at]
    at += 1
    types = []
    for _ in range(count if is_bound else 0):
        kind = payload[at : at + 2]
        length, at = lenenc(payload, at + 2)
        at += length
        types.append(kind)
    return bitmap, bytes([is_bound]), types, at


def without_attributes(payload):
    if payload[0] == QUERY:
        count, at = lenenc(payload, 1)
        _, at = lenenc(payload, at)
        if count:
            bitmap, _, types, at = parameters(payload, at, count)
            for i, kind in enumerate(types):
                if bitmap[i // 8] >> i % 8 & 1:
                    continue
                if kind[0] in FIXED:
                    at += FIXED[kind[0]]
                else:
                    length, at = lenenc(payload, at)
                    at += length
        return payload[:1] + payload[at:]
    if payload[0] == EXECUTE and payload[5] & PARAMETER_COUNT_AVAILABLE:
        # attributes of statements that were prepared would come behind their parameters: there are none
        count, at = lenenc(payload, 10)
        plain = payload[:5] + bytes([payload[5] & ~PARAMETER_COUNT_AVAILABLE]) + payload[6:10]
        if count:
            bitmap, is_bound, types, at = parameters(payload, at, count)
            plain += bitmap + is_bound + b"".join(types)
        return plain + payload[at:]
    return payload


async def pump(reader, writer):
    while piece := await reader.read(65536):
        writer.write(piece)
        await writer.drain()
    writer.write_eof()


async def requests(reader, writer, negotiated):
    try:
        while True:
            number, payload = await packet(reader)
            if negotiated and number == 0 and payload:
                payload = without_attributes(payload)
            writer.write(framed(number, payload))
            await writer.drain()
    except asyncio.IncompleteReadError:
        writer.write_eof()


async def serve(reader, writer):
    from_server, to_server = await asyncio.open_connection("127.0.0.1", int(sys.argv[2]))
    number, greeting = await packet(from_server)
    upper = greeting.index(0, 1) + 1 + 4 + 8 + 1 + 2 + 1 + 2  # behind version, thread, nonce, filler, lower, charset, status
    offered = struct.unpack_from("<H", greeting, upper)[0] | QUERY_ATTRIBUTES >> 16
    writer.write(framed(number, greeting[:upper] + struct.pack("<H", offered) + greeting[upper + 2 :]))
    number, login = await packet(reader)
    wanted = struct.unpack_from("<I", login)[0]
    to_server.write(framed(number, struct.pack("<I", wanted & ~QUERY_ATTRIBUTES) + login[4:]))
    await asyncio.gather(pump(from_server, writer), requests(reader, to_server, wanted & QUERY_ATTRIBUTES))


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    print("listening", flush=True)
    await server.serve_forever()


asyncio.run(main())
