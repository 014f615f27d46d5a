/**
 * The client/server protocol of MySQL and MariaDB: the unit of its records is a command. Start with
 * {@link io.kyanos.protocol.mysql.MysqlProtocol}.
 */
@NullMarked
package io.kyanos.protocol.mysql;

import org.jspecify.annotations.NullMarked;
