package io.kyanos.protocol.web;

/** A request whose operation may be decided by its answer. */
public interface RoutedRequest {

    HttpMethod method();

    /** What of the path decides on the operation later; empty if it is decided. */
    String undecidedPath();

    /** The operation is known now. */
    void decided(String operation);
}
