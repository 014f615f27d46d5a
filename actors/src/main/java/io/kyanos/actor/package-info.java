/**
 * Who owns which state, and when: one actor per connection, the router that feeds them under a credit, and the facade
 * that starts and stops a capture. Knows no protocol and no sink. Start with {@link io.kyanos.actor.Kyanos}.
 */
@NullMarked
package io.kyanos.actor;

import org.jspecify.annotations.NullMarked;
