/**
 * The entry point: what a service requests, gets, and controls a capture with, and the assembly of a capture. Its
 * public types are all that callers need; they show none of {@code actor}, {@code replay} and {@code metadata}. Start with
 * {@link io.kyanos.Kyanos}.
 */
@NullMarked
package io.kyanos;

import org.jspecify.annotations.NullMarked;
