package io.kyanos.protocol.sql;

/** Where the servers differ in what a text is made of. */
public enum SqlDialect {
    /** The standard's, with dollars around literals and remarks that nest. */
    POSTGRESQL,
    /**
     * Backslashes escape and double quotes stand around literals, backticks around names; a hash begins a remark, two dashes
     * only before a blank, and what stands within {@code /*! ... *}{@code /} is executed.
     */
    MYSQL
}
