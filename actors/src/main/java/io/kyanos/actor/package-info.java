/**
 * Who owns which state, and when: the router of events, one actor per connection, the credit between them, the queue of
 * records. Holds no logic of protocols or streams, and no way in: that is {@code io.kyanos}, and nothing here is meant for
 * callers. Start with {@link io.kyanos.actor.ConnectionRouter}.
 */
@NullMarked
package io.kyanos.actor;

import org.jspecify.annotations.NullMarked;
