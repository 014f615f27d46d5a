/**
 * Recordings: files of kernel events, exactly as they came, with what is needed to read them elsewhere. Knows neither
 * the kernel nor the rest of the pipeline. Start with {@link io.kyanos.recording.RecordingWriter}.
 */
@NullMarked
package io.kyanos.recording;

import org.jspecify.annotations.NullMarked;
