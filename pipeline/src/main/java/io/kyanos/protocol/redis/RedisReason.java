package io.kyanos.protocol.redis;

import java.util.Set;

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
    static final Set<String> ALL = Set.of(
            TYPE,
            LINE,
            BULK_LENGTH,
            BULK_END,
            CHUNK,
            AGGREGATE_LENGTH,
            NESTING,
            ARRAY_LENGTH,
            ELEMENT,
            INLINE,
            DATA_SET);

    private RedisReason() {}
}
