"""Does one thing to TCP connections in one way. Usage: subject.py SCENARIO PORT

A scenario is a function below. Those in SERVERS get each connection that is accepted at PORT, the others connect to it
themselves or listen in their own way. Requests have a length, answers are the request's path.
"""
import ctypes
import errno
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading

libc = ctypes.CDLL(None, use_errno=True)
libc.splice.restype = libc.tee.restype = ctypes.c_ssize_t

HOST = "127.0.0.1"
CLOSE_RANGE = 436
MSG_ZEROCOPY = 0x4000000
MSG_FASTOPEN = 0x20000000
SO_ZEROCOPY = 60
TCP_FASTOPEN = 23
TCP_FASTOPEN_CONNECT = 30
port = int(sys.argv[2])


def say(*words):
    print(*words, flush=True)


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def length_in(head):
    return int(head.split(b"Length: ")[1].split(b"\r\n")[0])


def read_request(read):
    """The path; empty at the end. Reads head and body by read(most)."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = read(4096)
        if not more:
            return b""
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    left = length_in(head) - len(body)
    while left > 0:
        left -= len(read(left))
    return head.split(b" ")[1]


def answer_to(path, length=None):
    body = path if length is None else b"y" * length
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def request_for(path, body=b""):
    return b"POST " + path + b" HTTP/1.1\r\nHost: it\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def serve(connection):
    while path := read_request(connection.recv):
        connection.sendall(answer_to(path))


def connect():
    return socket.create_connection((HOST, port))


def listen(reuse_port=False):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if reuse_port:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((HOST, port))
    listener.listen(64)
    return listener


# What happens to descriptors.


def dup(connection):
    reader = os.dup(connection.fileno())
    os.dup2(connection.fileno(), 200)
    connection.close()
    while path := read_request(lambda most: os.read(reader, most)):
        os.write(200, answer_to(path))
    os.close(reader)
    os.close(200)


def forked_writer(connection):
    while path := read_request(connection.recv):
        child = os.fork()
        if child == 0:
            connection.sendall(answer_to(path))
            os._exit(0)
        say("child", child)
        os.waitpid(child, 0)


def passing():
    """The parent answers one request of the connection, the child goes on with it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    child = os.fork()
    if child == 0:
        ours.close()
        _, descriptors, _, _ = socket.recv_fds(theirs, 1, 1)
        with socket.socket(fileno=descriptors[0]) as connection:
            serve(connection)
        os._exit(0)
    theirs.close()
    listener = listen()
    say("listening")
    connection, _ = listener.accept()
    connection.sendall(answer_to(read_request(connection.recv)))
    socket.send_fds(ours, [b"x"], [connection.fileno()])
    connection.close()
    say("passed", child)
    os.waitpid(child, 0)


RESPONDER = r"""
cr=$(printf '\r')
while read -r method path rest; do
    while read -r line && [ "$line" != "$cr" ]; do :; done
    printf 'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s' ${#path} "$path"
done
"""


def inetd(connection):
    child = os.fork()
    if child == 0:
        os.dup2(connection.fileno(), 0)
        os.dup2(connection.fileno(), 1)
        os.execv("/bin/sh", ["sh", "-c", RESPONDER])
    say("child", child)
    connection.close()
    os.waitpid(child, 0)


def prefork():
    listener = listen()
    for _ in range(2):
        child = os.fork()
        if child == 0:
            while True:
                connection, _ = listener.accept()
                serve(connection)
                connection.close()
        say("child", child)
    say("listening")
    signal.pause()


def reuse_port():
    for _ in range(2):
        child = os.fork()
        if child == 0:
            listener = listen(reuse_port=True)
            say("listening")
            while True:
                connection, _ = listener.accept()
                serve(connection)
                connection.close()
    signal.pause()


# Ways to end. Each answers one request and leaves the second one, if there is one, without an answer.


def one_answered(connection):
    connection.sendall(answer_to(read_request(connection.recv)))
    if not read_request(connection.recv):
        raise SystemExit("no second request")


def end_by_close(connection):
    one_answered(connection)
    connection.close()


def end_by_close_range(connection):
    one_answered(connection)
    checked(libc.syscall(CLOSE_RANGE, connection.fileno(), connection.fileno(), 0))
    connection.detach()
    say("closed")
    signal.pause()


def end_by_exec(connection):
    one_answered(connection)
    os.execv("/bin/sleep", ["sleep", "600"])


def end_by_exit(connection):
    one_answered(connection)
    os._exit(0)


def end_by_kill(connection):
    one_answered(connection)
    os.kill(os.getpid(), signal.SIGKILL)


# What flags and calls do to the stream.


def half_closed(connection):
    """Answers only when the other end has ended its direction."""
    path = read_request(connection.recv)
    assert connection.recv(1) == b""
    assert connection.recv(1) == b""
    connection.sendall(answer_to(path))


def half_closing():
    connection = connect()
    connection.sendall(request_for(b"/half"))
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(7):
        pass


def shut_for_reading(connection):
    path = read_request(connection.recv)
    connection.shutdown(socket.SHUT_RD)
    assert connection.recv(1) == b""
    connection.sendall(answer_to(path))


def unread(connection):
    """Leaves behind the first request's end what has come unread."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(1)
    say("read", len(data))
    connection.sendall(answer_to(data.split(b" ")[1]))


def peek(connection):
    while True:
        head = connection.recv(4096, socket.MSG_PEEK)
        if not head:
            return
        connection.recv(1, socket.MSG_PEEK)
        connection.sendall(answer_to(read_request(connection.recv)))


def with_body_read_by(connection, read):
    """The head is read alone, then the body by read(length)."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(1)
    read(length_in(head))
    connection.sendall(answer_to(head.split(b" ")[1]))


def wait_for_all(connection):
    def read(length):
        assert len(connection.recv(length, socket.MSG_WAITALL)) == length

    with_body_read_by(connection, read)


def truncate(connection):
    """The kernel throws the body away; Python only has a method that wants a buffer."""
    def read(length):
        while length > 0:
            length -= checked(libc.recv(connection.fileno(), None, ctypes.c_size_t(length), socket.MSG_TRUNC))

    with_body_read_by(connection, read)
    serve(connection)


def urgent_in(connection):
    """An urgent byte stands between the first and the second request."""
    connection.sendall(answer_to(read_request(connection.recv)))
    select.select([], [], [connection])
    connection.recv(1, socket.MSG_OOB)
    say("urgent")
    serve(connection)


def urgent_out(connection):
    connection.sendall(answer_to(read_request(connection.recv)))
    connection.send(b"!", socket.MSG_OOB)
    serve(connection)


LARGE = 3000000


def partly(connection, send):
    """Sends what there is by send(position), without blocking."""
    connection.setblocking(False)
    sent = short = refused = 0
    while sent < LARGE:
        try:
            count = send(sent)
            short += sent + count < LARGE
            sent += count
        except BlockingIOError:
            if refused == 0:
                say("full")
            refused += 1
            select.select([], [connection], [])
    assert short > 0 and refused > 0, (short, refused)


def partial_writes(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 20000)
    read_request(connection.recv)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LARGE)
    body = memoryview(b"y" * LARGE)
    partly(connection, lambda at: connection.send(body[at : at + 100000]))


def partial_sendfile(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 20000)
    read_request(connection.recv)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LARGE)
    with tempfile.TemporaryFile() as file:
        file.truncate(LARGE)
        partly(connection, lambda at: os.sendfile(connection.fileno(), file.fileno(), at, LARGE - at))


def zero_copy(connection):
    connection.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    while path := read_request(connection.recv):
        data = answer_to(path)
        assert connection.send(data, MSG_ZEROCOPY) == len(data)
        poll = select.poll()
        poll.register(connection, 0)
        poll.poll()
        connection.recvmsg(0, 1000, socket.MSG_ERRQUEUE)


def many_parts(connection):
    """As many parts as a call may have, on both ways, by vector and by message."""
    for round_of in range(2):
        parts = [bytearray(10) for _ in range(1024)]
        got = os.readv(connection.fileno(), parts) if round_of == 0 else connection.recvmsg_into(parts)[0]
        data = b"".join(parts)[:got]
        head, body = data.split(b"\r\n\r\n", 1)
        left = length_in(head) - len(body)
        while left > 0:
            left -= len(connection.recv(left))
        answer = answer_to(head.split(b" ")[1], 9000)
        size = -(-len(answer) // 1024)
        pieces = [answer[i : i + size] for i in range(0, len(answer), size)]
        sent = os.writev(connection.fileno(), pieces) if round_of == 0 else connection.sendmsg(pieces)
        assert len(pieces) > 900 and sent == len(answer), (len(pieces), sent)
    serve(connection)


def two_readers(connection):
    """Two threads wait in a read at the same place; each reads one request."""
    def one():
        connection.sendall(answer_to(read_request(connection.recv)))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Interrupted(Exception):
    pass


def interrupted(connection):
    """A read is interrupted before anything has come, then done again."""
    def interrupt(*_):
        raise Interrupted

    signal.signal(signal.SIGALRM, interrupt)
    while True:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        try:
            connection.recv(4096)
        except Interrupted:
            break
    say("interrupted")
    serve(connection)


def relay():
    """Heads go through memory. Bodies are spliced into a pipe, teed into a second one, and spliced out of both."""
    upstream_port = int(sys.argv[3])
    listener = listen()
    say("listening")
    client, _ = listener.accept()
    with client, socket.create_connection((HOST, upstream_port)) as upstream, open("copy", "wb") as copy:
        for source, sink in ((client, upstream), (upstream, client)):
            head = b""
            while b"\r\n\r\n" not in head:
                head += source.recv(1)
            sink.sendall(head)
            out, into = os.pipe()
            out_of_tee, into_tee = os.pipe()
            left = length_in(head)
            while left > 0:
                moved = checked(libc.splice(source.fileno(), None, into, None, ctypes.c_size_t(left), 0))
                left -= moved
                while moved > 0:
                    teed = checked(libc.tee(out, into_tee, ctypes.c_size_t(moved), 0))
                    moved -= teed
                    for pipe, end in ((out, sink), (out_of_tee, copy)):
                        rest = teed
                        while rest > 0:
                            rest -= checked(
                                libc.splice(pipe, None, end.fileno(), None, ctypes.c_size_t(rest), 0))
    say("relayed", os.stat("copy").st_size)
    signal.pause()


# Connecting.


def ask(connection, *paths):
    for path in paths:
        connection.sendall(request_for(path))
        read_answer(connection)


def read_answer(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(4096)
    head, body = data.split(b"\r\n\r\n", 1)
    left = length_in(head) - len(body)
    while left > 0:
        left -= len(connection.recv(left))


def patient_connect():
    """Without blocking: once refused, once with success, and asked a second time how it goes."""
    refused = socket.socket()
    refused.setblocking(False)
    refused.connect_ex((HOST, int(sys.argv[3])))
    poll = select.poll()
    poll.register(refused, select.POLLOUT)
    poll.poll()
    assert refused.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED
    refused.close()
    connection = socket.socket()
    connection.setblocking(False)
    assert connection.connect_ex((HOST, port)) == errno.EINPROGRESS
    poll = select.poll()
    poll.register(connection, select.POLLOUT)
    poll.poll()
    assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    assert connection.connect_ex((HOST, port)) in (0, errno.EISCONN)
    connection.setblocking(True)
    ask(connection, b"/1", b"/2")
    connection.close()


def fast_open():
    """The request travels with the SYN: by sendto, by sendmsg, and by a write after a connect that did nothing yet.

    Needs a network of its own, as it sets it up. The server is a process that answers, too.
    """
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with open("/proc/sys/net/ipv4/tcp_fastopen", "w") as setting:
        setting.write("519")
    listener = listen()
    listener.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 16)
    child = os.fork()
    if child == 0:
        while True:
            accepted, _ = listener.accept()
            serve(accepted)
            accepted.close()
    listener.close()
    for how in ("sendto", "sendmsg", "write"):
        connection = socket.socket()
        first = request_for(b"/first-" + how.encode())
        if how == "sendto":
            assert connection.sendto(first, MSG_FASTOPEN, (HOST, port)) == len(first)
        elif how == "sendmsg":
            assert connection.sendmsg([first], [], MSG_FASTOPEN, (HOST, port)) == len(first)
        else:
            connection.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
            connection.connect((HOST, port))
            connection.sendall(first)
        read_answer(connection)
        ask(connection, b"/second-" + how.encode())
        connection.close()
    with open("/proc/net/netstat") as file:
        names, values = [line.split() for line in file if line.startswith("TcpExt")]
        say("in the SYN:", dict(zip(names, values))["TCPFastOpenActive"])
    say("done")
    signal.pause()


SERVERS = {dup, forked_writer, inetd, end_by_close, end_by_close_range, end_by_exec, end_by_exit, end_by_kill,
           half_closed, shut_for_reading, unread, peek, wait_for_all, truncate, urgent_in, urgent_out, partial_writes,
           partial_sendfile, zero_copy, many_parts, two_readers, interrupted, serve}

scenario = globals()[sys.argv[1]]
if scenario not in SERVERS:
    scenario()
    say("done")
else:
    listener = listen()
    say("listening")
    while True:
        accepted, _ = listener.accept()
        with accepted:
            scenario(accepted)
