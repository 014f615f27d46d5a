package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Looks a few members up in the flat JSON of INFO and CONNECT, by their names alone: what is cut off or overwritten around
 * them does not matter. Stateless.
 */
final class NatsJson {

    static final Name VERBOSE = new Name("verbose");
    static final Name LANGUAGE = new Name("lang");
    static final Name VERSION = new Name("version");
    static final Name CLIENT_NAME = new Name("name");
    static final Name SERVER_ID = new Name("server_id");

    private static final List<Name> SECRETS =
            List.of(new Name("pass"), new Name("auth_token"), new Name("jwt"), new Name("sig"), new Name("nkey"));

    /** The name of a member, in quotes. */
    static final class Name {

        private final byte[] quoted;

        Name(String name) {
            quoted = ('"' + name + '"').getBytes(StandardCharsets.US_ASCII);
        }

        int length() {
            return quoted.length;
        }
    }

    private NatsJson() {}

    /** Index of the member's name, or -1. */
    static int find(ByteView view, int from, int to, Name name) {
        for (int at = view.indexOf((byte) '"', from, to); at >= 0; at = view.indexOf((byte) '"', at + 1, to)) {
            if (at + name.length() <= to && view.startsWith(name.quoted, at)) {
                return at;
            }
        }
        return -1;
    }

    /** Where the member's value begins, whose name stands at {@code at}; {@code to} if there is none. */
    static int value(ByteView view, int at, int to, Name name) {
        int value = at + name.length();
        while (value < to && (NatsLine.isBlank(view.byteAt(value)) || view.byteAt(value) == ':')) {
            value++;
        }
        return value;
    }

    /** Whether the member is there and neither true nor missing. */
    static boolean isFalse(ByteView view, int from, int to, Name name) {
        int at = find(view, from, to, name);
        int value = at < 0 ? to : value(view, at, to, name);
        return value < to && view.byteAt(value) == 'f';
    }

    /** The member's text; empty if it is none. */
    static String text(ByteView view, int from, int to, Name name) {
        int at = find(view, from, to, name);
        int value = at < 0 ? to : value(view, at, to, name);
        if (value >= to || view.byteAt(value) != '"') {
            return "";
        }
        int end = textEnd(view, value, to);
        return view.utf8(value + 1, end);
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
        for (Name name : SECRETS) {
            int at = find(view, from, first < 0 ? to : first, name);
            int value = at < 0 ? to : value(view, at, to, name);
            if (value < to && view.byteAt(value) == '"') {
                first = value;
            }
        }
        return first;
    }
}
