/**
 * A recording in place of the kernel: where its events come from, which of them other filters would have let through, the
 * pace at which the router takes them, the order of their records. Reads the file through {@code io.kyanos.recording}.
 * Start with {@link io.kyanos.replay.RecordedOrigin}.
 */
@NullMarked
package io.kyanos.replay;

import org.jspecify.annotations.NullMarked;
