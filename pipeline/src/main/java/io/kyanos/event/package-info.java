/**
 * Kernel events as they arrive: batches of them, and the one flyweight that reads them in place. Knows the wire layout
 * ({@code bpf/include/events.h}) and nothing of what events mean. Start with {@link io.kyanos.event.EventDecoder}.
 */
@NullMarked
package io.kyanos.event;

import org.jspecify.annotations.NullMarked;
