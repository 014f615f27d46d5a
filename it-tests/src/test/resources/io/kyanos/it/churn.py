"""Opens and closes TCP connections of a process with itself, as its standard input says.

    churn.py PORT

Commands, one a line, each answered by "done COMMAND"; further words tell them apart:
    hold N       opens N connections and keeps them; each sends a request and gets an answer
    talk N       N times each kept connection sends a request and gets an answer
    release N    closes the N oldest of them
    throw N      sends N times what begins with THROW over a connection of its own, and gets it back each time
    babble N     sends N times bytes of no protocol over a connection of its own, and gets them back each time
    churn N R    opens N connections one after the other, at most R a second, with a request and an answer each
    quit         closes all, says how many bytes the server read and wrote, and ends
"""

import random
import selectors
import socket
import sys
import threading
import time

REQUEST = b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
port = int(sys.argv[1])
moved = 0


def serve(listener):
    global moved
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connection, selectors.EVENT_READ)
                continue
            request = key.fileobj.recv(4096)
            if request:
                response = RESPONSE if request.startswith(b"GET") else request
                key.fileobj.sendall(response)
                moved += len(request) + len(response)
            else:
                selector.unregister(key.fileobj)
                key.fileobj.close()


def ask(connection, request=REQUEST, left=len(RESPONSE)):
    connection.sendall(request)
    while left:
        left -= len(connection.recv(left))


def opened():
    connection = socket.create_connection(("127.0.0.1", port))
    ask(connection)
    return connection


def babble(connection):
    noise = bytes(random.randrange(0x80, 0x100) for _ in range(1000))
    ask(connection, noise, len(noise))


def churn(count, rate):
    start = time.monotonic()
    for i in range(count):
        opened().close()
        ahead = i / rate - (time.monotonic() - start)
        if ahead > 0:
            time.sleep(ahead)


listener = socket.create_server(("127.0.0.1", port), backlog=1024)
threading.Thread(target=serve, args=(listener,), daemon=True).start()
print("listening")
held = []
babbling = None
throwing = None
for line in sys.stdin:
    words = line.split()
    if words[0] == "hold":
        held += [opened() for _ in range(int(words[1]))]
    elif words[0] == "talk":
        for _ in range(int(words[1])):
            for connection in held:
                ask(connection)
    elif words[0] == "release":
        for _ in range(int(words[1])):
            held.pop(0).close()
    elif words[0] == "babble":
        babbling = babbling or socket.create_connection(("127.0.0.1", port))
        for _ in range(int(words[1])):
            babble(babbling)
    elif words[0] == "throw":
        throwing = throwing or socket.create_connection(("127.0.0.1", port))
        for _ in range(int(words[1])):
            ask(throwing, b"THROW" + 95 * b".", 100)
    elif words[0] == "churn":
        churn(int(words[1]), int(words[2]))
    elif words[0] == "quit":
        while held:
            held.pop().close()
        for connection in (babbling, throwing):
            if connection:
                connection.close()
        print(f"moved {moved} bytes")
    print("done " + line.strip())
