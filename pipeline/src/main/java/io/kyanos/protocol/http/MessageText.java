package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.SafeText;
import io.kyanos.protocol.web.Octets;
import io.kyanos.protocol.web.Secrets;
import java.util.Arrays;

/**
 * The text of one message in the making: its head, then the start of its body decoded, at most {@code maxTextBytes} of
 * both together. What cannot be shown of a body is named in parentheses. Secrets are masked, and no byte of it can
 * steer a terminal. Not thread-safe.
 */
final class MessageText {

    private static final int FIRST_BYTES = 1024;

    private final Detail detail;
    private final String head;
    private final BodyText bodyText;
    private final int room;
    private final int limit;

    private byte[] body = {};
    private int bodyBytes;

    /** Length of the body so far, of which the first {@code bodyBytes} are kept. */
    private long bodyLength;

    /** From here on bytes of the body were not captured, or it is not known which they are. */
    private boolean cut;

    /** @param headEnd the length of the head, its empty line included */
    MessageText(ByteView view, int headEnd, HttpHead fields, Detail detail) {
        this.detail = detail;
        head = shownHead(view, headEnd, detail);
        bodyText = new BodyText();
        fields.eachField(view, headEnd, bodyText);
        room = Math.max(0, detail.maxTextBytes() - headEnd);
        limit = room == 0 ? 0 : bodyText.bytesNeeded(room);
    }

    void body(ByteView view, int from, int to) {
        bodyLength += to - from;
        int count = cut ? 0 : Math.min(to - from, limit - bodyBytes);
        if (count > 0) {
            if (body.length - bodyBytes < count) {
                int size = Math.max(Math.max(FIRST_BYTES, bodyBytes + count), body.length * 2);
                body = Arrays.copyOf(body, Math.min(limit, size));
            }
            view.copyTo(from, body, bodyBytes, count);
            bodyBytes += count;
        }
    }

    /** So many bytes of the body were not captured. */
    void missed(long bytes) {
        bodyLength += bytes;
        cut = true;
    }

    /** What comes now cannot be distinguished from framing. */
    void cutHere() {
        cut = true;
    }

    String text() {
        if (bodyLength == 0 || room == 0) {
            return head;
        }
        String shown = SafeText.lines(bodyText.shown(body, bodyBytes, bodyLength, room, cut));
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
            boolean continued = !startLine && Octets.isBlank(view.byteAt(at));
            if (continued) {
                secret |= holdsControl(view, at, next);
            } else if (!startLine) {
                secret = !HttpHead.isEmptyLine(view, at, next - 1) && isSecret(view, at, next);
            }
            if (!secret) {
                // Masked before it is cut, as a cut may part a name from its value.
                String line = Secrets.masked(SafeText.lines(view.utf8(at, next)));
                shown.append(line, 0, Math.min(line.length(), limit - at));
            } else if (!continued) {
                shown.append(view.latin1(at, Math.min(limit, nameEnd(view, at, next))))
                        .append(": ")
                        .append(Secrets.MASK)
                        .append('\n');
            }
            // What seems to continue a start line belongs to no field.
            secret |= startLine;
            startLine = false;
            at = next;
        }
        return shown.toString();
    }

    /** By its name; or because it is not a field, so that it is unknown what its reader takes it for. */
    private static boolean isSecret(ByteView view, int from, int to) {
        int nameEnd = nameEnd(view, from, to);
        int colon = nameEnd;
        while (colon < to && Octets.isBlank(view.byteAt(colon))) {
            colon++;
        }
        return nameEnd == from
                || colon == to
                || view.byteAt(colon) != ':'
                || holdsControl(view, colon, to)
                || Secrets.isSecretField(view, from, nameEnd);
    }

    private static int nameEnd(ByteView view, int from, int to) {
        int at = from;
        while (at < to && Octets.isToken(view.byteAt(at))) {
            at++;
        }
        return at;
    }

    /** Besides the line's end. */
    private static boolean holdsControl(ByteView view, int from, int to) {
        int end = to;
        while (end > from && Octets.isBlankOrLineEnd(view.byteAt(end - 1))) {
            end--;
        }
        return Octets.holdsControl(view, from, end);
    }
}
