package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The rarer calls by which bytes pass a TCP socket: sendfile, splice, those of many messages, those with flags. The
 * oracle is the client, which counts what it sends and reads, on a connection that stays open: no end and no later byte
 * helps to see a message.
 */
class CallsIT {

    private static final int LARGE_BYTES = 20_000_000;

    /** Answers one connection's requests, each with calls of its own, in the order of {@link #talk}. */
    private static final String SERVER = """
            import ctypes, os, socket, sys, tempfile

            libc = ctypes.CDLL(None, use_errno=True)

            class Segment(ctypes.Structure):
                _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]

            class Message(ctypes.Structure):
                _fields_ = [("name", ctypes.c_void_p), ("name_length", ctypes.c_uint),
                            ("segments", ctypes.POINTER(Segment)), ("segment_count", ctypes.c_size_t),
                            ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t),
                            ("flags", ctypes.c_int), ("padding", ctypes.c_int), ("length", ctypes.c_uint)]

            WAIT_FOR_ONE = 0x10000
            libc.preadv2.restype = libc.pwritev2.restype = libc.splice.restype = ctypes.c_ssize_t

            def checked(result):
                if result < 0:
                    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
                return result

            def vector(buffers):
                segments = (Segment * len(buffers))()
                for segment, buffer in zip(segments, buffers):
                    segment.base = ctypes.cast(buffer, ctypes.c_void_p)
                    segment.length = len(buffer)
                return segments

            def filled(parts):
                return [(ctypes.c_char * len(part)).from_buffer_copy(part) for part in parts]

            def messages(buffers):
                headers = (Message * len(buffers))()
                for header, buffer in zip(headers, buffers):
                    header.segments = vector([buffer])
                    header.segment_count = 1
                return headers

            # Each reads what has come, at most a few KB of it.

            def recv(fd):
                return os.read(fd, 4096)

            def preadv2(fd):
                buffers = [ctypes.create_string_buffer(7), ctypes.create_string_buffer(4096)]
                got = checked(libc.preadv2(fd, vector(buffers), 2, ctypes.c_int64(-1), 0))
                return b"".join(buffer.raw for buffer in buffers)[:got]

            def recvmmsg(fd):
                buffers = [ctypes.create_string_buffer(20) for _ in range(40)]
                headers = messages(buffers)
                count = checked(libc.recvmmsg(fd, headers, len(buffers), WAIT_FOR_ONE, None))
                return b"".join(buffers[i].raw[:headers[i].length] for i in range(count))

            def byte_by_byte(fd):
                return os.read(fd, 1)

            # Each writes a head and a body.

            def send(fd, head, body):
                assert os.write(fd, head + body) == len(head) + len(body)

            def sendfile(fd, head, body):
                with tempfile.TemporaryFile() as file:
                    file.write(body)
                    file.flush()
                    assert os.write(fd, head) == len(head)
                    sent = 0
                    while sent < len(body):
                        sent += os.sendfile(fd, file.fileno(), sent, len(body) - sent)

            def pwritev2(fd, head, body):
                parts = filled([head, body])
                assert checked(libc.pwritev2(fd, vector(parts), 2, ctypes.c_int64(-1), 0)) == len(head) + len(body)

            def sendmmsg(fd, head, body):
                parts = filled([head] + [body[i : i + 10] for i in range(0, len(body), 10)])
                assert checked(libc.sendmmsg(fd, messages(parts), len(parts), 0)) == len(parts)

            def splice(fd, head, body):
                assert os.write(fd, head) == len(head)
                out, into = os.pipe()
                os.write(into, body)
                left = len(body)
                while left > 0:
                    left -= checked(libc.splice(out, None, fd, None, ctypes.c_size_t(left), 0))
                os.close(out)
                os.close(into)

            def spliced_body(fd, length):
                out, into = os.pipe()
                left = length
                while left > 0:
                    left -= checked(libc.splice(fd, None, into, None, ctypes.c_size_t(left), 0))
                body = os.read(out, length)
                os.close(out)
                os.close(into)
                return body

            script = [(recv, sendfile), (preadv2, pwritev2), (recvmmsg, sendmmsg), (recv, sendmmsg),
                      (byte_by_byte, splice), (recvmmsg, send)]

            listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
            print("listening")
            while True:
                connection, _ = listener.accept()
                fd = connection.fileno()
                for read, write in script:
                    request = b""
                    while b"\\r\\n\\r\\n" not in request:
                        request += read(fd)
                    length = int(request.split(b"Length: ")[1].split(b"\\r\\n")[0])
                    body = b"y" * length
                    if request.startswith(b"POST"):
                        body = spliced_body(fd, length)
                    write(fd, b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % length, body)
                if connection.recv(1):
                    raise SystemExit("more than the script")
                connection.close()
            """;

    /**
     * A server of 32-bit calls, some of them by socketcall, without any library. They enter the kernel by a software
     * interrupt or, with BY_GATE, by the code that the kernel maps for that (sysenter or syscall, as the processor likes).
     */
    private static final String NARROW_SERVER = """
            typedef unsigned int u32;

            struct segment { void *base; u32 length; };
            struct message { void *name; u32 name_length; struct segment *segments; u32 segment_count; void *control;
                             u32 control_length, flags, length; };

            #ifdef BY_GATE
            #define ENTER "call *gate"
            #else
            #define ENTER "int $0x80"
            #endif
            u32 gate;

            static int call(int number, u32 a, u32 b, u32 c, u32 d, u32 e)
            {
                int result;
                __asm__ volatile(ENTER
                                 : "=a"(result)
                                 : "0"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                                 : "memory");
                if (result < 0)
                    __asm__ volatile("int $0x80" : : "a"(1), "b"(-result));
                return result;
            }

            static int socketcall(int number, u32 a, u32 b, u32 c, u32 d)
            {
                u32 arguments[6] = { a, b, c, d, 0, 0 };
                return call(102, number, (u32)arguments, 0, 0, 0);
            }

            static char request[4096];
            static char head[] = "HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\n\\r\\n";
            static char body[] = "0123456789";
            static char whole[] = "HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\n\\r\\n0123456789";
            #define SIZE(text) (sizeof(text) - 1)

            void _start(void)
            {
                struct { unsigned short family, port; u32 ip, zero[2]; } address = {
                    2, __builtin_bswap16(PORT), 0x0100007f, { 0, 0 }
                };
                u32 one = 1;
                /* argument count, arguments, environment, then pairs: the gate's address is AT_SYSINFO */
                u32 *stack = (u32 *)__builtin_frame_address(0) + 1;
                int listener;

                for (stack += *stack + 2; *stack; stack++)
                    ;
                for (stack++; *stack && *stack != 32; stack += 2)
                    ;
                gate = stack[1];
                listener = socketcall(1, 2, 1, 0, 0);

                call(366, listener, 1, 2, (u32)&one, 4);
                socketcall(2, listener, (u32)&address, 16, 0);
                socketcall(4, listener, 5, 0, 0);
                call(4, 1, (u32) "listening\\n", 10, 0, 0);
                for (;;) {
                    int fd = socketcall(5, listener, 0, 0, 0);
                    struct segment in[2] = { { request, 5 }, { request + 5, 4000 } };
                    struct segment out[2] = { { head, SIZE(head) }, { body, SIZE(body) } };
                    struct message from[2] = { { 0, 0, &in[0], 1, 0, 0, 0, 0 }, { 0, 0, &in[1], 1, 0, 0, 0, 0 } };
                    struct message to[2] = { { 0, 0, &out[0], 1, 0, 0, 0, 0 }, { 0, 0, &out[1], 1, 0, 0, 0, 0 } };
                    struct message all_in = { 0, 0, in, 2, 0, 0, 0, 0 };
                    struct message all_out = { 0, 0, out, 2, 0, 0, 0, 0 };

                    call(3, fd, (u32)request, 4000, 0, 0);
                    call(4, fd, (u32)whole, SIZE(whole), 0, 0);
                    socketcall(10, fd, (u32)request, 4000, 0);
                    socketcall(9, fd, (u32)whole, SIZE(whole), 0);
                    call(145, fd, (u32)in, 2, 0, 0);
                    call(146, fd, (u32)out, 2, 0, 0);
                    socketcall(17, fd, (u32)&all_in, 0, 0);
                    socketcall(16, fd, (u32)&all_out, 0, 0);
                    call(337, fd, (u32)from, 2, 0x10000, 0);
                    call(345, fd, (u32)to, 2, 0, 0);
                    call(371, fd, (u32)request, 4000, 0, 0);
                    call(369, fd, (u32)whole, SIZE(whole), 0, 0);
                    call(3, fd, (u32)request, 1, 0, 0);
                    call(6, fd, 0, 0, 0, 0);
                }
            }
            """;

    private static final int NARROW_EXCHANGES = 6;

    /** One exchange as the client has seen it. */
    private record Exchange(String path, int sent, int read) {}

    /** A connection that counts. */
    private static final class Client implements AutoCloseable {

        private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");

        private final Socket socket;
        private final InputStream in;

        Client(int port) throws IOException {
            socket = new Socket("127.0.0.1", port);
            in = new BufferedInputStream(socket.getInputStream());
        }

        /** Asks for that many bytes, which a POST sends itself; gives the bytes of the request. */
        int send(String method, String path, int length) throws IOException {
            boolean post = method.equals("POST");
            byte[] request = (method + " " + path + " HTTP/1.1\r\nHost: calls\r\n"
                            + (post ? "Content-Length: " : "Wanted-Length: ") + length + "\r\n\r\n"
                            + (post ? "z".repeat(length) : ""))
                    .getBytes(StandardCharsets.ISO_8859_1);
            socket.getOutputStream().write(request);
            return request.length;
        }

        String readHead() throws IOException {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int c = in.read();
                if (c < 0) {
                    throw new AssertionError("ended inside of a head: " + head);
                }
                head.append((char) c);
            }
            return head.toString();
        }

        /** The bytes of the body behind that head. */
        int readBody(String head) throws IOException {
            Matcher length = LENGTH.matcher(head);
            if (!length.find()) {
                throw new AssertionError("no length in " + head);
            }
            int bytes = Integer.parseInt(length.group(1));
            in.skipNBytes(bytes);
            return bytes;
        }

        /** What has come and is not read. */
        int waiting() throws IOException {
            return socket.getInputStream().available();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @BeforeAll
    static void require() {
        Requires.captureAnd("nginx", "python3");
    }

    @ParameterizedTest(name = "{0} bytes")
    @ValueSource(ints = {10_000, 100_000, 1_000_000})
    void aFileOfNginxIsARecordAsSoonAsItIsSent(int bytes) throws Exception {
        try (Servers.Server nginx = nginxWithFile(bytes);
                WatchInside kyanos = serverSide(nginx);
                Client client = new Client(nginx.port())) {
            int sent = client.send("GET", "/file", 0);
            String head = client.readHead();
            int body = client.readBody(head);

            WatchedRecord record = only(kyanos, nginx.port());
            assertThat(body).isEqualTo(bytes);
            assertThat(record.status()).isEqualTo("200");
            assertThat(record.number("req_size_bytes")).isEqualTo(sent);
            assertThat(record.number("resp_size_bytes")).isEqualTo(head.length() + bytes);
            assertThat(record.isTrue("truncated"))
                    .as("all bytes are accounted for, if not captured")
                    .isFalse();
            assertThat(record.outcome()).isEqualTo("ok");
            assertEveryByteHasItsCall(record);
        }
    }

    /* More than the buffers of both sockets hold, so nginx can only end after the client has begun to read. */
    @Test
    void theTotalReachesToTheEndOfTheLastSendfile() throws Exception {
        try (Servers.Server nginx = nginxWithFile(LARGE_BYTES);
                WatchInside kyanos = serverSide(nginx);
                Client client = new Client(nginx.port())) {
            client.send("GET", "/file", 0);
            String head = client.readHead();
            long answeredAtNanos = System.nanoTime();
            int[] waiting = new int[1];
            Awaitility.await("a full receive buffer").until(() -> {
                int before = waiting[0];
                waiting[0] = client.waiting();
                return before > 0 && before == waiting[0];
            });
            long readOnAtNanos = System.nanoTime();
            client.readBody(head);

            WatchedRecord record = only(kyanos, nginx.port());
            assertThat(record.number("resp_size_bytes")).isEqualTo(head.length() + LARGE_BYTES);
            assertThat(record.totalMillis()).isGreaterThan((readOnAtNanos - answeredAtNanos) / 1e6);
        }
    }

    @Test
    void everyCallIsSeenWithItsBytes() throws Exception {
        try (Servers.Server server = Servers.python(SERVER);
                WatchInside kyanos = serverSide(server);
                Client client = new Client(server.port())) {
            List<Exchange> exchanges = talk(client);

            List<WatchedRecord> records = kyanos.awaitRecordsOf(
                    server.port(), seen -> assertThat(seen).hasSameSizeAs(exchanges));
            for (int i = 0; i < exchanges.size(); i++) {
                Exchange exchange = exchanges.get(i);
                WatchedRecord record = records.get(i);
                assertThat(record.path()).isEqualTo(exchange.path());
                assertThat(record.status()).as(exchange.path()).isEqualTo("200");
                assertThat(record.number("req_size_bytes")).as(exchange.path()).isEqualTo(exchange.sent());
                assertThat(record.number("resp_size_bytes")).as(exchange.path()).isEqualTo(exchange.read());
                assertEveryByteHasItsCall(record);
            }
            assertThat(records)
                    .extracting(record -> record.isTrue("truncated"))
                    .as("sendfile, splice and what is behind many messages bring no bytes, but their number")
                    .containsOnly(false);
        }
    }

    @Test
    void theBooksBalanceOverAllCalls() throws Exception {
        try (Servers.Server server = Servers.python(SERVER);
                ExporterInside kyanos = ExporterInside.start((Object[]) filters(server))) {
            List<Exchange> exchanges;
            try (Client client = new Client(server.port())) {
                exchanges = talk(client);
            }
            long bytes = exchanges.stream()
                    .mapToLong(exchange -> exchange.sent() + exchange.read())
                    .sum();

            Scrape scrape = kyanos.await(seen ->
                    assertThat(seen.sum("kyanos_stream_final_bytes_total")).isEqualTo(bytes));
            LossBooksIT.assertBooksBalance(scrape);
            assertThat(scrape.sum("kyanos_stream_bytes_total", "fate", "parsed")
                            + scrape.sum("kyanos_stream_bytes_total", "fate", "passed_over"))
                    .as("no gaps\n%s", scrape.text())
                    .isEqualTo(bytes);
            assertThat(scrape.sum("kyanos_requests_total", "outcome", "ok")).isEqualTo(exchanges.size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"BY_INTERRUPT", "BY_GATE"})
    void a32BitProgramIsSeen(String way) throws Exception {
        Requires.captureAnd("gcc");
        Assumptions.assumeTrue("amd64".equals(System.getProperty("os.arch")), "its calls are those of x86");
        try (Servers.Server server = narrowServer(way);
                WatchInside kyanos = serverSide(server);
                Client client = new Client(server.port())) {
            List<Exchange> exchanges = new ArrayList<>();
            for (int i = 0; i < NARROW_EXCHANGES; i++) {
                exchanges.add(exchange(client, "GET", "/" + i, 0));
            }

            List<WatchedRecord> records = kyanos.awaitRecordsOf(
                    server.port(), seen -> assertThat(seen).hasSameSizeAs(exchanges));
            for (int i = 0; i < exchanges.size(); i++) {
                assertThat(records.get(i).path()).isEqualTo("/" + i);
                assertThat(records.get(i).number("req_size_bytes"))
                        .isEqualTo(exchanges.get(i).sent());
                assertThat(records.get(i).number("resp_size_bytes"))
                        .isEqualTo(exchanges.get(i).read());
                assertThat(records.get(i).isTrue("truncated")).as("/" + i).isFalse();
                assertEveryByteHasItsCall(records.get(i));
            }
        }
    }

    /** Asks for what the server's script answers, one after the other; the connection stays open. */
    private static List<Exchange> talk(Client client) throws IOException {
        List<Exchange> exchanges = new ArrayList<>();
        exchanges.add(exchange(client, "GET", "/sendfile", 5000));
        exchanges.add(exchange(client, "GET", "/pwritev2", 3000));
        exchanges.add(exchange(client, "GET", "/sendmmsg", 100));
        exchanges.add(exchange(client, "GET", "/many-messages", 5000));
        exchanges.add(exchange(client, "POST", "/splice", 3000));
        exchanges.add(exchange(client, "GET", "/recvmmsg", 300));
        return exchanges;
    }

    private static Exchange exchange(Client client, String method, String path, int length) throws IOException {
        int sent = client.send(method, path, length);
        String head = client.readHead();
        return new Exchange(path, sent, head.length() + client.readBody(head));
    }

    /* The calls of the response carry all of it, and the record ends with the last of them. */
    private static void assertEveryByteHasItsCall(WatchedRecord record) {
        long bytes = 0;
        long end = 0;
        for (Object event : (List<?>) record.fields().getOrDefault("resp_syscall_events", List.of())) {
            WatchedRecord call = new WatchedRecord(fieldsOf(event));
            bytes += call.number("ByteSize");
            end = Long.parseLong(call.text("Timestamp"));
        }
        assertThat(bytes).as("bytes of the calls of %s", record).isEqualTo(record.number("resp_size_bytes"));
        assertThat(Instant.parse(record.text("end_time")))
                .as("end of the last call of %s", record)
                .isEqualTo(Instant.EPOCH.plusNanos(end));
    }

    @SuppressWarnings("unchecked") // an event is a JSON object
    static Map<String, Object> fieldsOf(Object event) {
        return (Map<String, Object>) event;
    }

    private static WatchedRecord only(WatchInside kyanos, int port) {
        return kyanos.awaitRecordsOf(port, seen -> assertThat(seen).hasSize(1)).get(0);
    }

    private static Servers.Server nginxWithFile(int bytes) throws IOException {
        Servers.Server nginx = Servers.nginx("sendfile on;", "root www;");
        Path folder = Files.createDirectory(nginx.program().folder().resolve("www"));
        Files.write(folder.resolve("file"), new byte[bytes]);
        return nginx;
    }

    private static Servers.Server narrowServer(String way) throws IOException {
        int port = Ports.free();
        Path folder = RunningProgram.newFolder();
        Path source = folder.resolve("narrow.c");
        Path program = folder.resolve("narrow");
        Files.writeString(source, NARROW_SERVER);
        String[] compiler =
                ("gcc -m32 -O1 -nostdlib -static -ffreestanding -fno-pic -no-pie -fno-stack-protector -mno-sse" + " -D"
                                + way + " -DPORT=" + port + " -o " + program + " " + source)
                        .split(" ");
        Commands.run(compiler).expectSuccess();
        RunningProgram started = RunningProgram.startIn(folder, program.toString());
        return new Servers.Server(started.awaitOutput("listening"), "127.0.0.1", port);
    }

    private static WatchInside serverSide(Servers.Server server) {
        return WatchInside.start(filters(server));
    }

    private static String[] filters(Servers.Server server) {
        return new String[] {
            "--pids",
            Long.toString(server.pid()),
            "--side",
            "server",
            "--local-ports",
            Integer.toString(server.port()),
            "--set",
            "kyanos.capture.tcp-splice=always"
        };
    }
}
