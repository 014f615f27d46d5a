package io.kyanos.protocol.grpc;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.web.Secrets;
import io.kyanos.record.Attribute;
import io.kyanos.record.Details.Value;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the header fields of one block say of a call. Allocates nothing without details. Reused; not thread-safe. */
public final class CallFields {

    private static final byte[] CONTENT_TYPE = name("content-type");
    private static final byte[] STATUS = name("grpc-status");
    private static final byte[] MESSAGE = name("grpc-message");
    private static final byte[] TIMEOUT = name("grpc-timeout");
    private static final byte[] ENCODING = name("grpc-encoding");
    private static final byte[] ACCEPT_ENCODING = name("grpc-accept-encoding");
    private static final byte[] CONNECT_TIMEOUT = name("connect-timeout-ms");
    private static final byte[] CONNECT_VERSION = name("connect-protocol-version");
    static final int MOST_BINARY = 16;

    private final boolean inDetail;
    private final boolean masksSecrets;

    private boolean hasType;
    private boolean mayBeConnect;
    private boolean isConnect;
    private boolean isMarked;
    private @Nullable RpcType type;
    private @Nullable GrpcStatus status;
    private List<Value> values = List.of();
    private int binary;

    /**
     * @param inDetail whether {@link #values} are asked for
     * @param masksSecrets whether those that are secrets are masked in these
     */
    public CallFields(boolean inDetail, boolean masksSecrets) {
        this.inDetail = inDetail;
        this.masksSecrets = masksSecrets;
    }

    /** Another block begins. */
    public void restart() {
        hasType = false;
        mayBeConnect = false;
        isConnect = false;
        isMarked = false;
        type = null;
        status = null;
        values = List.of();
        binary = 0;
    }

    /** The next field. */
    public void field(ByteView name, ByteView value) {
        switch (name.length()) {
            case 11 -> {
                if (is(name, STATUS)) {
                    isMarked = true;
                    status = GrpcStatus.of(value, 0, value.length());
                }
            }
            case 12 -> {
                if (is(name, CONTENT_TYPE)) {
                    readType(value);
                } else if (is(name, TIMEOUT)) {
                    isMarked = true;
                    add(GrpcAttribute.DEADLINE, inDetail ? MetadataText.ofTimeout(value) : "");
                } else if (is(name, MESSAGE)) {
                    isMarked = true;
                    add(GrpcAttribute.GRPC_MESSAGE, inDetail ? MetadataText.ofMessage(value) : "");
                }
            }
            case 13 -> {
                if (is(name, ENCODING)) {
                    isMarked = true;
                    add(GrpcAttribute.ENCODING, inDetail ? MetadataText.ofMessage(value) : "");
                }
            }
            case 18 -> {
                if (is(name, CONNECT_TIMEOUT)) {
                    add(GrpcAttribute.DEADLINE, inDetail ? MetadataText.ofTimeoutMillis(value) : "");
                }
            }
            case 20 -> isMarked |= is(name, ACCEPT_ENCODING);
            case 24 -> isConnect |= is(name, CONNECT_VERSION);
            default -> {
                // says nothing about calls, or holds bytes
            }
        }
        if (inDetail && isBinary(name) && binary < MOST_BINARY) {
            binary++;
            String of = name.latin1(0, name.length());
            boolean isSecret = masksSecrets && Secrets.isSecretName(of);
            add(GrpcAttribute.METADATA, of + "=" + (isSecret ? Secrets.MASK : MetadataText.ofBinary(value)));
        }
    }

    private void readType(ByteView value) {
        if (!hasType) {
            hasType = true;
            type = RpcType.of(value);
            mayBeConnect = type == null && RpcType.mayBeConnect(value);
        }
    }

    private void add(Attribute of, String text) {
        if (text.isEmpty()) {
            return;
        }
        if (values.isEmpty()) {
            values = new ArrayList<>();
        }
        boolean isRepeated =
                !of.isList() && values.stream().anyMatch(each -> each.of().equals(of));
        if (!isRepeated) {
            values.add(new Value(of, text));
        }
    }

    /** Whether the type of the content is known. */
    public boolean hasType() {
        return hasType;
    }

    /** The protocol that the block tells by the type of its content; null if none. */
    public @Nullable RpcType type() {
        return mayBeConnect && isConnect ? RpcType.CONNECT : type;
    }

    /** Whether a field is there that only calls have. */
    public boolean isMarked() {
        return isMarked;
    }

    /** That of the field {@code grpc-status}; null if there is none that is a number. */
    public @Nullable GrpcStatus status() {
        return status;
    }

    /** What the block says in detail. */
    public List<Value> values() {
        return values;
    }

    private static boolean isBinary(ByteView name) {
        int at = name.length() - 4;
        return at > 0
                && name.byteAt(at) == '-'
                && name.byteAt(at + 1) == 'b'
                && name.byteAt(at + 2) == 'i'
                && name.byteAt(at + 3) == 'n';
    }

    private static boolean is(ByteView name, byte[] expected) {
        return name.length() == expected.length && name.startsWith(expected, 0);
    }

    private static byte[] name(String name) {
        return name.getBytes(StandardCharsets.US_ASCII);
    }
}
