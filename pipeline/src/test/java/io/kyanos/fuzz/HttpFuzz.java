package io.kyanos.fuzz;

/** The parsers of HTTP/1 and their matcher. */
public final class HttpFuzz extends ProtocolFuzz {

    private static final HttpFuzz TARGET = new HttpFuzz();

    public HttpFuzz() {
        super("http");
    }

    public static void fuzzerTestOneInput(byte[] input) {
        TARGET.run(input);
    }
}
