package io.kyanos.protocol;

/**
 * What one protocol hands to the one that takes over, which answers it.
 *
 * @param request asked in the first protocol, whose end has been seen
 * @param bodyBytes the size of its body, -1 if that is not known
 * @param parameters what it said about the protocol that takes over, in that one's own terms; empty if nothing
 */
public record Handover(FramedMessage request, long bodyBytes, String parameters) {}
