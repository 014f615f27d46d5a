/**
 * HTTP/2 (RFC 9113) in clear text: frames, header fields, streams, and a record for each stream. Not what bodies hold. Start with
 * {@link io.kyanos.protocol.http2.Http2Protocol}.
 */
@NullMarked
package io.kyanos.protocol.http2;

import org.jspecify.annotations.NullMarked;
