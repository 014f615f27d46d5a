"""Asks a server. Usage: client.py HOST PORT [key=value ...]

connections=N  one after the other, closed by us; requests=N  on each; path=/x  its beginning
how=CALLS; told=1  each request waits for a line on our input; leave=N  every Nth connection is closed without reading the answer
half=1  sends half of a request, says so, and stays; stay=1  stays after the last answer
"""
import socket
import sys

from wire import receive_message, send

host, port = sys.argv[1], int(sys.argv[2])
options = dict(argument.split("=") for argument in sys.argv[3:])
how = options.get("how", "recvfrom-sendto")
leave = int(options.get("leave", "0"))

for connection in range(int(options.get("connections", "1"))):
    with socket.create_connection((host, port)) as sock:
        if options.get("half"):
            send(sock, how, b"POST /half HTTP/1.1\r\nHost: it\r\nContent-Length: 100\r\n\r\n0123456789")
            print("half sent", flush=True)
            sys.stdin.read()
        for request in range(int(options.get("requests", "1"))):
            if options.get("told"):
                sys.stdin.readline()
            path = b"%s/%d-%d" % (options.get("path", "/").rstrip("/").encode(), connection, request)
            send(sock, how, b"GET " + path + b" HTTP/1.1\r\nHost: it\r\n\r\n")
            if leave and connection % leave == leave - 1:
                continue
            answer = receive_message(sock, how)
            if not answer.endswith(path):
                sys.exit("wrong answer to %r: %r" % (path, answer))
            print("answered", path.decode(), flush=True)
        if options.get("stay"):
            sys.stdin.read()
