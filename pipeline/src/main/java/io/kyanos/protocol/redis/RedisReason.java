package io.kyanos.protocol.redis;

import io.kyanos.protocol.Descriptor.InvalidReason;
import java.util.List;

/** Why bytes are not RESP at their place: metric labels. */
final class RedisReason {

    static final String TYPE = "type";
    static final String LINE = "line";
    static final String BULK_LENGTH = "bulk_length";
    static final String BULK_END = "bulk_end";
    static final String CHUNK = "chunk";
    static final String AGGREGATE_LENGTH = "aggregate_length";
    static final String NESTING = "nesting";
    static final String ARRAY_LENGTH = "array_length";
    static final String ELEMENT = "element";
    static final String INLINE = "inline";
    static final String DATA_SET = "data_set";
    static final String LOST = "lost";

    /** Those of bytes that are counted. What is lost is counted as why it was. */
    static final List<InvalidReason> ALL = List.of(
            new InvalidReason(TYPE, "A byte that no type of RESP begins with."),
            new InvalidReason(LINE, "A line that is not a status, an error or a number."),
            new InvalidReason(BULK_LENGTH, "Not a length, or one beyond 512 MiB."),
            new InvalidReason(BULK_END, "No line end after a bulk string."),
            new InvalidReason(CHUNK, "Not a piece of a streamed string."),
            new InvalidReason(AGGREGATE_LENGTH, "Not a number of elements, or one that is too large."),
            new InvalidReason(NESTING, "Aggregates deeper than are read."),
            new InvalidReason(ARRAY_LENGTH, "Not a number of arguments, or one that is too large."),
            new InvalidReason(ELEMENT, "An argument that is not a bulk string."),
            new InvalidReason(INLINE, "A line that is not an inline command."),
            new InvalidReason(DATA_SET, "Not what a master sends its replica before the commands."));

    private RedisReason() {}
}
