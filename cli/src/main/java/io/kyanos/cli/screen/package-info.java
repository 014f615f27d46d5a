/**
 * What {@code watch} shows on a terminal: lines that fit its width, its colours, and what standard output is at all. Knows
 * records, but no capture and no command. Start with {@link io.kyanos.cli.screen.WatchLines}.
 */
@NullMarked
package io.kyanos.cli.screen;

import org.jspecify.annotations.NullMarked;
