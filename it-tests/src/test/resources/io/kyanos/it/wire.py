"""Whole HTTP messages over a socket, by a chosen pair of system calls."""
import os

HALF = 5


def send(sock, how, data):
    while data:
        if how == "read-write":
            sent = os.write(sock.fileno(), data)
        elif how == "readv-writev":
            sent = os.writev(sock.fileno(), [data[:HALF], data[HALF:]])
        elif how == "bytes":
            sent = sock.send(data[:1])
        elif how == "recvmsg-sendmsg":
            sent = sock.sendmsg([data[:HALF], data[HALF:]])
        else:  # recvfrom-sendto
            sent = sock.send(data)
        data = data[sent:]


def receive(sock, how):
    if how == "read-write":
        return os.read(sock.fileno(), 65536)
    if how == "readv-writev":
        parts = [bytearray(HALF), bytearray(65536)]
        count = os.readv(sock.fileno(), parts)
        return b"".join(parts)[:count]
    if how == "recvmsg-sendmsg":
        parts = [bytearray(HALF), bytearray(65536)]
        count = sock.recvmsg_into(parts)[0]
        return b"".join(parts)[:count]
    return sock.recv(1 if how == "bytes" else 65536)


def receive_message(sock, how):
    """Head and body; empty at the end of the stream."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = receive(sock, how)
        if not more:
            return b""
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    for line in head.split(b"\r\n")[1:]:
        name, value = line.split(b":", 1)
        if name.lower() == b"content-length":
            while len(body) < int(value):
                more = receive(sock, how)
                if not more:
                    return b""
                body += more
    return head + b"\r\n\r\n" + body
