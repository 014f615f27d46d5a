/**
 * What protocols that carry SQL need of it: verb and table of a statement, its digest and its text without literals, and which
 * tables may become labels. No grammar: it looks at words at their places. Start with {@link io.kyanos.protocol.sql.SqlScanner}.
 */
@NullMarked
package io.kyanos.protocol.sql;

import org.jspecify.annotations.NullMarked;
