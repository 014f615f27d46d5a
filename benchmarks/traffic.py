#!/usr/bin/env python3
"""Loads that redis-benchmark and wrk do not make; faults.py starts them. Each prints what it did as JSON.

Usage: traffic.py churn PORT CONNECTS_PER_SECOND SECONDS       a connection, one GET, closed
       traffic.py many PORT CONNECTIONS SECONDS PERIOD         open all, one GET on each per PERIOD seconds
       traffic.py drip redis|http PORT EXCHANGES               one byte per send, one per recv
"""
import json
import select
import socket
import sys
import time

GET = b"*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n"
SOURCES = 4  # addresses to connect from, as each has ports for a minute of closed connections


def connect(port, number=0):
    client = socket.socket()
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT: the port is chosen when connecting
    client.bind((f"127.0.0.{1 + number % SOURCES}", 0))
    client.connect(("127.0.0.1", port))
    return client


def churn(port, rate, seconds):
    done, started = 0, time.monotonic()
    while (passed := time.monotonic() - started) < seconds:
        if done >= passed * rate:
            time.sleep(0.001)
            continue
        with connect(port, done) as client:
            client.sendall(GET)
            client.recv(64)
        done += 1
    return {"exchanges": done, "per_second": done / seconds}


def many(port, connections, seconds, period):
    poll, clients = select.epoll(), {}
    for number in range(connections):
        client = connect(port, number)
        clients[client.fileno()] = client
        poll.register(client, select.EPOLLIN)
    order = list(clients.values())
    sent = received = 0
    started = time.monotonic()
    while (passed := time.monotonic() - started) < seconds:
        due = int(passed * connections / period)
        while sent < due:
            order[sent % connections].send(GET)
            sent += 1
        for descriptor, _ in poll.poll(0.005):
            clients[descriptor].recv(64)
            received += 1
    while received < sent:
        for descriptor, _ in poll.poll(10):
            clients[descriptor].recv(64)
            received += 1
    for client in order:
        client.close()
    return {"exchanges": received, "connections": connections, "per_second": received / seconds}


def drip(protocol, port, exchanges):
    request = GET if protocol == "redis" else b"GET /drip HTTP/1.1\r\nHost: drip\r\n\r\n"
    received = 0
    with connect(port) as client:
        for _ in range(exchanges):
            for at in range(len(request)):
                client.send(request[at:at + 1])
            answer = b""
            while not is_whole(protocol, answer):
                answer += client.recv(1)
            received += len(answer)
    return {"exchanges": exchanges, "bytes": exchanges * len(request) + received}


def is_whole(protocol, answer):
    if protocol == "redis":
        return answer.endswith(b"\r\n") and (answer.startswith(b"$-1") or answer.count(b"\r\n") == 2)
    head, blank, body = answer.partition(b"\r\n\r\n")
    return bool(blank) and len(body) == int(head.lower().split(b"content-length: ")[1].split()[0])


def main():
    what, *rest = sys.argv[1:]
    if what == "drip":
        done = drip(rest[0], int(rest[1]), int(rest[2]))
    elif what == "many":
        done = many(int(rest[0]), int(rest[1]), float(rest[2]), float(rest[3]))
    elif what == "churn":
        done = churn(int(rest[0]), float(rest[1]), float(rest[2]))
    else:
        sys.exit(__doc__)
    print(json.dumps(done))


if __name__ == "__main__":
    main()
