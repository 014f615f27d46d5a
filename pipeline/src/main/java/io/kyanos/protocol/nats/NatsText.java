package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;

/**
 * The text of one message in the making: its line, then its headers and payload, at most {@code maxTextBytes} of it all.
 * Secrets of a CONNECT are masked; every byte that a terminal could take for a command is escaped. Not thread-safe.
 */
final class NatsText {

    private static final String MORE = "...";
    private static final String SECRET = "***";

    private final StringBuilder out = new StringBuilder();
    private int left;
    private boolean cut;

    NatsText(ByteView view, NatsLine line, Detail detail) {
        left = detail.maxTextBytes();
        int end = line.length() - 1;
        if (line.operation() == NatsOperation.CONNECT && detail.maskSecrets()) {
            masked(view, end);
        } else {
            bytes(view, 0, end);
        }
        if (line.operation().hasPayload()) {
            out.append('\n');
        }
    }

    /* Nothing is looked for beyond what is shown: a line that is nothing but secrets would take long. */
    private void masked(ByteView view, int lineEnd) {
        int end = Math.min(lineEnd, left);
        int at = 0;
        for (int secret = NatsJson.nextSecret(view, 0, end); secret >= 0; secret = NatsJson.nextSecret(view, at, end)) {
            bytes(view, at, secret + 1);
            out.append(cut ? "" : SECRET);
            at = NatsJson.textEnd(view, secret, end);
        }
        bytes(view, at, end);
        cut |= end < lineEnd;
    }

    /** Bytes that come next. */
    void bytes(ByteView view, int from, int to) {
        if (cut) {
            return;
        }
        int end = Math.min(to, from + left);
        for (int i = from; i < end; i++) {
            byte b = view.byteAt(i);
            if (b == '\n' || (b >= ' ' && b < 0x7f && b != '\\')) {
                out.append((char) b);
            } else if (b == '\\') {
                out.append("\\\\");
            } else if (b != '\r') {
                out.append("\\x")
                        .append(Character.forDigit((b >> 4) & 0xf, 16))
                        .append(Character.forDigit(b & 0xf, 16));
            }
        }
        left -= end - from;
        cut = end < to;
    }

    /** What comes next was not captured. */
    void missed() {
        cut = true;
    }

    String text() {
        return cut ? out + MORE : out.toString();
    }
}
