/**
 * The way in: what a service asks for, gets, and steers a capture with, and the assembly of one capture behind it. Its
 * public types are all that callers need; they show none of {@code actor}, {@code replay} and {@code metadata}. Start with
 * {@link io.kyanos.Kyanos}.
 */
@NullMarked
package io.kyanos;

import org.jspecify.annotations.NullMarked;
