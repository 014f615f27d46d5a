package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.SafeText;

/**
 * Where the parts of a request target lie: origin form, absolute form, authority form or asterisk (RFC 9112 section 3.2).
 * Reused; positions are valid for the view they were found in. Not thread-safe.
 */
final class RequestTarget {

    private int from;
    private int authorityFrom;
    private int authorityTo;
    private int pathFrom;
    private int pathTo;
    private int to;

    void locate(ByteView view, int targetFrom, int targetTo) {
        from = targetFrom;
        to = targetTo;
        authorityFrom = targetFrom;
        authorityTo = targetFrom;
        pathFrom = targetFrom;
        int scheme = view.byteAt(targetFrom) == '/' ? -1 : schemeEnd(view);
        if (scheme >= 0) {
            authorityFrom = scheme;
            authorityTo = scheme;
            while (authorityTo < to && !endsAuthority(view.byteAt(authorityTo))) {
                if (view.byteAt(authorityTo) == '@') {
                    authorityFrom = authorityTo + 1;
                }
                authorityTo++;
            }
            pathFrom = authorityTo;
        }
        pathTo = pathFrom;
        while (pathTo < to && view.byteAt(pathTo) != '?' && view.byteAt(pathTo) != '#') {
            pathTo++;
        }
    }

    int authorityFrom() {
        return authorityFrom;
    }

    /** After host and port of an absolute form; equal to {@link #authorityFrom()} for the other forms. */
    int authorityTo() {
        return authorityTo;
    }

    int pathFrom() {
        return pathFrom;
    }

    /** Equal to {@link #pathFrom()} for an absolute form without a path, which means {@code /}. */
    int pathTo() {
        return pathTo;
    }

    /** The path, or what stands in its place: {@code *}, or the authority of a CONNECT. */
    String path(ByteView view) {
        return pathFrom == pathTo ? "/" : SafeText.line(view.utf8(pathFrom, pathTo));
    }

    /** What follows the question mark; empty if nothing does. */
    String query(ByteView view) {
        return pathTo + 1 < to ? SafeText.line(view.utf8(pathTo + 1, to)) : "";
    }

    /** The host and port of an absolute or authority form, without user information; empty for the other forms. */
    String authority(ByteView view) {
        if (authorityTo > authorityFrom) {
            return SafeText.line(view.utf8(authorityFrom, authorityTo));
        }
        byte first = view.byteAt(from);
        return first == '/' || first == '*' || pathFrom != from ? "" : path(view);
    }

    /** What the request is about: host and path, or only what is known of them. */
    String resource(ByteView view, String host) {
        String path = path(view);
        if (path.startsWith("/")) {
            return host + path;
        }
        // RFC 9112 section 3.3: an asterisk means the server as a whole
        return path.equals("*") && !host.isEmpty() ? host : path;
    }

    /** The index after {@code ://}, or -1 if the target does not begin with a scheme. */
    private int schemeEnd(ByteView view) {
        int colon = view.indexOf((byte) ':', from, to);
        boolean slashes =
                colon > from && colon + 2 < to && view.byteAt(colon + 1) == '/' && view.byteAt(colon + 2) == '/';
        return slashes && view.indexOf((byte) '/', from, colon) < 0 ? colon + 3 : -1;
    }

    private static boolean endsAuthority(byte octet) {
        return octet == '/' || octet == '?' || octet == '#';
    }
}
