/**
 * PostgreSQL's frontend/backend protocol 3.0 and 3.2: the unit of its records is what is executed. Start with
 * {@link io.kyanos.protocol.postgresql.PostgresqlProtocol}.
 */
@NullMarked
package io.kyanos.protocol.postgresql;

import org.jspecify.annotations.NullMarked;
