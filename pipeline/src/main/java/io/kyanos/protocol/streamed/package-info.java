/**
 * What protocols that carry streamed answers need of them: which types of content are streams of events, and where in a
 * stream each event ends. No framing, no decoding, no clock. Start with {@link io.kyanos.protocol.streamed.StreamedType}.
 */
@NullMarked
package io.kyanos.protocol.streamed;

import org.jspecify.annotations.NullMarked;
