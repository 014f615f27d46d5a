package io.kyanos.protocol.mysql;

import io.kyanos.protocol.Descriptor.InvalidReason;
import java.util.List;

/** Why bytes are not MySQL at their place: metric labels. */
final class MysqlReason {

    static final String COMMAND = "command";
    static final String LENGTH = "length";
    static final String SEQUENCE = "sequence";
    static final String ANSWER = "answer";
    static final String COMPRESSION = "compression";
    static final String LOST = "lost";

    /** Those of bytes that are counted. What is lost is counted as why it was. */
    static final List<InvalidReason> ALL = List.of(
            new InvalidReason(COMMAND, "A byte that is no command."),
            new InvalidReason(LENGTH, "A length that packets of the command, or of the answer, cannot have."),
            new InvalidReason(SEQUENCE, "A packet whose number is not the next one."),
            new InvalidReason(ANSWER, "A packet that cannot answer what was asked."),
            new InvalidReason(COMPRESSION, "A compressed packet that cannot be decompressed."));

    private MysqlReason() {}
}
