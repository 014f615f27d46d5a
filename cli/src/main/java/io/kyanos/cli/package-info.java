/**
 * The composition root: commands, their settings and filters, the exporter. Knows all other packages; none knows it.
 * Start with {@link io.kyanos.cli.Main}.
 */
@NullMarked
package io.kyanos.cli;

import org.jspecify.annotations.NullMarked;
