package io.kyanos.it;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What {@code orders.py} does, as server and as client, by grpc-java in the tests' own JVM. */
final class GrpcOrders implements AutoCloseable {

    private static final String SERVICE = "shop.v1.Orders";
    private static final long SHORT_MILLIS = 300;
    private static final byte[] MARK = {0, (byte) 0xff, 0x10};
    private static final byte[] X = {'x'};

    private static final MethodDescriptor<byte[], byte[]> GET = method("Get", MethodDescriptor.MethodType.UNARY);
    private static final MethodDescriptor<byte[], byte[]> LIST =
            method("List", MethodDescriptor.MethodType.SERVER_STREAMING);
    private static final MethodDescriptor<byte[], byte[]> ADD =
            method("Add", MethodDescriptor.MethodType.CLIENT_STREAMING);
    private static final MethodDescriptor<byte[], byte[]> CHAT =
            method("Chat", MethodDescriptor.MethodType.BIDI_STREAMING);
    private static final MethodDescriptor<byte[], byte[]> NOTHING =
            method("Nothing", MethodDescriptor.MethodType.UNARY);

    private final ConcurrentLinkedQueue<String> called = new ConcurrentLinkedQueue<>();
    private final Server server;

    private GrpcOrders() {
        server = NettyServerBuilder.forAddress(
                        new InetSocketAddress("127.0.0.1", Ports.free()), InsecureServerCredentials.create())
                .addService(ServerServiceDefinition.builder(SERVICE)
                        .addMethod(GET, ServerCalls.asyncUnaryCall(this::get))
                        .addMethod(LIST, ServerCalls.asyncServerStreamingCall(this::list))
                        .addMethod(ADD, ServerCalls.asyncClientStreamingCall(this::add))
                        .addMethod(CHAT, ServerCalls.asyncBidiStreamingCall(this::chat))
                        .build())
                .build();
    }

    static GrpcOrders serve() {
        GrpcOrders orders = new GrpcOrders();
        try {
            orders.server.start();
            return orders;
        } catch (IOException e) {
            throw new AssertionError("start grpc-java", e);
        }
    }

    int port() {
        return server.getPort();
    }

    /** The method of each call. */
    List<String> called() {
        return List.copyOf(called);
    }

    private void get(byte[] request, StreamObserver<byte[]> answers) {
        called.add("Get");
        String asked = new String(request, StandardCharsets.US_ASCII);
        if (Character.isDigit(asked.charAt(0))) {
            answers.onError(Status.fromCodeValue(Integer.parseInt(asked))
                    .withDescription("as asked")
                    .asException());
        } else if (!asked.equals("slow")) {
            answers.onNext(request);
            answers.onCompleted();
        }
    }

    private void list(byte[] request, StreamObserver<byte[]> answers) {
        called.add("List");
        int count = Integer.parseInt(new String(request, StandardCharsets.US_ASCII));
        for (int i = 0; i < count; i++) {
            answers.onNext(X);
        }
        answers.onCompleted();
    }

    private StreamObserver<byte[]> add(StreamObserver<byte[]> answers) {
        called.add("Add");
        return new Requests(answers) {
            private int count;

            @Override
            public void onNext(byte[] request) {
                count++;
            }

            @Override
            public void onCompleted() {
                answers.onNext(Integer.toString(count).getBytes(StandardCharsets.US_ASCII));
                answers.onCompleted();
            }
        };
    }

    private StreamObserver<byte[]> chat(StreamObserver<byte[]> answers) {
        called.add("Chat");
        return new Requests(answers);
    }

    /** Sends back each. */
    private static class Requests implements StreamObserver<byte[]> {

        final StreamObserver<byte[]> answers;

        Requests(StreamObserver<byte[]> answers) {
            this.answers = answers;
        }

        @Override
        public void onNext(byte[] request) {
            answers.onNext(request);
        }

        @Override
        public void onError(Throwable cancelled) {
            // The client has gone.
        }

        @Override
        public void onCompleted() {
            answers.onCompleted();
        }
    }

    /** All calls of a client; a line for each, as the other programs print them. */
    static List<String> ask(int port) {
        ManagedChannel channel = Grpc.newChannelBuilder("127.0.0.1:" + port, InsecureChannelCredentials.create())
                .build();
        try {
            return ask(channel);
        } finally {
            channel.shutdown();
            try {
                channel.awaitTermination(Patience.LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static List<String> ask(Channel channel) {
        List<String> lines = new ArrayList<>();
        Metadata mark = new Metadata();
        mark.put(Metadata.Key.of("key-bin", Metadata.BINARY_BYTE_MARSHALLER), MARK);
        CallOptions plain = CallOptions.DEFAULT;
        for (int i = 0; i < 5; i++) {
            Channel marked = ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(mark));
            lines.add(unary(marked, GET, plain, "ok"));
        }
        for (int code = 1; code <= 16; code++) {
            lines.add(unary(channel, GET, plain, Integer.toString(code)));
        }
        int listed = 0;
        Iterator<byte[]> list =
                ClientCalls.blockingServerStreamingCall(channel, LIST, plain, "10".getBytes(StandardCharsets.US_ASCII));
        while (list.hasNext()) {
            list.next();
            listed++;
        }
        lines.add("List OK 1 " + listed);
        Answers added = new Answers(1);
        send(ClientCalls.asyncClientStreamingCall(channel.newCall(ADD, plain), added), 10);
        lines.add(added.line("Add", 10));
        Answers chatted = new Answers(5);
        send(ClientCalls.asyncBidiStreamingCall(channel.newCall(CHAT, plain), chatted), 5);
        lines.add(chatted.line("Chat", 5));
        lines.add(unary(channel, NOTHING, plain, "x"));
        lines.add(unary(channel, GET, plain.withDeadlineAfter(SHORT_MILLIS, TimeUnit.MILLISECONDS), "slow"));
        lines.add(cancelled(channel));
        return lines;
    }

    private static String unary(
            Channel channel, MethodDescriptor<byte[], byte[]> method, CallOptions options, String request) {
        String status = "OK";
        try {
            ClientCalls.blockingUnaryCall(channel, method, options, request.getBytes(StandardCharsets.US_ASCII));
        } catch (StatusRuntimeException e) {
            status = e.getStatus().getCode().name();
        }
        return method.getBareMethodName() + " " + status + " 1 " + (status.equals("OK") ? 1 : 0);
    }

    private static String cancelled(Channel channel) {
        ClientCall<byte[], byte[]> call = channel.newCall(CHAT, CallOptions.DEFAULT);
        Answers answers = new Answers(2);
        StreamObserver<byte[]> requests = ClientCalls.asyncBidiStreamingCall(call, answers);
        requests.onNext(X);
        requests.onNext(X);
        answers.awaitWanted();
        call.cancel("as it should be", null);
        return answers.line("Chat", 2);
    }

    private static void send(StreamObserver<byte[]> requests, int count) {
        for (int i = 0; i < count; i++) {
            requests.onNext(X);
        }
        requests.onCompleted();
    }

    /** Counts what comes. */
    private static final class Answers implements StreamObserver<byte[]> {

        private final CountDownLatch wanted;
        private final CountDownLatch over = new CountDownLatch(1);
        private final List<byte[]> got = new ArrayList<>();
        private Status status = Status.OK;

        Answers(int wanted) {
            this.wanted = new CountDownLatch(wanted);
        }

        @Override
        public void onNext(byte[] answer) {
            got.add(answer);
            wanted.countDown();
        }

        @Override
        public void onError(Throwable error) {
            status = Status.fromThrowable(error);
            over.countDown();
        }

        @Override
        public void onCompleted() {
            over.countDown();
        }

        void awaitWanted() {
            await(wanted);
        }

        String line(String method, int sent) {
            await(over);
            return method + " " + status.getCode().name() + " " + sent + " " + got.size();
        }

        private static void await(CountDownLatch latch) {
            try {
                if (!latch.await(Patience.LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new AssertionError("no answer");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("wait for an answer", e);
            }
        }
    }

    private static MethodDescriptor<byte[], byte[]> method(String name, MethodDescriptor.MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(type)
                .setFullMethodName(SERVICE + "/" + name)
                .setRequestMarshaller(Bytes.INSTANCE)
                .setResponseMarshaller(Bytes.INSTANCE)
                .build();
    }

    private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
        INSTANCE;

        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
