/**
 * What comes out of the pipeline: a {@link io.kyanos.record.TrafficRecord} per request, with its answer or the reason
 * why there is none. Knows nothing of how it was captured, parsed or shown. Start with {@code TrafficRecord}.
 */
@NullMarked
package io.kyanos.record;

import org.jspecify.annotations.NullMarked;
