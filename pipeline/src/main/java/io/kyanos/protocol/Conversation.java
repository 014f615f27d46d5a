package io.kyanos.protocol;

/**
 * The state of one connection in one protocol: the parsers of its two directions, what they must know of each other,
 * and the matcher. Not thread-safe.
 */
public interface Conversation {

    Parser requests();

    Parser responses();

    Matcher matcher();
}
