package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Looks a few members up in the flat JSON of INFO and CONNECT, by their names alone: what is cut off or overwritten around
 * them does not matter. Stateless.
 */
final class NatsJson {

    static final byte[] VERBOSE = quoted("verbose");
    static final byte[] LANGUAGE = quoted("lang");
    static final byte[] VERSION = quoted("version");
    static final byte[] CLIENT_NAME = quoted("name");

    private static final List<byte[]> SECRETS =
            List.of(quoted("pass"), quoted("auth_token"), quoted("jwt"), quoted("sig"), quoted("nkey"));

    private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);

    private NatsJson() {}

    private static byte[] quoted(String name) {
        return ('"' + name + '"').getBytes(StandardCharsets.US_ASCII);
    }

    /** Index of the member's name, or -1. */
    static int find(ByteView view, int from, int to, byte[] name) {
        int at = view.indexOf((byte) '"', from, to);
        while (at >= 0 && (at + name.length > to || !view.startsWith(name, at))) {
            at = view.indexOf((byte) '"', at + 1, to);
        }
        return at;
    }

    /** Where the value begins of the member whose name stands at {@code name}; {@code to} if there is none. */
    static int value(ByteView view, int name, int to) {
        if (name < 0) {
            return to;
        }
        int value = view.indexOf((byte) '"', name + 1, to) + 1;
        while (value < to && (NatsLine.isBlank(view.byteAt(value)) || view.byteAt(value) == ':')) {
            value++;
        }
        return value;
    }

    static boolean isFalse(ByteView view, int from, int to, byte[] name) {
        int value = value(view, find(view, from, to, name), to);
        return isWord(view, value, to, FALSE);
    }

    /** Where the word true or false ends that stands at {@code value}; {@code value} if neither does. */
    static int truthEnd(ByteView view, int value, int to) {
        if (isWord(view, value, to, FALSE)) {
            return value + FALSE.length;
        }
        return isWord(view, value, to, TRUE) ? value + TRUE.length : value;
    }

    private static boolean isWord(ByteView view, int at, int to, byte[] word) {
        return at + word.length <= to && view.startsWith(word, at);
    }

    /** The member's text; empty if it is none. */
    static String text(ByteView view, int from, int to, byte[] name) {
        int value = value(view, find(view, from, to, name), to);
        return value < to && view.byteAt(value) == '"' ? view.utf8(value + 1, textEnd(view, value, to)) : "";
    }

    /** Where the quote stands that ends the text whose first quote stands at {@code quote}; {@code to} without one. */
    static int textEnd(ByteView view, int quote, int to) {
        int end = view.indexOf((byte) '"', quote + 1, to);
        while (end > 0 && view.byteAt(end - 1) == '\\') {
            end = view.indexOf((byte) '"', end + 1, to);
        }
        return end < 0 ? to : end;
    }

    /** Where the first quote of a secret's text stands at or after {@code from}, or -1. */
    static int nextSecret(ByteView view, int from, int to) {
        int first = -1;
        for (byte[] name : SECRETS) {
            int value = value(view, find(view, from, first < 0 ? to : first, name), to);
            if (value < to && view.byteAt(value) == '"') {
                first = value;
            }
        }
        return first;
    }
}
