/**
 * Who is at the ends of a connection: the processes of this machine and their names, from the events of channel {@code
 * process} and from {@code /proc}. Knows no connection and no actor. Start with {@link io.kyanos.metadata.ProcessTable}.
 */
@NullMarked
package io.kyanos.metadata;

import org.jspecify.annotations.NullMarked;
