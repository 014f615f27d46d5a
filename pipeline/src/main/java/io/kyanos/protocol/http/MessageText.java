package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;

/**
 * The text of one message in the making: its head, then the captured start of its body, at most {@code maxTextBytes} of
 * both together. Secrets are masked, and no byte of it can steer a terminal. Not thread-safe.
 */
final class MessageText {

    private final Detail detail;
    private final String head;
    private final byte[] body;
    private int bodyBytes;

    /** @param headEnd the length of the head, its empty line included */
    MessageText(ByteView view, int headEnd, Detail detail) {
        this.detail = detail;
        head = shownHead(view, headEnd, detail);
        body = new byte[Math.max(0, detail.maxTextBytes() - headEnd)];
    }

    void body(ByteView view, int from, int to) {
        int count = Math.min(to - from, body.length - bodyBytes);
        if (count > 0) {
            view.copyTo(from, body, bodyBytes, count);
            bodyBytes += count;
        }
    }

    String text() {
        if (bodyBytes == 0) {
            return head;
        }
        String shown = SafeText.lines(new ByteView(body, 0, bodyBytes).utf8(0, bodyBytes));
        return head + (detail.maskSecrets() ? Secrets.masked(shown) : shown);
    }

    private static String shownHead(ByteView view, int headEnd, Detail detail) {
        if (!detail.maskSecrets()) {
            return SafeText.lines(view.utf8(0, Math.min(headEnd, detail.maxTextBytes())));
        }
        int limit = Math.min(headEnd, detail.maxTextBytes());
        StringBuilder shown = new StringBuilder(limit);
        int at = 0;
        boolean startLine = true;
        boolean secret = false;
        while (at < limit) {
            int lineFeed = view.indexOf(Octets.LF, at, headEnd);
            int next = lineFeed < 0 ? headEnd : lineFeed + 1;
            boolean continued = Octets.isBlank(view.byteAt(at));
            int colon = startLine || continued ? -1 : view.indexOf((byte) ':', at, next);
            if (!continued) {
                secret = colon >= 0 && Secrets.isSecretField(view, at, colon);
            }
            if (!secret) {
                // Masked before it is cut, as a cut may part a name from its value.
                String line = Secrets.masked(SafeText.lines(view.utf8(at, next)));
                shown.append(line, 0, Math.min(line.length(), limit - at));
            } else if (!continued) {
                shown.append(SafeText.line(view.utf8(at, colon)))
                        .append(": ")
                        .append(Secrets.MASK)
                        .append('\n');
            }
            startLine = false;
            at = next;
        }
        return shown.toString();
    }
}
