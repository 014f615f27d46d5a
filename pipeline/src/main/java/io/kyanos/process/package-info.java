/**
 * What a process is called: by its main class, its script, its service, its program. Reads {@code /proc} and the events of
 * processes; knows no connection and no record. Start with {@link io.kyanos.process.NameFinder}.
 */
@NullMarked
package io.kyanos.process;

import org.jspecify.annotations.NullMarked;
