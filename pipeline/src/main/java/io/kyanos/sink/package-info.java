/**
 * Consumers of records: Prometheus metrics, JSON lines, lines for a terminal. Knows no protocol by name, no kernel and no
 * command line; what it shows of itself it reads through {@link io.kyanos.sink.SelfStatistics}. Start with
 * {@link io.kyanos.sink.PrometheusSink}.
 */
@NullMarked
package io.kyanos.sink;

import org.jspecify.annotations.NullMarked;
