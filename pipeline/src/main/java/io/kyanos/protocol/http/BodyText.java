package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.SafeText;
import io.kyanos.protocol.web.Octets;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Turns a body into text by what the head says about it: its codings, type and charset. Text is shown up to a limit,
 * anything else by type and length. For details only, never for the hot path; not thread-safe.
 */
final class BodyText implements HttpHead.FieldVisitor {

    /** Captured bytes that are kept of a body whose coding yields whole blocks only. */
    static final int MAX_CODED_BYTES = 64 * 1024;

    private static final int SNIFFED_BYTES = 512;
    private static final int MAX_SHOWN_NAME = 64;
    private static final List<String> TEXTS = List.of(
            "text/",
            "json",
            "xml",
            "html",
            "script",
            "x-www-form-urlencoded",
            "yaml",
            "csv",
            "graphql",
            "message/http");
    private static final List<String> BINARIES = List.of(
            "image/",
            "audio/",
            "video/",
            "font/",
            "octet-stream",
            "zip",
            "pdf",
            "protobuf",
            "grpc",
            "msgpack",
            "cbor",
            "wasm",
            "x-tar");

    private final List<String> contentCodings = new ArrayList<>(1);
    private final List<String> transferCodings = new ArrayList<>(1);
    private String contentType = "";

    @Override
    public void field(ByteView view, int from, int nameEnd, int valueFrom, int valueTo) {
        if (Octets.equalsIgnoringCase(view, from, nameEnd, "content-type")) {
            contentType = view.latin1(valueFrom, valueTo).toLowerCase(Locale.ROOT);
        } else if (Octets.equalsIgnoringCase(view, from, nameEnd, "content-encoding")) {
            addCodings(view.latin1(valueFrom, valueTo), contentCodings);
        } else if (Octets.equalsIgnoringCase(view, from, nameEnd, "transfer-encoding")) {
            addCodings(view.latin1(valueFrom, valueTo), transferCodings);
        }
    }

    /** So many bytes of the body are needed to show {@code room} bytes of it. */
    int bytesNeeded(int room) {
        for (String name : codings()) {
            ContentCoding coding = ContentCoding.of(name);
            if (coding != null && coding.needsWholeBlocks()) {
                return Math.max(room, MAX_CODED_BYTES);
            }
        }
        return room;
    }

    /**
     * What is shown of a body.
     *
     * @param body its first {@code length} bytes as sent
     * @param bodyLength how long it is in all, as it travelled
     * @param room bytes of text at most, but for what is said of the rest
     * @param cut bytes after the first {@code length} were not captured
     */
    String shown(byte[] body, int length, long bodyLength, int room, boolean cut) {
        List<String> codings = codings();
        if (!isUndone(codings)) {
            return told(String.join(", ", codings), bodyLength);
        }
        byte[] bytes = body;
        int count = length;
        ContentCoding.End end = ContentCoding.End.REACHED;
        for (int i = codings.size() - 1; i >= 0; i--) {
            ContentCoding coding = ContentCoding.of(codings.get(i));
            if (coding == null) {
                throw new IllegalStateException("coding: " + codings.get(i));
            }
            ContentCoding.Decoded decoded = coding.decode(bytes, count, i == 0 ? room : ContentCoding.MAX_WORK_BYTES);
            bytes = decoded.bytes();
            count = decoded.length();
            end = end == ContentCoding.End.BROKEN ? end : decoded.end();
            if (end != ContentCoding.End.REACHED && count == 0) {
                break;
            }
        }
        if (count > 0 && isBinary(bytes, count)) {
            return told(contentType.isEmpty() ? "binary" : type(), bodyLength);
        }
        String text = text(bytes, Math.min(count, room));
        if (codings.isEmpty()) {
            return cut && length < room ? text + "\n(the rest was not captured)" : text;
        }
        return switch (end) {
            case REACHED -> text;
            case CUT -> text + "\n(" + SafeText.line(String.join(", ", codings)) + ": the rest is missing)";
            case BROKEN -> text + "\n(" + SafeText.line(String.join(", ", codings)) + ": the rest cannot be read)";
        };
    }

    /** RFC 9110 section 8.4, RFC 9112 section 7: in the order in which they were applied. */
    private List<String> codings() {
        List<String> all = new ArrayList<>(contentCodings);
        all.addAll(transferCodings);
        return all;
    }

    private static void addCodings(String value, List<String> to) {
        for (String name : value.toLowerCase(Locale.ROOT).split("[,\\s]+", -1)) {
            if (!name.isEmpty() && !name.equals("identity") && !name.equals("chunked")) {
                to.add(name);
            }
        }
    }

    private static boolean isUndone(List<String> codings) {
        return codings.size() <= ContentCoding.MAX_CODINGS
                && codings.stream().allMatch(name -> ContentCoding.of(name) != null);
    }

    private static String told(String what, long bytes) {
        String name = what.length() > MAX_SHOWN_NAME ? what.substring(0, MAX_SHOWN_NAME) : what;
        return "(" + SafeText.line(name) + ": " + bytes + " bytes)";
    }

    private String type() {
        int parameters = contentType.indexOf(';');
        return (parameters < 0 ? contentType : contentType.substring(0, parameters)).strip();
    }

    private boolean isBinary(byte[] bytes, int count) {
        String type = type();
        if (TEXTS.stream().anyMatch(type::contains)) {
            return false;
        }
        if (BINARIES.stream().anyMatch(type::contains)) {
            return true;
        }
        int controls = 0;
        int looked = Math.min(count, SNIFFED_BYTES);
        for (int i = 0; i < looked; i++) {
            byte octet = bytes[i];
            if (octet == 0) {
                return true;
            }
            controls += octet > 0 && octet < ' ' && !Octets.isBlankOrLineEnd(octet) ? 1 : 0;
        }
        return controls * 4 > looked;
    }

    private String text(byte[] bytes, int count) {
        return new String(bytes, 0, count, charset());
    }

    private Charset charset() {
        int at = contentType.indexOf("charset=");
        if (at < 0) {
            return StandardCharsets.UTF_8;
        }
        int from = at + "charset=".length();
        int to = from;
        while (to < contentType.length() && "; \t".indexOf(contentType.charAt(to)) < 0) {
            to++;
        }
        return switch (contentType.substring(from, to).replace("\"", "")) {
            case "iso-8859-1", "latin1", "iso-8859-15", "windows-1252" -> StandardCharsets.ISO_8859_1;
            default -> StandardCharsets.UTF_8;
        };
    }
}
