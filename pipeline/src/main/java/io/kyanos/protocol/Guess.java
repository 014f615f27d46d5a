package io.kyanos.protocol;

/** What a protocol makes of the first bytes of one direction. */
public enum Guess {
    /** These bytes are not this protocol's. */
    NO,
    /** Too few bytes to tell, or bytes that either direction may begin with. */
    UNSURE,
    /** A request of this protocol begins here. */
    REQUEST,
    /** A response of this protocol begins here. */
    RESPONSE
}
