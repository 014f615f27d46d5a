"""python orders.py serve|ask PORT: a service without generated code, and calls of each kind to one.

Get answers what it is asked, or fails with the status whose number it is asked, or, asked to be slow, never ends; List sends
as many messages as it is asked, Add tells how many it got, Chat sends back each. The server prints a line for each call, the
client one with the status, and how many messages it sent and got.
"""

import concurrent.futures
import sys
import threading

import grpc

CODES = {code.value[0]: code for code in grpc.StatusCode}


def get(request, context):
    print("Get", flush=True)
    if request == b"slow":
        over = threading.Event()
        context.add_callback(over.set)
        over.wait()
    elif request.isdigit():
        context.abort(CODES[int(request)], "as asked")
    return request


def list_(request, context):
    print("List", flush=True)
    for _ in range(int(request)):
        yield b"one"


def add(requests, context):
    print("Add", flush=True)
    return str(sum(1 for _ in requests)).encode()


def chat(requests, context):
    print("Chat", flush=True)
    yield from requests


def serve(port):
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(10))
    methods = {
        "Get": grpc.unary_unary_rpc_method_handler(get),
        "List": grpc.unary_stream_rpc_method_handler(list_),
        "Add": grpc.stream_unary_rpc_method_handler(add),
        "Chat": grpc.stream_stream_rpc_method_handler(chat),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("shop.v1.Orders", methods),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    print("listening", flush=True)
    server.wait_for_termination()


def ask(port):
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")
    name = "/shop.v1.Orders/"
    get = channel.unary_unary(name + "Get")

    def tell(method, call, sent):
        got = 0
        try:
            answer = call()
            for _ in [answer] if isinstance(answer, bytes) else answer:
                got += 1
            print(method, "OK", sent, got, flush=True)
        except grpc.RpcError as error:
            print(method, error.code().name, sent, got, flush=True)

    for _ in range(5):
        tell("Get", lambda: get(b"ok", metadata=[("key-bin", b"\x00\xff\x10")]), 1)
    for code in range(1, 17):
        tell("Get", lambda: get(str(code).encode()), 1)
    tell("List", lambda: channel.unary_stream(name + "List")(b"10"), 1)
    tell("Add", lambda: channel.stream_unary(name + "Add")(iter([b"x"] * 10)), 10)
    tell("Chat", lambda: channel.stream_stream(name + "Chat")(iter([b"x"] * 5)), 5)
    tell("Nothing", lambda: channel.unary_unary(name + "Nothing")(b"x"), 1)
    tell("Get", lambda: get(b"slow", timeout=0.3), 1)
    more = threading.Event()
    call = channel.stream_stream(name + "Chat")(endless(more))
    next(call), next(call)
    call.cancel()
    more.set()
    print("Chat", call.code().name, 2, 2, flush=True)


def endless(more):
    yield b"x"
    yield b"x"
    more.wait()


serve(sys.argv[2]) if sys.argv[1] == "serve" else ask(sys.argv[2])
