package io.kyanos.protocol.grpc;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.web.Octets;
import org.jspecify.annotations.Nullable;

/** A protocol of remote procedure calls over HTTP, as the type of its content tells it. */
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, PROTOCOL-WEB.md, https://connectrpc.com/docs/protocol
public enum RpcType {
    GRPC("grpc", MessageCounter.NO_END),
    /** Trailers are the last frame of the body. */
    GRPC_WEB("grpc-web", MessageCounter.WEB_END),
    /** The same in Base64: its messages are not looked for. */
    GRPC_WEB_TEXT("grpc-web-text", MessageCounter.NOT_FRAMED),
    /** One message each way, which is the body; the status is that of HTTP. */
    CONNECT("connect", MessageCounter.NOT_FRAMED),
    /** The last frame of the response tells the error. */
    CONNECT_STREAM("connect-stream", MessageCounter.CONNECT_END);

    private static final String APPLICATION = "application/";
    private static final int NAME = APPLICATION.length();

    private final String label;
    private final int endFlag;

    RpcType(String label, int endFlag) {
        this.label = label;
        this.endFlag = endFlag;
    }

    /** The value of the attribute {@code rpc}. */
    public String label() {
        return label;
    }

    /** Counts the messages of one direction. */
    public MessageCounter newCounter(boolean isTimed) {
        return new MessageCounter(endFlag, isTimed);
    }

    /** Whether the last frame of a response holds what else its trailers would. */
    public boolean endsInBody() {
        return endFlag > 0;
    }

    /** That of a value of {@code content-type}; null if it is none, or may be that of any request. */
    public static @Nullable RpcType of(ByteView value) {
        int end = end(value);
        if (end <= NAME || !Octets.equalsIgnoringCase(value, 0, NAME, APPLICATION)) {
            return null;
        }
        int plus = value.indexOf((byte) '+', NAME, end);
        int nameEnd = plus < 0 ? end : plus;
        if (is("grpc", value, nameEnd)) {
            return GRPC;
        } else if (is("grpc-web", value, nameEnd)) {
            return GRPC_WEB;
        } else if (is("grpc-web-text", value, nameEnd)) {
            return GRPC_WEB_TEXT;
        }
        return plus >= 0 && is("connect", value, nameEnd) ? CONNECT_STREAM : null;
    }

    /** Whether a request of this type that names a version of Connect's protocol is {@link #CONNECT}. */
    public static boolean mayBeConnect(ByteView value) {
        int end = end(value);
        return end > NAME
                && Octets.equalsIgnoringCase(value, 0, NAME, APPLICATION)
                && (is("proto", value, end) || is("json", value, end));
    }

    /** Where parameters begin. */
    private static int end(ByteView value) {
        int semicolon = value.indexOf((byte) ';', 0, value.length());
        int end = semicolon < 0 ? value.length() : semicolon;
        while (end > 0 && Octets.isBlank(value.byteAt(end - 1))) {
            end--;
        }
        return end;
    }

    private static boolean is(String name, ByteView value, int end) {
        return end - NAME == name.length() && Octets.equalsIgnoringCase(value, NAME, end, name);
    }
}
