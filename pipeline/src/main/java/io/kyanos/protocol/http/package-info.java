/**
 * HTTP/1.0 and HTTP/1.1 (RFC 9110, RFC 9112): where messages begin and end, their routes, and what may be shown of them.
 * Not HTTP/2, nor what follows an upgrade. Start with {@link io.kyanos.protocol.http.HttpProtocol}.
 */
@NullMarked
package io.kyanos.protocol.http;

import org.jspecify.annotations.NullMarked;
