package io.kyanos.protocol.web;

import io.kyanos.protocol.FilterFlag;
import io.kyanos.protocol.FilterFlag.Match;

/** The flags by which requests of any version of HTTP are chosen. */
public final class RequestFlags {

    private static final FilterFlag METHOD = new FilterFlag(
            "method",
            "METHOD",
            "method",
            Match.EQUAL_IN_ANY_CASE,
            "methods, like GET,POST",
            "These methods: GET,POST.",
            "these methods");
    private static final FilterFlag HOST = new FilterFlag(
            "host",
            "HOST",
            "host",
            Match.EQUAL_IN_ANY_CASE,
            "hosts, like shop.example,shop.example:8080",
            "These Host headers, with the port if it has one: shop.example,shop.example:8080.",
            "these hosts");
    private static final FilterFlag PATH = new FilterFlag(
            "path",
            "PATH",
            "path",
            Match.PATH,
            "a path that begins with /",
            "This path, without the query. This flag and the next two may be given several times.",
            "these paths");
    private static final FilterFlag PATH_PREFIX = new FilterFlag(
            "path-prefix",
            "PREFIX",
            "path",
            Match.PATH_PREFIX,
            "a path that begins with /",
            "Paths that begin so.",
            "paths that begin so");
    private static final FilterFlag PATH_REGEX = new FilterFlag(
            "path-regex",
            "REGEX",
            "path",
            Match.REGEX,
            "a regular expression",
            "Paths in which this regular expression is found.",
            "paths in which this is found");
    private static final FilterFlag HEADER = new FilterFlag(
            "header",
            "HEADER",
            "header.NAME",
            Match.HEADER,
            "a header, like X-Tenant, 'X-Tenant: blue' or 'X-Tenant~^bl'",
            "Request or response has this header: X-Tenant, 'X-Tenant: blue' or 'X-Tenant~^bl'. Given several times: all"
                    + " of them.",
            "this header");

    private RequestFlags() {}

    /** In the order of the documents. */
    public static FilterFlag[] all() {
        return new FilterFlag[] {METHOD, HOST, PATH, PATH_PREFIX, PATH_REGEX, HEADER};
    }
}
