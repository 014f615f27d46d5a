/**
 * What every protocol answers: a strict guess, and conversations that parse both directions and pair their messages.
 * Knows no connection, no clock and no Pekko; one folder per protocol. Start with {@link io.kyanos.protocol.Protocol}.
 */
@NullMarked
package io.kyanos.protocol;

import org.jspecify.annotations.NullMarked;
