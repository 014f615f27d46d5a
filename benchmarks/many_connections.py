#!/usr/bin/env python3
"""Writes a pcap of many short connections, one GET each, to standard output: no need to keep it anywhere.

    benchmarks/many_connections.py 2048 | JAVA_OPTS=-Xmx256m ./kyanos watch --input - --json-output /dev/null

usage: many_connections.py MEBIBYTES [RESPONSE_BYTES [OPEN_AT_ONCE]]
"""
import struct
import sys

LINKTYPE_RAW = 101
SEGMENT = 1448
FIN, SYN, PSH, ACK = 0x01, 0x02, 0x08, 0x10
CLIENT, SERVER = 0x0A000001, 0x0A000002


def segments(response_bytes):
    """The packets of a connection: who, flags, sequence, acknowledgement, payload."""
    get = b"GET /orders/17 HTTP/1.1\r\nHost: shop.test\r\n\r\n"
    body = b"x" * response_bytes
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    yield True, SYN, 99, 0, b""
    yield False, SYN | ACK, 499, 100, b""
    yield True, PSH | ACK, 100, 500, get
    asked = 100 + len(get)
    for at in range(0, len(answer), SEGMENT):
        last = at + SEGMENT >= len(answer)
        yield False, ACK | (PSH if last else 0), 500 + at, asked, answer[at:at + SEGMENT]
    answered = 500 + len(answer)
    yield True, FIN | ACK, asked, answered, b""
    yield False, FIN | ACK, answered, asked + 1, b""
    yield True, ACK, asked + 1, answered + 1, b""


def records(response_bytes):
    """The records of a connection, each with the place of the client's address and port in it."""
    for by_client, flags, sequence, acknowledgement, payload in segments(response_bytes):
        length = 40 + len(payload)
        source, target = (CLIENT, SERVER) if by_client else (SERVER, CLIENT)
        ports = (0, 80) if by_client else (80, 0)
        packet = struct.pack(">BBHHHBBHII", 0x45, 0, length, 0, 0, 64, 6, 0, source, target)
        packet += struct.pack(">HHIIBBHHH", *ports, sequence, acknowledgement, 0x50, flags, 1000, 0, 0)
        head = struct.pack("<IIII", 0, 0, length, length)
        yield bytearray(head + packet + payload), 16 + (12 if by_client else 16), 16 + 20 + (0 if by_client else 2)


def main():
    limit = int(sys.argv[1]) << 20
    response_bytes = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    at_once = int(sys.argv[3]) if len(sys.argv) > 3 else 16
    out = sys.stdout.buffer
    out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, LINKTYPE_RAW))
    template = list(records(response_bytes))
    written = connection = 0
    now = 1_700_000_000_000_000_000
    while written < limit:
        block = []
        for record, address, port in template:
            for one in range(connection, connection + at_once):
                now += 2_000
                struct.pack_into("<II", record, 0, now // 1_000_000_000, now % 1_000_000_000)
                struct.pack_into(">I", record, address, CLIENT + one // 50_000)
                struct.pack_into(">H", record, port, 10_000 + one % 50_000)
                block.append(bytes(record))
        connection += at_once
        joined = b"".join(block)
        written += len(joined)
        out.write(joined)
    print(f"{connection} connections, {written} bytes", file=sys.stderr)


try:
    main()
except BrokenPipeError:
    sys.exit(1)
