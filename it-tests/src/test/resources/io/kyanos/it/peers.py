"""Makes connections between ends that are told, as its standard input or its arguments say.

    peers.py                        commands from standard input, each answered by "done COMMAND"
    peers.py COMMAND...             one command

Commands; an end is ADDRESS PORT:
    tcp CLIENT SERVER               opens, sends a byte, gets it back, closes both ends
    udp CLIENT SERVER               a datagram from a connected socket to one without a peer
    unix NAME                       as tcp, over an abstract unix socket
    hold CLIENT SERVER              as tcp, and keeps both ends open
    talk TEXT                       sends TEXT over what is held, and gets it back
    drop                            closes what is held
    run PROGRAM COMMAND...          another peers.py, by that program
    quit
"""

import socket
import struct
import subprocess
import sys

RESET = struct.pack("ii", 1, 0)
held = []


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def bound(kind, address, port):
    made = socket.socket(family(address), kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((address, int(port)))
    return made


def ask(client, server, text):
    client.sendall(text)
    got = server.recv(4096)
    server.sendall(got)
    client.recv(4096)


def open_tcp(words):
    listener = bound(socket.SOCK_STREAM, words[2], words[3])
    listener.listen()
    client = bound(socket.SOCK_STREAM, words[0], words[1])
    client.connect((words[2], int(words[3])))
    server, _ = listener.accept()
    listener.close()
    # no TIME_WAIT: the same ends are used again
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    ask(client, server, b"x")
    return client, server


def close(client, server):
    client.close()
    server.close()


def udp(words):
    server = bound(socket.SOCK_DGRAM, words[2], words[3])
    client = bound(socket.SOCK_DGRAM, words[0], words[1])
    client.connect((words[2], int(words[3])))
    client.send(b"x")
    server.recvfrom(100)
    close(client, server)


def unix(name):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("\0" + name)
    listener.listen()
    client = socket.socket(socket.AF_UNIX)
    client.connect("\0" + name)
    server, _ = listener.accept()
    ask(client, server, b"x")
    listener.close()
    close(client, server)


def obey(words):
    command, words = words[0], words[1:]
    if command == "tcp":
        close(*open_tcp(words))
    elif command == "udp":
        udp(words)
    elif command == "unix":
        unix(words[0])
    elif command == "hold":
        held.append(open_tcp(words))
    elif command == "talk":
        for client, server in held:
            ask(client, server, words[0].encode())
    elif command == "drop":
        while held:
            close(*held.pop())
    elif command == "run":
        subprocess.run([words[0], "peers.py"] + words[1:], check=True)
    elif command == "quit":
        sys.exit()


if len(sys.argv) > 1:
    obey(sys.argv[1:])
else:
    print("ready", flush=True)
    for line in sys.stdin:
        obey(line.split())
        print("done " + line.strip(), flush=True)
