/**
 * Packets made into connections: which packets belong together, and of TCP each direction's bytes in order, once. Knows
 * decoded packets, and of events only directions and codes; nothing of files. Start with {@link
 * io.kyanos.reassembly.Reassembly}.
 */
@NullMarked
package io.kyanos.reassembly;

import org.jspecify.annotations.NullMarked;
