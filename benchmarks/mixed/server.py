"""One of the servers of mixed.py. Usage: server.py PORT; prints as server.js does."""
import http.server
import os
import sys
import time
import urllib.parse

STATUS = {"/broken": 500, "/busy": 503, "/denied": 403}
MESSAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def say(self, status, how):
        # one write, as other threads write too
        os.write(sys.stdout.fileno(), f"{self.command} {self.path.split('?')[0]} {status} {how}\n".encode())

    def answer(self, status, parts, pause=0, how="finished", **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        try:
            for part in parts:
                self.wfile.write(part)
                time.sleep(pause)
        except OSError:
            how = "left"
            self.close_connection = True
        self.say(status, how)

    def do(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces, size, pause = (int(query.get(name, 0)) for name in ("pieces", "size", "pause"))
        piece = (MESSAGE * (size // len(MESSAGE) + 1))[:size]
        if url.path.endswith("/closing"):
            self.close_connection = True
            self.answer(200, [piece] * pieces, pause / 1000, Connection="close")
        elif url.path.startswith("/stream/"):
            chunks = [b"%x\r\n%s\r\n" % (size, piece)] * pieces + [b"0\r\n\r\n"]
            self.answer(200, chunks, pause / 1000, Transfer_Encoding="chunked")
        elif url.path == "/cut/server":
            self.close_connection = True
            self.answer(200, [b"x" * 30000], how="cut", Content_Length="100000")
        elif url.path == "/cut/client":
            self.answer(200, [b"x" * 20000000], Content_Length="20000000")
        elif "missing" in url.path:
            self.answer(404, [b"missing"], Content_Length="7")
        else:
            status = STATUS.get(url.path, 201 if self.command == "POST" else 200)
            answer = b"%d" % len(body)
            self.answer(status, [answer], Content_Length=str(len(answer)))

    do_GET = do_POST = do_PUT = do_DELETE = do

    def send_error(self, code, message=None, explain=None):
        super().send_error(code, message, explain)
        self.say(code, "finished")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
