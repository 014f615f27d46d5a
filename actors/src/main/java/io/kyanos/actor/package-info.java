/**
 * Who owns which state, and when: the running capture, the router of events, one actor per connection. Holds no logic of
 * protocols or streams, and no command line. Start with {@link io.kyanos.actor.Capture}.
 */
@NullMarked
package io.kyanos.actor;

import org.jspecify.annotations.NullMarked;
