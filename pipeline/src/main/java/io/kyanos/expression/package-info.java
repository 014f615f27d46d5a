/**
 * Conditions on records as text: {@code status>=500 and latency>100ms}. Knows records alone, neither protocols nor
 * captures; what a text means is in docs/filters.md. Start with {@link io.kyanos.expression.Expression}.
 */
@NullMarked
package io.kyanos.expression;

import org.jspecify.annotations.NullMarked;
