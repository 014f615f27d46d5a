/**
 * One connection's way from events to records: hold, infer, replay, parse, match, emit. Plain single-threaded classes
 * that know no Pekko, no bridge and no sink. Start with {@link io.kyanos.connection.Connection}.
 */
@NullMarked
package io.kyanos.connection;

import org.jspecify.annotations.NullMarked;
