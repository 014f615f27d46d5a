/**
 * From the kernel's buffers to ordered batches of events, as Pekko sources, and the filters that the kernel applies.
 * Knows no protocol and no record. Start with {@link io.kyanos.capture.CaptureFilters}.
 */
@NullMarked
package io.kyanos.capture;

import org.jspecify.annotations.NullMarked;
