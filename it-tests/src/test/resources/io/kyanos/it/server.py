"""Answers each request with its own path. Usage: server.py PORT [key=value ...]"""
import ctypes
import os
import signal
import socket
import sys
import threading

from wire import receive_message, send

port = int(sys.argv[1])
options = dict(argument.split("=") for argument in sys.argv[2:])
how = options.get("how", "recvfrom-sendto")


def serve(sock):
    with sock:
        while True:
            try:
                request = receive_message(sock, how)
            except ConnectionError:
                return
            if not request:
                return
            if options.get("mute"):
                print("not answered", flush=True)
                continue
            path = request.split(b" ")[1]
            send(sock, how, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(path) + path)


def accept(listener):
    if options.get("accept") == "accept":
        return socket.socket(fileno=ctypes.CDLL(None).accept(listener.fileno(), None, None))
    return listener.accept()[0]


listener = socket.socket(socket.AF_INET6 if options.get("ip") == "6" else socket.AF_INET)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("::" if options.get("ip") == "6" else "0.0.0.0", port))
listener.listen(128)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print("listening", flush=True)
while True:
    accepted = accept(listener)
    if not options.get("fork"):
        threading.Thread(target=serve, args=(accepted,), daemon=True).start()
    elif os.fork() == 0:
        listener.close()
        serve(accepted)
        os._exit(0)
    else:
        accepted.close()
